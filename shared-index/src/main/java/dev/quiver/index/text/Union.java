package dev.quiver.index.text;

import java.util.List;

/** Rows that have any of several words, which count as one word. */
final class Union implements Leaf {
    private final List<Postings> words;
    private final double weight;
    private final double a;
    private final double c;
    private int row = -1;
    private int frequency;
    private int length;

    private final int[] frequencies = new int[TextScan.WINDOW];
    private final int[] lengths = new int[TextScan.WINDOW];

    Union(List<Postings> words, double weight, double a, double c) {
        this.words = words;
        this.weight = weight;
        this.a = a;
        this.c = c;
    }

    @Override
    public int next(int target) {
        if (target <= row) {
            return row;
        }
        int first = END;
        for (Postings w : words) {
            first = Math.min(first, w.next(target));
        }
        row = first;
        frequency = 0;
        if (row != END) {
            for (Postings w : words) {
                if (w.next(row) == row) {
                    frequency = Math.addExact(frequency, w.frequency());
                    length = w.length();
                }
            }
        }
        return row;
    }

    @Override
    public long score() {
        return score(frequency, length);
    }

    @Override
    public int frequency() {
        return frequency;
    }

    @Override
    public int length() {
        return length;
    }

    private long score(double f, int rowLength) {
        return (long) (weight / UNIT * f / (f + a + c * rowLength));
    }

    @Override
    public double bound(int from, int to) {
        if (row == END || row >= to) {
            return 0;
        }
        for (Postings w : words) {
            if (w.saturation(from, to) > 0) {
                return weight;
            }
        }
        return 0;
    }

    @Override
    public void accumulate(int from, int to, long[] sums, long[] found) {
        int size = Math.min(to - from, frequencies.length);
        java.util.Arrays.fill(frequencies, 0, size, 0);
        for (Postings w : words) {
            for (int r = w.next(from); r < to; r = w.next(r + 1)) {
                frequencies[r - from] += w.frequency();
                lengths[r - from] = w.length();
            }
        }
        for (int i = 0; i < size; i++) {
            if (frequencies[i] > 0) {
                sums[i] += score(frequencies[i], lengths[i]);
                found[i >>> 6] |= 1L << i;
            }
        }
        // The words are beyond; so is this.
        row = Math.max(row, to - 1);
        next(to);
    }
}
