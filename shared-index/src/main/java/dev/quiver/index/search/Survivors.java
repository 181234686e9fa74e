package dev.quiver.index.search;

import dev.quiver.index.cluster.QueryTable;
import dev.quiver.index.vector.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Rows with a score, of which the best are wanted. A row and its score are one long, so that moving them is one move. */
final class Survivors {
    private final Kernels kernels;
    private final long[] keys;
    private int size;

    Survivors(Kernels kernels, int capacity) {
        this.kernels = kernels;
        this.keys = new long[capacity];
    }

    int capacity() {
        return keys.length;
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    void add(float score, int row) {
        keys[size++] = Kernels.key(score, row);
    }

    float score(int i) {
        return Kernels.score(keys[i]);
    }

    int row(int i) {
        return Kernels.row(keys[i]);
    }

    /** @return how many were copied */
    int rows(int[] into) {
        for (int i = 0; i < size; i++) {
            into[i] = Kernels.row(keys[i]);
        }
        return size;
    }

    /** The best so many first and in order, the others after them. */
    void sort(int first) {
        int all = size;
        if (first == 0 || all == 0) {
            return;
        }
        select(Math.min(first, all));
        int ordered = size;
        size = all;
        Arrays.sort(keys, 0, ordered);
        for (int i = 0, j = ordered - 1; i < j; i++, j--) {
            long k = keys[i];
            keys[i] = keys[j];
            keys[j] = k;
        }
    }

    /** The best keys, the best first, at most so many; all are kept. */
    long[] best(int most) {
        sort(Math.min(most, size));
        return Arrays.copyOf(keys, Math.min(most, size));
    }

    /**
     * Keeps the best, in no order. Of equal scores the higher row stays.
     *
     * @return the worst score that is left, or −∞ if there are fewer than {@code wanted}
     */
    float select(int wanted) {
        if (size < wanted) {
            return Float.NEGATIVE_INFINITY;
        }
        kernels.select(size, wanted, keys);
        size = wanted;
        long least = Long.MAX_VALUE;
        for (int i = 0; i < size; i++) {
            least = Math.min(least, keys[i]);
        }
        return Kernels.score(least);
    }

    /** Keeps the best of these and of the rows of runs of blocks, see {@link Kernels#collect}. */
    void collect(
            MemorySegment blocks,
            int[] runs,
            float[] bases,
            int from,
            int to,
            QueryTable table,
            long[] allowed,
            int wanted) {
        size = kernels.collect(
                blocks,
                runs,
                bases,
                from,
                to,
                table.entries(),
                table.pairs(),
                table.low(),
                table.step(),
                allowed,
                wanted,
                size,
                keys);
    }
}
