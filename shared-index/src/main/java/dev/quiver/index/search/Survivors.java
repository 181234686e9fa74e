package dev.quiver.index.search;

import java.util.Arrays;

/** Rows with a score, of which the best are wanted. A row and its score are one long, so that moving them is one move. */
final class Survivors {
    /** Below this a sort is as fast as a partition. */
    private static final int FEW = 24;

    private final long[] keys;
    private int size;

    Survivors(int capacity) {
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
        keys[size++] = (long) sortable(Float.floatToRawIntBits(score)) << 32 | row;
    }

    /** Flips what makes the bits of negative floats descend; its own inverse. */
    private static int sortable(int bits) {
        return bits ^ (bits >> 31 & 0x7FFFFFFF);
    }

    float score(int i) {
        return Float.intBitsToFloat(sortable((int) (keys[i] >> 32)));
    }

    int row(int i) {
        return (int) keys[i];
    }

    /** @return how many were copied */
    int rows(int[] into) {
        for (int i = 0; i < size; i++) {
            into[i] = (int) keys[i];
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

    /**
     * Keeps the best, in no order. Of equal scores the higher row stays.
     *
     * @return the worst score that is left, or −∞ if there are fewer than {@code wanted}
     */
    float select(int wanted) {
        if (size < wanted) {
            return Float.NEGATIVE_INFINITY;
        }
        int low = 0;
        int high = size - 1;
        int last = wanted - 1;
        // Quickselect, descending: the keys before `wanted` are those that are largest.
        while (high - low > FEW) {
            long pivot = median(keys[low], keys[(low + high) >>> 1], keys[high]);
            int i = low;
            int j = high;
            while (i <= j) {
                while (keys[i] > pivot) {
                    i++;
                }
                while (keys[j] < pivot) {
                    j--;
                }
                if (i <= j) {
                    long k = keys[i];
                    keys[i++] = keys[j];
                    keys[j--] = k;
                }
            }
            if (last <= j) {
                high = j;
            } else if (last >= i) {
                low = i;
            } else {
                size = wanted;
                return score(last);
            }
        }
        insertionSort(low, high);
        size = wanted;
        return score(last);
    }

    private void insertionSort(int low, int high) {
        for (int i = low + 1; i <= high; i++) {
            long k = keys[i];
            int j = i - 1;
            for (; j >= low && keys[j] < k; j--) {
                keys[j + 1] = keys[j];
            }
            keys[j + 1] = k;
        }
    }

    private static long median(long a, long b, long c) {
        return a < b ? (b < c ? b : Math.max(a, c)) : (a < c ? a : Math.max(b, c));
    }
}
