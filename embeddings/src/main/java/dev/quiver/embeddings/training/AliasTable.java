package dev.quiver.embeddings.training;

import java.util.function.IntToDoubleFunction;

/**
 * Draws numbers with given weights, each in one memory access (Walker 1977, Vose 1991). word2vec and fastText draw from a list of ten million words instead: 40 MB that
 * every draw misses the caches in, where this takes eight bytes a word.
 */
public final class AliasTable {
    /** Above, the probability to stay; below, the other. */
    private final long[] cells;

    /** @param weight at least 0, and not all 0 */
    public AliasTable(int size, IntToDoubleFunction weight) {
        double sum = 0;
        for (int i = 0; i < size; i++) {
            sum += weight.applyAsDouble(i);
        }
        if (!(sum > 0) || Double.isInfinite(sum)) {
            throw new IllegalArgumentException("The weights of " + size + " numbers add up to " + sum + ".");
        }
        cells = new long[size];
        double[] share = new double[size];
        int[] small = new int[size];
        int[] large = new int[size];
        int smalls = 0;
        int larges = 0;
        for (int i = 0; i < size; i++) {
            share[i] = weight.applyAsDouble(i) * size / sum;
            if (share[i] < 1) {
                small[smalls++] = i;
            } else {
                large[larges++] = i;
            }
        }
        while (smalls > 0 && larges > 0) {
            int less = small[--smalls];
            int more = large[larges - 1];
            cells[less] = cell(share[less], more);
            share[more] -= 1 - share[less];
            if (share[more] < 1) {
                larges--;
                small[smalls++] = more;
            }
        }
        while (larges > 0) {
            int i = large[--larges];
            cells[i] = cell(1, i);
        }
        while (smalls > 0) {
            int i = small[--smalls];
            cells[i] = cell(1, i);
        }
    }

    private static long cell(double stay, int other) {
        long threshold = Math.min(0xFFFFFFFFL, (long) (stay * 0x1p32));
        return threshold << 32 | other;
    }

    public int draw(SplitMix random) {
        long r = random.nextLong();
        int i = (int) ((r >>> 32) * cells.length >>> 32);
        long cell = cells[i];
        return (r & 0xFFFFFFFFL) <= cell >>> 32 ? i : (int) cell;
    }
}
