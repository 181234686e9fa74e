package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Little-endian values of a file, which knows how much of it is left, so that what a file promises is checked before there is memory for it. */
final class BinaryInput implements Closeable {
    private final Path file;
    private final InputStream in;
    private final ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    private long remaining;

    BinaryInput(Path file) throws IOException {
        this.file = file;
        this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 18);
        this.remaining = Files.size(file);
    }

    Path file() {
        return file;
    }

    long remaining() {
        return remaining;
    }

    byte readByte() throws IOException {
        int b = in.read();
        if (b < 0) {
            throw damaged("ends too early");
        }
        remaining--;
        return (byte) b;
    }

    int readInt() throws IOException {
        read(eight.array(), 4);
        return eight.getInt(0);
    }

    long readLong() throws IOException {
        read(eight.array(), 8);
        return eight.getLong(0);
    }

    double readDouble() throws IOException {
        read(eight.array(), 8);
        return eight.getDouble(0);
    }

    void readFully(byte[] into) throws IOException {
        read(into, into.length);
    }

    private void read(byte[] into, int length) throws IOException {
        if (in.readNBytes(into, 0, length) < length) {
            throw damaged("ends too early");
        }
        remaining -= length;
    }

    InvalidModelException damaged(String how) {
        return new InvalidModelException(file + " " + how + ". The file is cut off or damaged; fetch it once more.");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
