package dev.quiver.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** The form in which records leave and enter: as the option says, or else as the file shows. */
enum Format {
    NDJSON,
    PARQUET,
    /** Of words, as import takes them: text or binary, which the file shows. */
    WORD2VEC,
    GLOVE,
    /** A model of fastText; its .vec is word2vec's text. */
    FASTTEXT;

    boolean ofWords() {
        return this == WORD2VEC || this == GLOVE || this == FASTTEXT;
    }

    private static final byte[] PARQUET_BEGINS = "PAR1".getBytes(StandardCharsets.US_ASCII);

    /** For a file that is to be written; null is standard output. */
    static Format ofOutput(Format given, Path file) {
        return given != null ? given : named(file) ? PARQUET : NDJSON;
    }

    /** For a file that is to be read, whatever its name; null is standard input. */
    static Format ofInput(Format given, Path file) throws IOException {
        return given != null ? given : named(file) || begins(file) ? PARQUET : NDJSON;
    }

    private static boolean named(Path file) {
        return file != null && file.toString().toLowerCase(Locale.ROOT).endsWith(".parquet");
    }

    private static boolean begins(Path file) throws IOException {
        // A pipe would lose what is read of it here.
        if (file == null || !Files.isRegularFile(file)) {
            return false;
        }
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(PARQUET_BEGINS.length), PARQUET_BEGINS);
        }
    }
}
