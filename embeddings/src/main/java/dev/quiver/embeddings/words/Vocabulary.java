package dev.quiver.embeddings.words;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.IntToLongFunction;

/**
 * Words and how often they occur, numbered from 0. Words are bytes, as they stood in the file, one after the other in one array: a million of them
 * are three arrays and not a million objects, and what is not UTF-8 leaves as it came.
 */
public final class Vocabulary {
    private final byte[] bytes;
    private final int[] starts;
    private final long[] counts;
    private final int[] table;
    private final long tokens;

    Vocabulary(byte[] bytes, int[] starts, long[] counts) {
        this.bytes = bytes;
        this.starts = starts;
        this.counts = counts;
        this.table = VocabularyBuilder.table(counts.length);
        long sum = 0;
        for (int i = 0; i < counts.length; i++) {
            sum += counts[i];
            int slot = slot(bytes, starts[i], starts[i + 1]);
            if (table[slot] >= 0) {
                throw new IllegalArgumentException("The word '" + text(i) + "' is there twice.");
            }
            table[slot] = i;
        }
        this.tokens = sum;
    }

    /** The same words with other counts. */
    public Vocabulary withCounts(IntToLongFunction count) {
        long[] other = new long[counts.length];
        Arrays.setAll(other, count::applyAsLong);
        return new Vocabulary(bytes, starts, other);
    }

    public int size() {
        return counts.length;
    }

    /** Occurrences of all words together. */
    public long tokens() {
        return tokens;
    }

    public long count(int word) {
        return counts[word];
    }

    public byte[] word(int word) {
        return Arrays.copyOfRange(bytes, starts[word], starts[word + 1]);
    }

    public String text(int word) {
        return new String(bytes, starts[word], starts[word + 1] - starts[word], StandardCharsets.UTF_8);
    }

    /** The number of a word, or -1. */
    public int find(byte[] in, int from, int to) {
        return table[slot(in, from, to)];
    }

    /** The number of a word, or -1. */
    public int find(String word) {
        byte[] b = word.getBytes(StandardCharsets.UTF_8);
        return find(b, 0, b.length);
    }

    private int slot(byte[] in, int from, int to) {
        int mask = table.length - 1;
        int slot = VocabularyBuilder.hash(in, from, to) & mask;
        while (table[slot] >= 0 && !Arrays.equals(bytes, starts[table[slot]], starts[table[slot] + 1], in, from, to)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
