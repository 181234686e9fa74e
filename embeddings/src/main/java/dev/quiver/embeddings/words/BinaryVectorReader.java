package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

/** word2vec's binary format. Some writers end each vector with a line end and some do not; both are read. */
final class BinaryVectorReader extends WordVectorReader {
    private static final int LONGEST_WORD = 65_535;

    private final Path file;
    private final BufferedInputStream in;
    private final long rows;
    private final int dimension;
    private final byte[] values;
    private byte[] bytes = new byte[64];
    private String word;
    private float[] vector;
    private long words;

    BinaryVectorReader(Path file) throws IOException {
        this.file = file;
        this.in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
        try {
            StringBuilder first = new StringBuilder();
            for (int b = in.read(); b != '\n' && b >= 0 && first.length() < 40; b = in.read()) {
                first.append((char) b);
            }
            String header = first.toString().strip();
            if (!header.matches("\\d{1,10}[ \\t]+\\d{1,6}")) {
                throw new InvalidModelException("The first line of " + file
                        + " is not the number of words and the dimension, as word2vec's binary format begins.");
            }
            String[] counts = header.split("[ \\t]+");
            rows = Long.parseLong(counts[0]);
            dimension = Integer.parseInt(counts[1]);
            if (dimension < 1 || rows * (4L * dimension + 2) > Files.size(file) || rows > Integer.MAX_VALUE / 2) {
                throw new InvalidModelException("The first line of " + file + " promises " + rows + " words of "
                        + dimension + " values, which " + Files.size(file)
                        + " bytes cannot hold. The file is cut off, or not one of word2vec.");
            }
            values = new byte[4 * dimension];
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public OptionalLong expected() {
        return OptionalLong.of(rows);
    }

    @Override
    public boolean next() throws IOException {
        if (words == rows) {
            return false;
        }
        int size = 0;
        for (int b = in.read(); b != ' '; b = in.read()) {
            if (b < 0) {
                throw new InvalidModelException(
                        file + " ends after " + words + " of " + rows + " words. The file is cut off.",
                        new EOFException());
            }
            if (b == '\n' && size == 0) {
                continue;
            }
            if (size == LONGEST_WORD) {
                throw new InvalidModelException(
                        place() + " has no end: this is not word2vec's binary format, or the dimension is wrong.");
            }
            if (size == bytes.length) {
                bytes = Arrays.copyOf(bytes, size * 2);
            }
            bytes[size++] = (byte) b;
        }
        if (in.readNBytes(values, 0, values.length) < values.length) {
            throw new InvalidModelException(
                    file + " ends after " + words + " of " + rows + " words. The file is cut off.");
        }
        words++;
        if (size == 0) {
            throw new InvalidModelException(place() + " is empty: the file is damaged.");
        }
        word = new String(bytes, 0, size, StandardCharsets.UTF_8);
        vector = new float[dimension];
        ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(vector);
        for (float v : vector) {
            if (!Float.isFinite(v)) {
                throw new InvalidModelException(place() + " has the value " + v + ": the file is damaged.");
            }
        }
        return true;
    }

    @Override
    public String word() {
        return word;
    }

    @Override
    public float[] vector() {
        return vector;
    }

    @Override
    public String place() {
        return "Word " + words + " of " + file;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
