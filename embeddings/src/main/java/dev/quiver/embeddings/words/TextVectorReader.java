package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;

/** word2vec's and GloVe's text. The last fields of a line are the values and what stands before them is the word, for some of GloVe's words have spaces. */
final class TextVectorReader extends WordVectorReader {
    private static final int LONGEST_LINE = 1 << 20;

    private final Path file;
    private final InputStream in;
    private final byte[] buffer = new byte[1 << 16];
    private int at;
    private int limit;
    private byte[] line = new byte[1 << 12];
    private int length;
    private long number;
    private final OptionalLong expected;
    private final int dimension;
    private boolean held;
    private String word;
    private float[] vector;
    private long words;

    TextVectorReader(Path file, boolean header) throws IOException {
        this.file = file;
        this.in = Files.newInputStream(file);
        try {
            if (!readLine()) {
                throw new InvalidModelException(file + " is empty.");
            }
            String first = new String(line, 0, length, StandardCharsets.UTF_8).strip();
            if (header) {
                if (!first.matches("\\d{1,10}[ \\t]+\\d{1,6}")) {
                    throw new InvalidModelException("The first line of " + file
                            + " is not the number of words and the dimension. If it is a file of GloVe, say so.");
                }
                String[] counts = first.split("[ \\t]+");
                long rows = Long.parseLong(counts[0]);
                dimension = Integer.parseInt(counts[1]);
                expected = OptionalLong.of(rows);
                // A value takes two bytes at least, with the space before it.
                if (dimension < 1 || rows * (2L * dimension + 1) > Files.size(file) || rows > Integer.MAX_VALUE / 2) {
                    throw new InvalidModelException("The first line of " + file + " promises " + rows + " words of "
                            + dimension + " values, which " + Files.size(file)
                            + " bytes cannot hold. The file is cut off, or not one of word2vec.");
                }
            } else {
                dimension = fields(length) - 1;
                expected = OptionalLong.empty();
                held = true;
                if (dimension < 1) {
                    throw new InvalidModelException("The first line of " + file + " has no values after a word.");
                }
            }
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
        return expected;
    }

    @Override
    public boolean next() throws IOException {
        do {
            if (!held && !readLine()) {
                if (expected.isPresent() && words < expected.getAsLong()) {
                    throw new InvalidModelException(file + " ends after " + words + " of the " + expected.getAsLong()
                            + " words that its first line promises. The file is cut off.");
                }
                return false;
            }
            held = false;
        } while (length == 0);
        if (expected.isPresent() && words == expected.getAsLong()) {
            throw new InvalidModelException(
                    place() + " follows after the " + words + " words that the first line promises.");
        }
        parse();
        words++;
        return true;
    }

    private void parse() {
        float[] values = new float[dimension];
        int end = length;
        for (int d = dimension - 1; d >= 0; d--) {
            while (end > 0 && space(line[end - 1])) {
                end--;
            }
            int start = end;
            while (start > 0 && !space(line[start - 1])) {
                start--;
            }
            if (start == 0) {
                throw new InvalidModelException(
                        place() + " has fewer than " + dimension + " values after its word. The file is damaged.");
            }
            try {
                values[d] = Decimals.parse(line, start, end);
            } catch (NumberFormatException e) {
                throw new InvalidModelException(
                        place() + " has '" + new String(line, start, Math.min(40, end - start), StandardCharsets.UTF_8)
                                + "' where a number is to stand; " + dimension
                                + " values are expected after the word.",
                        e);
            }
            if (!Float.isFinite(values[d])) {
                throw new InvalidModelException(place() + " has the value " + values[d] + ".");
            }
            end = start;
        }
        // One space ends the word; more would belong to it, but no known writer means that.
        while (end > 0 && space(line[end - 1])) {
            end--;
        }
        word = new String(line, 0, end, StandardCharsets.UTF_8);
        if (word.isEmpty()) {
            throw new InvalidModelException(place() + " has no word before its values.");
        }
        vector = values;
    }

    private int fields(int to) {
        int fields = 0;
        for (int i = 0; i < to; i++) {
            if (!space(line[i]) && (i == 0 || space(line[i - 1]))) {
                fields++;
            }
        }
        return fields;
    }

    private static boolean space(byte b) {
        return b == ' ' || b == '\t';
    }

    private boolean readLine() throws IOException {
        length = 0;
        while (true) {
            if (at == limit) {
                limit = in.read(buffer);
                at = 0;
                if (limit <= 0) {
                    limit = 0;
                    if (length == 0) {
                        return false;
                    }
                    break;
                }
            }
            int end = at;
            while (end < limit && buffer[end] != '\n') {
                end++;
            }
            int n = end - at;
            if (length + n > LONGEST_LINE) {
                throw new InvalidModelException("Line " + (number + 1) + " of " + file + " has more than "
                        + LONGEST_LINE + " bytes: this is no text of word vectors.");
            }
            if (length + n > line.length) {
                line = Arrays.copyOf(line, Math.max(line.length * 2, length + n));
            }
            System.arraycopy(buffer, at, line, length, n);
            length += n;
            at = end;
            if (at < limit) {
                at++;
                break;
            }
        }
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        number++;
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
        return "Line " + number + " of " + file;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
