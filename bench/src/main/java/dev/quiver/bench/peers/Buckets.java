package dev.quiver.bench.peers;

/** Spreads rows over 1,000 buckets as if at random; a filter allows the rows of the first so many. {@code peers.mjs} does the same. */
public final class Buckets {
    /** How many there are. */
    public static final int COUNT = 1_000;

    private Buckets() {}

    public static int of(int row) {
        int h = (row + 1) * 0x9e3779b1;
        h = (h ^ h >>> 15) * 0x85ebca6b;
        h ^= h >>> 13;
        return Integer.remainderUnsigned(h, COUNT);
    }

    /** A bit for each row whose bucket is below the share. */
    static long[] allowed(int rows, int share) {
        long[] bits = new long[(rows + 63) / 64];
        for (int r = 0; r < rows; r++) {
            if (of(r) < share) {
                bits[r >>> 6] |= 1L << r;
            }
        }
        return bits;
    }
}
