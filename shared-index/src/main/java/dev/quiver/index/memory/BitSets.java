package dev.quiver.index.memory;

/** Bit sets as plain {@code long[]}, bit {@code i} in word {@code i / 64}: what the scan reads 64 rows at a time. */
public final class BitSets {
    private BitSets() {}

    /** {@code bits} ones; the rest of the last word is zero. */
    public static long[] ones(int bits) {
        long[] words = new long[words(bits)];
        java.util.Arrays.fill(words, -1L);
        if ((bits & 63) != 0) {
            words[words.length - 1] = -1L >>> -bits;
        }
        return words;
    }

    /** Words for so many bits. */
    public static int words(int bits) {
        return (bits + 63) >>> 6;
    }

    /** Keeps what the other has too. */
    public static void and(long[] words, long[] other) {
        for (int w = 0; w < words.length; w++) {
            words[w] &= other[w];
        }
    }

    public static void or(long[] words, long[] other) {
        for (int w = 0; w < words.length; w++) {
            words[w] |= other[w];
        }
    }

    /** Takes out what the other has. */
    public static void andNot(long[] words, long[] other) {
        for (int w = 0; w < words.length; w++) {
            words[w] &= ~other[w];
        }
    }

    public static boolean get(long[] words, int bit) {
        return (words[bit >>> 6] >>> bit & 1) != 0;
    }

    public static void clear(long[] words, int bit) {
        words[bit >>> 6] &= ~(1L << bit);
    }

    /** Ones from bit {@code from} to the one before {@code to}. */
    public static int count(long[] words, int from, int to) {
        if (from >= to) {
            return 0;
        }
        int first = from >>> 6;
        int last = (to - 1) >>> 6;
        long head = words[first] >>> from << from;
        if (first == last) {
            return Long.bitCount(head << -to);
        }
        int n = Long.bitCount(head) + Long.bitCount(words[last] << -to);
        for (int w = first + 1; w < last; w++) {
            n += Long.bitCount(words[w]);
        }
        return n;
    }

    public static int count(long[] words) {
        int n = 0;
        for (long w : words) {
            n += Long.bitCount(w);
        }
        return n;
    }
}
