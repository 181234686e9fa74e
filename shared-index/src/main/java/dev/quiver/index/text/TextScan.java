package dev.quiver.index.text;

import dev.quiver.index.memory.BitSets;
import java.util.Arrays;
import java.util.List;

/**
 * Finds the best rows of one index. Rows are looked at in windows. In each, what the leaves can add at most decides which of them must be read (MaxScore): the others together cannot lift a row above the threshold, so they are only
 * asked about rows that the first have found.
 *
 * @see <a href="https://doi.org/10.1016/0306-4573(95)00020-H">Turtle and Flood, Query evaluation: strategies and optimizations, 1995</a>
 */
final class TextScan {
    static final int WINDOW = 4096;

    /** Of so few rows each is asked about on its own. */
    private static final int FEW = 32;

    /** Units that must all be met, each by one of several groups of leaves that must all be met; empty if any leaf will do. */
    private final List<List<List<Leaf>>> units;

    private final List<Leaf> leaves;
    private final int rows;

    /** @param units null if any leaf will do */
    TextScan(int rows, List<Leaf> leaves, List<List<List<Leaf>>> units) {
        this.rows = rows;
        this.leaves = leaves;
        this.units = units;
    }

    /** @param allowed a bit a row, or null for all */
    void search(long[] allowed, TextSearch.Best top) {
        if (units == null) {
            any(allowed, top);
        } else {
            all(allowed, top);
        }
    }

    private static void offer(int row, long sum, TextSearch.Best top) {
        float score = (float) (sum * Leaf.UNIT);
        if (score > top.threshold()) {
            top.add(row, score);
        }
    }

    private void all(long[] allowed, TextSearch.Best top) {
        int row = 0;
        while (row < rows) {
            int met = row;
            for (List<List<Leaf>> unit : units) {
                int first = Leaf.END;
                for (List<Leaf> group : unit) {
                    first = Math.min(first, together(group, met));
                }
                met = first;
                if (met == Leaf.END) {
                    return;
                }
            }
            if (met == row) {
                if (allowed == null || BitSets.get(allowed, row)) {
                    long sum = 0;
                    for (Leaf l : leaves) {
                        if (l.next(row) == row) {
                            sum += l.score();
                        }
                    }
                    offer(row, sum, top);
                }
                met++;
            }
            row = met;
        }
    }

    /** The first row from {@code from} on that all of a group have. */
    private static int together(List<Leaf> group, int from) {
        int candidate = from;
        while (true) {
            int met = candidate;
            for (Leaf l : group) {
                met = l.next(met);
                if (met == Leaf.END) {
                    return met;
                }
            }
            if (met == candidate) {
                return met;
            }
            candidate = met;
        }
    }

    private void any(long[] allowed, TextSearch.Best top) {
        int count = leaves.size();
        Leaf[] sorted = leaves.toArray(Leaf[]::new);
        double[] bounds = new double[count];
        // Of the first so many together.
        double[] together = new double[count + 1];
        long[] sums = new long[WINDOW];
        long[] found = new long[WINDOW / 64];
        for (int from = 0; from < rows; ) {
            int first = Leaf.END;
            for (Leaf l : sorted) {
                first = Math.min(first, l.next(from));
            }
            if (first >= rows) {
                return;
            }
            from = first / WINDOW * WINDOW;
            int to = Math.min(rows, from + WINDOW);
            int few = allowed == null ? WINDOW : BitSets.count(allowed, from, to);
            if (few == 0) {
                from = to;
                continue;
            }
            int begin = Math.max(from, first);
            for (int i = 0; i < count; i++) {
                double bound = sorted[i].bound(begin, to);
                Leaf leaf = sorted[i];
                int j = i;
                while (j > 0 && bounds[j - 1] > bound) {
                    bounds[j] = bounds[j - 1];
                    sorted[j] = sorted[j - 1];
                    j--;
                }
                bounds[j] = bound;
                sorted[j] = leaf;
            }
            int essential = 0;
            for (int i = 0; i < count; i++) {
                together[i + 1] = together[i] + bounds[i];
                if (together[i + 1] <= top.threshold()) {
                    essential = i + 1;
                }
            }
            if (essential < count) {
                if (few <= FEW) {
                    essential = count;
                    for (int w = from >>> 6; w << 6 < to; w++) {
                        found[w - (from >>> 6)] = allowed[w];
                    }
                }
                for (int i = essential; i < count; i++) {
                    sorted[i].accumulate(from, to, sums, found);
                }
                for (int w = 0; w < found.length; w++) {
                    long bits = found[w] & (allowed == null || found[w] == 0 ? -1L : allowed[(from >>> 6) + w]);
                    for (; bits != 0; bits &= bits - 1) {
                        int i = (w << 6) + Long.numberOfTrailingZeros(bits);
                        rest(sorted, essential, together, from + i, sums[i], top);
                    }
                }
                Arrays.fill(sums, 0);
                Arrays.fill(found, 0);
            }
            from = to;
        }
    }

    /** Adds what the leaves that were not read have of a row, as long as it can still enter. */
    private static void rest(
            Leaf[] sorted, int essential, double[] together, int row, long soFar, TextSearch.Best top) {
        long sum = soFar;
        for (int l = essential - 1; l >= 0; l--) {
            if (sum * Leaf.UNIT + together[l + 1] <= top.threshold()) {
                return;
            }
            if (sorted[l].next(row) == row) {
                sum += sorted[l].score();
            }
        }
        if (sum > 0) {
            offer(row, sum, top);
        }
    }
}
