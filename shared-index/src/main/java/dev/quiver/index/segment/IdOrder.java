package dev.quiver.index.segment;

import java.util.Arrays;

/** Rows in the order of their ids' bytes. Takes sixteen bytes a row: ids are compared by their first eight bytes, and read only where these are equal. */
public final class IdOrder {
    private static final int FEW = 16;

    private final RowSource source;
    private final long[] prefixes;
    private final int[] order;
    private final int[] spare;

    private IdOrder(RowSource source) {
        int rows = source.rows();
        this.source = source;
        this.prefixes = new long[rows];
        this.order = new int[rows];
        this.spare = new int[rows];
        for (int r = 0; r < rows; r++) {
            prefixes[r] = prefix(source.id(r));
        }
        Arrays.setAll(order, r -> r);
        Arrays.setAll(spare, r -> r);
    }

    /** Row numbers, ascending by id. */
    public static int[] of(RowSource source) {
        IdOrder o = new IdOrder(source);
        o.sort(o.spare, o.order, 0, o.order.length);
        return o.order;
    }

    /** Short ids are filled with zeros, which is where they belong or a tie. */
    private static long prefix(byte[] id) {
        long p = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            p = p << 8 | (i < id.length ? id[i] & 0xFF : 0);
        }
        return p;
    }

    /** Merge sort; both arrays hold the same rows in the range at first, and {@code to} holds them sorted in the end. */
    private void sort(int[] from, int[] to, int low, int high) {
        if (high - low <= FEW) {
            for (int i = low + 1; i < high; i++) {
                int row = to[i];
                int j = i - 1;
                for (; j >= low && compare(to[j], row) > 0; j--) {
                    to[j + 1] = to[j];
                }
                to[j + 1] = row;
            }
            return;
        }
        int middle = (low + high) >>> 1;
        sort(to, from, low, middle);
        sort(to, from, middle, high);
        for (int i = low, a = low, b = middle; i < high; i++) {
            to[i] = b >= high || (a < middle && compare(from[a], from[b]) <= 0) ? from[a++] : from[b++];
        }
    }

    private int compare(int a, int b) {
        int byPrefix = Long.compareUnsigned(prefixes[a], prefixes[b]);
        return byPrefix != 0 ? byPrefix : Arrays.compareUnsigned(source.id(a), source.id(b));
    }
}
