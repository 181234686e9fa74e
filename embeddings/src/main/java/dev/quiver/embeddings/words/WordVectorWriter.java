package dev.quiver.embeddings.words;

import dev.quiver.embeddings.Matrix;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.IntFunction;

/** Writes files of word vectors. Text has each value in as many digits as bring the same float32 back. A file is there whole or not at all. */
public final class WordVectorWriter {
    private WordVectorWriter() {}

    /** The vectors of a vocabulary: row i is of word i. */
    public static void write(Path file, WordVectorFormat format, Vocabulary words, Matrix vectors) throws IOException {
        float[] values = new float[vectors.dimension()];
        write(file, format, words.size(), vectors.dimension(), words::word, i -> {
            vectors.get(i, values);
            return values;
        });
    }

    /**
     * @param words their bytes; a space or line end in one, which the format could not tell from its own, becomes an underscore
     * @param vectors may return the same array each time
     */
    public static void write(
            Path file,
            WordVectorFormat format,
            int count,
            int dimension,
            IntFunction<byte[]> words,
            IntFunction<float[]> vectors)
            throws IOException {
        Path part = Path.of(file + ".part");
        try {
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(part), 1 << 18)) {
                switch (format) {
                    case WORD2VEC_TEXT -> text(out, true, count, dimension, words, vectors);
                    case GLOVE_TEXT -> text(out, false, count, dimension, words, vectors);
                    case WORD2VEC_BINARY -> binary(out, count, dimension, words, vectors);
                    case FASTTEXT_BINARY ->
                        throw new IllegalArgumentException("A model of fastText is more than its vectors.");
                }
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static void text(
            OutputStream out,
            boolean header,
            int count,
            int dimension,
            IntFunction<byte[]> words,
            IntFunction<float[]> vectors)
            throws IOException {
        if (header) {
            out.write((count + " " + dimension + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < count; i++) {
            out.write(word(words.apply(i)));
            line.setLength(0);
            float[] vector = vectors.apply(i);
            for (int d = 0; d < dimension; d++) {
                line.append(' ').append(vector[d]);
            }
            line.append('\n');
            out.write(line.toString().getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static void binary(
            OutputStream out, int count, int dimension, IntFunction<byte[]> words, IntFunction<float[]> vectors)
            throws IOException {
        out.write((count + " " + dimension + "\n").getBytes(StandardCharsets.US_ASCII));
        ByteBuffer values = ByteBuffer.allocate(4 * dimension).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            out.write(word(words.apply(i)));
            out.write(' ');
            values.asFloatBuffer().put(vectors.apply(i), 0, dimension);
            out.write(values.array());
            out.write('\n');
        }
    }

    private static byte[] word(byte[] word) {
        byte[] safe = word;
        for (int i = 0; i < word.length; i++) {
            if (word[i] >= 0 && word[i] <= ' ') {
                if (safe == word) {
                    safe = word.clone();
                }
                safe[i] = '_';
            }
        }
        return safe;
    }
}
