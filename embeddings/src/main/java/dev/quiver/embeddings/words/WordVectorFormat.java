package dev.quiver.embeddings.words;

import dev.quiver.embeddings.InvalidModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of word vectors. */
public enum WordVectorFormat {
    /** A line with the number of words and the dimension, then a line a word: the word and its values, separated by spaces; fastText's {@code .vec} is the same. */
    WORD2VEC_TEXT,
    /** The same first line; then a word, a space, and its values as little-endian float32. */
    WORD2VEC_BINARY,
    /** As word2vec's text without the first line. */
    GLOVE_TEXT,
    /** A model of fastText, see {@link FastTextModel}. */
    FASTTEXT_BINARY;

    private static final int LOOK = 64 << 10;

    /** What a file looks like. */
    public static WordVectorFormat of(Path file) throws IOException {
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(LOOK);
        }
        if (head.length == 0) {
            throw new InvalidModelException(file + " is empty.");
        }
        if (head.length >= 4 && FastTextModel.isMagic(head)) {
            return FASTTEXT_BINARY;
        }
        int line = 0;
        while (line < head.length && head[line] != '\n') {
            line++;
        }
        String first = new String(head, 0, line, java.nio.charset.StandardCharsets.ISO_8859_1).strip();
        if (!first.matches("\\d+[ \\t]+\\d+")) {
            return GLOVE_TEXT;
        }
        int space = line + 1;
        while (space < head.length && head[space] != ' ') {
            space++;
        }
        for (int i = space; i < head.length && head[i] != '\n'; i++) {
            boolean ofNumber = head[i] >= '0' && head[i] <= '9' || " \t\r+-.eE".indexOf(head[i]) >= 0;
            if (!ofNumber) {
                // NaN and inf are refused later with their place.
                return head[i] >= ' ' && head[i] < 127 && text(head, space) ? WORD2VEC_TEXT : WORD2VEC_BINARY;
            }
        }
        return WORD2VEC_TEXT;
    }

    private static boolean text(byte[] head, int from) {
        for (int i = from; i < head.length && head[i] != '\n'; i++) {
            if (head[i] < ' ' && head[i] != '\t' && head[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
