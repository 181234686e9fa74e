package dev.quiver.index.search;

import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.vector.Kernels;
import java.util.Arrays;
import java.util.function.Function;

/**
 * Search by clusters among the rows that a filter allows. How much must be read was measured without a filter; where the allowed rows lie, seen from the query, nobody knows: near, or all far away, or spread over clusters that have few of them. So a search watches itself. If of the best rows more come
 * from the second half of what was read than usual, what follows has some, too, and as much again is read. The same is asked of the candidates.
 */
final class FilteredScan {
    /** The best rows that are watched: enough to tell a share of a tenth from one of a third. */
    private static final int WATCHED = 64;

    /** The share of the best that may come from the second half, if nothing may be missed ... */
    private static final double LATE = 0.03;

    /** ... and more by so much of what may. */
    private static final double PER_MISS = 0.5;

    /** Estimates that are kept, for each that is a candidate. */
    private static final int RESERVE = 4;

    private final ClusterScan scan;
    private final ClusterIndex index;
    private final long[] allowed;
    private final double share;
    private final int k;
    private final double late;
    private final int[] counts;
    private final int[] places;

    /**
     * @param share of the rows that is allowed
     * @param k how many rows are wanted
     * @param accuracy the share of the true k nearest that is to be found on average
     */
    FilteredScan(ClusterScan scan, ClusterIndex index, long[] allowed, double share, int k, double accuracy) {
        this.scan = scan;
        this.index = index;
        this.allowed = allowed;
        this.share = share;
        this.k = k;
        this.late = LATE + PER_MISS * (1 - accuracy);
        this.counts = new int[index.clusters()];
        this.places = new int[index.clusters()];
    }

    /**
     * Offers the best.
     *
     * @param probes clusters, {@code candidates} and {@code exactly} rows that would be enough if the allowed rows lay anywhere
     * @param most candidates that are cheaper than reading all rows
     * @return false if nothing was offered, as all rows should be read
     */
    boolean search(Rows of, int probes, int candidates, int most, int exactly, int block, TopK top) {
        int kept = Math.min(RESERVE * Math.max(candidates, 2 * k), most);
        if (kept < 2 * k || !collect(probes, kept)) {
            return false;
        }
        int[] estimated = Arrays.stream(scan.best(kept)).mapToInt(Kernels::row).toArray();
        Ranked coarse = rank(estimated, candidates, rows -> scan.int8Scores(of, rows));
        if (coarse.late && estimated.length == kept) {
            return false;
        }
        Ranked fine = rank(coarse.rows, exactly, rows -> scan.similarities(of, rows));
        for (int i = 0; i < fine.rows.length && fine.scores[i] > top.threshold(); i++) {
            top.add(block, fine.rows[i], fine.scores[i]);
        }
        return true;
    }

    /** @param late whether the best came late even though all rows were ranked */
    private record Ranked(int[] rows, float[] scores, boolean late) {}

    /**
     * Puts the first rows in a better order, so many that few of the best come from the second half.
     *
     * @param rows the best first, by their scores so far
     * @param usual number that is enough without a filter
     */
    private Ranked rank(int[] rows, int usual, Function<int[], float[]> better) {
        int count = Math.min(Math.max(usual, 2 * k), rows.length);
        while (true) {
            int[] first = Arrays.copyOf(rows, count);
            float[] scores = better.apply(first);
            long[] keys = new long[count];
            for (int i = 0; i < count; i++) {
                // Of equal scores the earlier.
                keys[i] = Kernels.key(scores[i], count - 1 - i);
            }
            Arrays.sort(keys);
            int late = 0;
            int[] order = new int[count];
            for (int i = 0; i < count; i++) {
                order[i] = count - 1 - Kernels.row(keys[count - 1 - i]);
                late += i < k && order[i] >= k + (count - k) / 2 ? 1 : 0;
            }
            boolean tooLate = late > this.late * k;
            if (!tooLate || count == rows.length) {
                float[] sorted = new float[count];
                for (int i = 0; i < count; i++) {
                    sorted[i] = scores[order[i]];
                    order[i] = first[order[i]];
                }
                return new Ranked(order, sorted, tooLate);
            }
            count = Math.min(2 * count, rows.length);
        }
    }

    /** @return false if clusters have fewer rows than are wanted */
    private boolean collect(int probes, int kept) {
        int reach = Math.min(RESERVE * probes, index.clusters());
        double usual = (double) probes * index.rows() / index.clusters() * share;
        for (; ; reach = index.clusters()) {
            int clusters = scan.order(reach);
            int left = scan.leaveOutEmpty(allowed, counts, places);
            if (collect(left, probes, usual, kept) || clusters == index.clusters()) {
                return scan.kept() >= k;
            }
        }
    }

    /** @return whether it found that it need not read on */
    private boolean collect(int left, int probes, double usual, int kept) {
        long[] before = {};
        double rows = usual / 2;
        int place = probes / 2;
        long seen = 0;
        int read = 0;
        for (int round = 0; ; round++) {
            int to = read;
            while (to < left && (seen < rows || places[to] < place)) {
                seen += counts[to++];
            }
            scan.collect(read, to, kept, allowed);
            long[] best = scan.best(WATCHED);
            if (round > 0 && best.length >= Math.min(k, WATCHED) && late(best, before) <= late * best.length) {
                return true;
            }
            if (to == left) {
                return false;
            }
            before = best;
            read = to;
            rows = Math.max(2 * seen, usual);
            place = Math.max(2 * place, probes);
        }
    }

    /** How many of the best were not among them before. */
    private static int late(long[] best, long[] before) {
        int late = best.length;
        for (long key : before) {
            late -= key >= best[best.length - 1] ? 1 : 0;
        }
        return late;
    }
}
