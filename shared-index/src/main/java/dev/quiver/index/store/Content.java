package dev.quiver.index.store;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of an object to be stored: in memory, or in a file when they need not fit there. Can be read several times, for retries. */
public sealed interface Content {

    long size();

    InputStream open() throws IOException;

    static Content of(byte[] bytes) {
        return new Bytes(bytes);
    }

    /** @throws IOException if the file's size cannot be read */
    static Content of(Path file) throws IOException {
        return new File(file, Files.size(file));
    }

    record Bytes(byte[] bytes) implements Content {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(bytes);
        }
    }

    record File(Path path, long size) implements Content {
        @Override
        public InputStream open() throws IOException {
            return Files.newInputStream(path);
        }
    }
}
