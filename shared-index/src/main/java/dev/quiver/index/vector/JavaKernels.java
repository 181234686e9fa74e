package dev.quiver.index.vector;

import java.lang.foreign.MemorySegment;

/** What is done in Java alike, with the Vector API and without. */
abstract class JavaKernels implements Kernels {
    /** Below this a sort is as fast as a partition. */
    private static final int FEW = 24;

    /** Blocks between two looks at how many keys there are: as in C, so that ties end the same way. */
    private static final int COLLECTED_AT_ONCE = 4;

    @Override
    public final int collect(
            MemorySegment blocks,
            int[] runs,
            float[] bases,
            int from,
            int to,
            byte[] table,
            int pairs,
            float low,
            float step,
            long[] allowed,
            int wanted,
            int size,
            long[] keys) {
        float[] estimates = new float[64 * COLLECTED_AT_ONCE];
        long[] passed = new long[COLLECTED_AT_ONCE];
        long bytes = 64L * pairs + 512;
        int kept = size;
        float threshold = Float.NEGATIVE_INFINITY;
        for (int r = from; r < to; r++) {
            if (r > from && (r - from) % RUNS_AT_ONCE == 0) {
                // Where a call in C ends.
                select(kept, wanted, keys);
                kept = Math.min(kept, wanted);
                threshold = Float.NEGATIVE_INFINITY;
            }
            int first = runs[3 * r];
            int count = runs[3 * r + 1];
            for (int b = 0; b < count; b += COLLECTED_AT_ONCE) {
                if (kept >= (threshold == Float.NEGATIVE_INFINITY ? wanted : Kernels.full(wanted))) {
                    select(kept, wanted, keys);
                    kept = wanted;
                    threshold = least(kept, keys);
                }
                int some = Math.min(COLLECTED_AT_ONCE, count - b);
                long at = (first + b) * bytes;
                estimate(blocks, at, some, -1, table, pairs, bases[r], low, step, threshold, estimates, passed);
                for (int i = 0; i < some; i++) {
                    int row = runs[3 * r + 2] + 64 * (b + i);
                    long rows = allowed == null ? passed[i] : passed[i] & bits(allowed, row);
                    for (; rows != 0; rows &= rows - 1) {
                        int bit = Long.numberOfTrailingZeros(rows);
                        keys[kept++] = Kernels.key(estimates[64 * i + bit], row + bit);
                    }
                }
            }
        }
        if (kept > wanted) {
            select(kept, wanted, keys);
            kept = wanted;
        }
        return kept;
    }

    /** 64 bits from a place that need not be a multiple of 64. */
    private static long bits(long[] words, int from) {
        int w = from >>> 6;
        long low = words[w] >>> from;
        return (from & 63) == 0 || w + 1 == words.length ? low : low | words[w + 1] << -from;
    }

    private static float least(int size, long[] keys) {
        long least = keys[0];
        for (int i = 1; i < size; i++) {
            least = Math.min(least, keys[i]);
        }
        return Kernels.score(least);
    }

    @Override
    public final void select(int size, int wanted, long[] keys) {
        if (wanted <= 0 || wanted >= size) {
            return;
        }
        int low = 0;
        int high = size - 1;
        int last = wanted - 1;
        // Quickselect, descending.
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
                return;
            }
        }
        insertionSort(keys, low, high);
    }

    private static void insertionSort(long[] keys, int low, int high) {
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

    @Override
    public final void rotate(float[] signs, int dimension, float[] x) {
        float half = (float) Math.sqrt(0.5);
        int h = dimension / 2;
        int power = Integer.highestOneBit(dimension);
        for (int r = 0; r < ROTATION_ROUNDS; r++) {
            for (int i = 0; i < dimension; i++) {
                x[i] *= signs[r * dimension + i];
            }
            hadamard(x, (r & 1) == 0 ? 0 : dimension - power, power);
            if (power < dimension) {
                for (int i = 0; i < h; i++) {
                    float a = x[i];
                    float b = x[i + h];
                    x[i] = (a + b) * half;
                    x[i + h] = (a - b) * half;
                }
            }
        }
    }

    private static void hadamard(float[] x, int start, int length) {
        int end = start + length;
        int step = 1;
        if (length >= 8) {
            // Three steps in registers, for the short ones are no loops that a compiler makes SIMD.
            for (int i = start; i < end; i += 8) {
                float a0 = x[i] + x[i + 1];
                float a1 = x[i] - x[i + 1];
                float a2 = x[i + 2] + x[i + 3];
                float a3 = x[i + 2] - x[i + 3];
                float a4 = x[i + 4] + x[i + 5];
                float a5 = x[i + 4] - x[i + 5];
                float a6 = x[i + 6] + x[i + 7];
                float a7 = x[i + 6] - x[i + 7];
                float b0 = a0 + a2;
                float b1 = a1 + a3;
                float b2 = a0 - a2;
                float b3 = a1 - a3;
                float b4 = a4 + a6;
                float b5 = a5 + a7;
                float b6 = a4 - a6;
                float b7 = a5 - a7;
                x[i] = b0 + b4;
                x[i + 1] = b1 + b5;
                x[i + 2] = b2 + b6;
                x[i + 3] = b3 + b7;
                x[i + 4] = b0 - b4;
                x[i + 5] = b1 - b5;
                x[i + 6] = b2 - b6;
                x[i + 7] = b3 - b7;
            }
            step = 8;
        }
        for (; step < length; step <<= 1) {
            for (int i = start; i < end; i += 2 * step) {
                for (int j = i; j < i + step; j++) {
                    float a = x[j];
                    float b = x[j + step];
                    x[j] = a + b;
                    x[j + step] = a - b;
                }
            }
        }
    }
}
