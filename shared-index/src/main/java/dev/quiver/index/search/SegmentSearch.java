package dev.quiver.index.search;

import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.cluster.Calibration.Effort;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Approximate search in one segment: chooses how, by what it would cost, and does it. For many threads; the memory of finished searches is used again.
 */
public final class SegmentSearch {
    /** Calibration is with the segment's own rows; what comes from outside is a little harder to find. This share of what may be missed is kept in hand. */
    private static final double MARGIN = 0.15;

    /** Estimates of what is left over by a filter lie closer together than those of the nearest rows. */
    private static final double FILTERED = 1.5;

    /** Candidates for {@link Calibration#K} neighbours of a segment that was never measured. */
    private static final int UNKNOWN = 200;

    /** Clusters that are read in order. */
    private static final int FIRST = 16;

    private final Segment segment;
    private final ClusterIndex index;
    private final Kernels kernels = KernelChoice.best();
    private final Costs costs;
    private final ConcurrentLinkedQueue<ClusterScan> idle = new ConcurrentLinkedQueue<>();

    public SegmentSearch(Segment segment) {
        this.segment = segment;
        this.index = segment.clusters();
        this.costs = new Costs(segment.dimension(), index == null ? 0 : index.bits());
    }

    /**
     * @param k how many rows are wanted
     * @param accuracy the share of the true k nearest that is to be found on average, above 0; 1 reads all rows
     * @param probes clusters to read, instead of what accuracy asks for; 0 if accuracy decides
     * @param candidates rows to rescore, likewise
     */
    public record Wish(int k, double accuracy, int probes, int candidates) {
        public static Wish of(int k, double accuracy) {
            return new Wish(k, accuracy, 0, 0);
        }
    }

    /** How a search was done. */
    public sealed interface Plan {
        /** All allowed rows were read. */
        record Exact() implements Plan {}

        record Clusters(int probes, int candidates) implements Plan {}
    }

    /** @param rowsScored rows whose float32 vector was read */
    public record Outcome(Plan plan, long rowsScored) {}

    /**
     * Offers the best live rows. Of a segment that is still arriving it fetches what it needs, if that can be done.
     *
     * @param block becomes {@link TopK.Candidate#block}
     */
    public Outcome search(float[] vector, Wish wish, LiveRows live, int block, TopK top) {
        if (!segment.resident()
                && live.most() >= index.rows() / 2
                && plan(wish, live.most()) instanceof Plan.Clusters plan) {
            ClusterScan scan = scan(vector);
            boolean found = arriving(scan, plan, wish.k, live, block, top);
            Outcome outcome = new Outcome(plan, scan.rowsScored());
            idle.add(scan);
            if (found) {
                return outcome;
            }
        }
        return search(vector, wish, live.bits(segment), block, top);
    }

    private ClusterScan scan(float[] vector) {
        ClusterScan scan = idle.poll();
        if (scan == null) {
            scan = new ClusterScan(kernels, index);
        }
        scan.begin(vector);
        return scan;
    }

    /**
     * Offers the best rows.
     *
     * @param allowed a bit a row
     * @param block becomes {@link TopK.Candidate#block}
     */
    public Outcome search(float[] vector, Wish wish, long[] allowed, int block, TopK top) {
        int count = BitSets.count(allowed);
        Plan plan = plan(wish, count);
        if (count == 0) {
            return new Outcome(new Plan.Exact(), 0);
        }
        return switch (plan) {
            case Plan.Exact _ -> exact(vector, allowed, block, top);
            case Plan.Clusters c -> {
                segment.awaitResident();
                ClusterScan scan = scan(vector);
                boolean found;
                if (count == index.rows() || wish.probes > 0) {
                    scan.collect(scan.order(c.probes, FIRST), c.candidates, count == index.rows() ? null : allowed);
                    found = scan.kept() >= Math.min(wish.k, count);
                    if (found) {
                        scan.rescore(Rows.of(segment, allowed), c.candidates, exactly(wish.k), block, top);
                    }
                } else {
                    int most = (int) (costs.exact(count, index.rows()) / costs.candidate());
                    found = new FilteredScan(scan, index, allowed, (double) count / index.rows(), wish.k, wish.accuracy)
                            .search(
                                    Rows.of(segment, allowed),
                                    c.probes,
                                    c.candidates,
                                    most,
                                    exactly(wish.k),
                                    block,
                                    top);
                }
                Outcome outcome = new Outcome(plan, scan.rowsScored());
                idle.add(scan);
                // Too few rows in the clusters that were read, or no end of reading on: all of them, then.
                yield found ? outcome : exact(vector, allowed, block, top);
            }
        };
    }

    /**
     * In a segment of which only the front is there: two more rounds of reads, clusters and then rows.
     *
     * @return false if the clusters had too few rows; then nothing was offered
     */
    private boolean arriving(ClusterScan scan, Plan.Clusters c, int k, LiveRows live, int block, TopK top) {
        int count = live.most();
        int clusters = scan.choose(c.probes);
        segment.fetchClusters(scan.chosen(), clusters);
        scan.collect(scan.order(c.probes, FIRST), c.candidates, count == index.rows() ? null : live.known());
        if (scan.kept() < Math.min(k, count)) {
            return false;
        }
        int rows = scan.keep(c.candidates);
        segment.fetchRows(scan.chosen(), rows);
        rows = scan.without(row -> live.isRemoved(segment.id(row)), rows);
        if (rows < Math.min(k, count)) {
            return false;
        }
        scan.rescore(segment.fetchedVectors(), rows, block, top);
        return true;
    }

    private Outcome exact(float[] vector, long[] allowed, int block, TopK top) {
        ExactScan scan = new ExactScan(kernels, segment.metric(), vector);
        scan.scan(block, Rows.of(segment, allowed), null, top);
        return new Outcome(new Plan.Exact(), scan.rowsScored());
    }

    /** Rows that are scored by their float32 vectors after int8 codes have ordered them. */
    private int exactly(int k) {
        int measured = index.calibration().isNone()
                ? 2 * Calibration.K
                : index.calibration().exactly();
        return k < Calibration.K
                ? measured - Calibration.K + k
                : (int) Math.ceil((double) measured * k / Calibration.K);
    }

    /** @param allowed number of rows that may be found */
    Plan plan(Wish wish, int allowed) {
        if (index == null || (wish.accuracy >= 1 && wish.probes == 0)) {
            return new Plan.Exact();
        }
        Calibration calibration = index.calibration();
        if (calibration.isNone() && wish.probes == 0) {
            return new Plan.Exact();
        }
        double rowsPerCluster = (double) index.rows() / index.clusters();
        double perProbe = rowsPerCluster * costs.estimate();
        double target = wish.accuracy + MARGIN * (1 - wish.accuracy);
        Effort effort = calibration.isNone()
                ? new Effort(wish.probes, UNKNOWN)
                : calibration.effort(target, perProbe, costs.candidate());
        int probes = wish.probes > 0 ? wish.probes : effort.probes();
        double candidates = effort.candidates();
        double share = (double) allowed / index.rows();
        if (wish.probes == 0) {
            double depth = wish.k / Math.max(share, 1.0 / index.rows());
            if (depth > Calibration.K) {
                double more = (double) calibration.probes(depth, target) / calibration.probes(Calibration.K, target);
                probes = (int) Math.min(index.clusters(), Math.ceil(probes * Math.max(1, more)));
            }
        }
        candidates *= Math.max(1, (double) wish.k / Calibration.K);
        if (share < 1) {
            candidates *= 1 + (FILTERED - 1) * (1 - share);
        }
        if (wish.candidates > 0) {
            candidates = Math.max(wish.candidates, wish.k);
        }
        probes = Math.min(probes, index.clusters());
        double cost = costs.fixed(index.clusters()) + probes * perProbe + candidates * costs.candidate();
        if (wish.probes == 0 && costs.exact(allowed, index.rows()) <= cost) {
            return new Plan.Exact();
        }
        return new Plan.Clusters(probes, (int) Math.min(candidates, index.rows()));
    }

    /** What things cost, in nanoseconds of a machine of 2024; only their ratios matter. */
    private record Costs(int dimension, int bits) {
        double estimate() {
            return 0.5 + 0.012 * dimension * bits;
        }

        double candidate() {
            return 60 + 0.25 * dimension;
        }

        double fixed(int clusters) {
            return 6000 + 12.0 * dimension + 3.0 * clusters;
        }

        double exact(int allowed, int rows) {
            return 2000 + (allowed < rows / 16 ? allowed * (40 + 0.2 * dimension) : rows * (8 + 0.08 * dimension));
        }
    }
}
