package dev.quiver.index.search;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.cluster.QueryTable;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.vector.Kernels;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Search by clusters: the nearest centroids, the codes of their rows, the int8 rows of the best of these, the float32 rows of the best of those. Holds the memory that a query needs, so it is
 * reused from query to query, by one thread at a time.
 */
public final class ClusterScan {
    /** So few centroids are all compared exactly. */
    private static final int FEW_CLUSTERS = 128;

    private final Kernels kernels;
    private final ClusterIndex index;
    private final int dimension;
    private final Metric metric;

    private final float[] given;
    private final float[] rotated;
    private final float[] centred;
    private final MemorySegment query;
    private final MemorySegment rotatedQuery;
    private final MemorySegment int8Query;
    private final short[] int8;
    private final QueryTable table;
    private final QueryTable centroidTable;
    private float int8Scale;

    private final int[] allCentroids;
    private final float[] toMean = new float[1];
    private final Survivors clusters;
    private Survivors rows;
    private int[] runs = new int[0];
    private int[] ordinals = new int[1024];
    private int[] dots = new int[1024];
    private float[] scores = new float[1024];
    private final float[] all;

    private int[] probe = new int[0];
    private float[] base = new float[0];
    private int probes;
    private long rowsEstimated;
    private long rowsScored;

    public ClusterScan(Kernels kernels, ClusterIndex index) {
        this.kernels = kernels;
        this.index = index;
        this.dimension = index.dimension();
        this.metric = index.metric();
        this.given = new float[dimension];
        this.rotated = new float[dimension];
        this.centred = new float[dimension];
        this.query = OffHeap.allocate(4L * dimension);
        this.rotatedQuery = OffHeap.allocate(4L * dimension);
        this.int8Query = OffHeap.allocate(2L * dimension);
        this.int8 = new short[dimension];
        this.table = new QueryTable(dimension, index.bits());
        this.centroidTable = index.bits() == ClusterIndex.CENTROID_BITS
                ? table
                : new QueryTable(dimension, ClusterIndex.CENTROID_BITS);
        this.allCentroids = new int[] {0, Blocks.count(index.clusters()), 0};
        this.clusters = new Survivors(kernels, Kernels.room(index.clusters()));
        this.rows = new Survivors(kernels, Kernels.room(256));
        this.all = new float[index.clusters()];
    }

    /** @param vector acceptable to {@link Vectors#check} */
    public void begin(float[] vector) {
        double norm = Vectors.norm(vector);
        // Ranks by inner product do not depend on the length of the query; only the last scores do.
        double length = metric == Metric.EUCLIDEAN || norm == 0 ? 1 : norm;
        float largest = 0;
        for (int i = 0; i < dimension; i++) {
            given[i] = (float) (vector[i] / length);
            largest = Math.max(largest, Math.abs(given[i]));
        }
        OffHeap.putFloats(query, 0, metric == Metric.DOT ? vector : given);
        int8Scale = largest / 127 < Float.MIN_NORMAL ? 1 : largest / 127;
        float perUnit = 1 / int8Scale;
        for (int i = 0; i < dimension; i++) {
            int8[i] = (short) Math.rint(given[i] * perUnit);
        }
        OffHeap.putShorts(int8Query, 0, int8);
        System.arraycopy(given, 0, rotated, 0, dimension);
        index.rotation().apply(rotated);
        OffHeap.putFloats(rotatedQuery, 0, rotated);
        float[] mean = index.mean();
        for (int i = 0; i < dimension; i++) {
            centred[i] = rotated[i] - mean[i];
        }
        table.set(centred);
        rowsEstimated = 0;
        rowsScored = 0;
    }

    /** Rows whose codes were read since {@link #begin}. */
    public long rowsEstimated() {
        return rowsEstimated;
    }

    /** Rows whose float32 vector was read. */
    public long rowsScored() {
        return rowsScored;
    }

    /**
     * Orders the nearest clusters.
     *
     * @return how many, at most {@code wanted}
     */
    public int order(int wanted) {
        return order(wanted, wanted);
    }

    /** As {@link #order(int)}, but only the first so many are in order: they give a threshold, which is all that the others need. */
    public int order(int wanted, int sorted) {
        int count = index.clusters();
        int most = Math.min(wanted, count);
        int kept = kept(most);
        int candidates;
        clusters.clear();
        if (!coarse(kept)) {
            candidates = count;
            ensure(count);
            for (int c = 0; c < count; c++) {
                ordinals[c] = c;
            }
        } else {
            estimateCentroids(kept);
            ensure(kept);
            candidates = clusters.rows(ordinals);
        }
        if (metric == Metric.EUCLIDEAN) {
            kernels.squaredDistanceAt(index.centroids(), ordinals, candidates, rotatedQuery, dimension, scores);
            for (int i = 0; i < candidates; i++) {
                scores[i] = -scores[i];
            }
        } else {
            kernels.dotAt(index.centroids(), ordinals, candidates, rotatedQuery, dimension, scores);
        }
        clusters.clear();
        for (int i = 0; i < candidates; i++) {
            all[ordinals[i]] = scores[i];
            clusters.add(scores[i] + index.bias()[ordinals[i]], ordinals[i]);
        }
        clusters.select(most);
        clusters.sort(sorted);
        if (probe.length < most) {
            probe = new int[most];
            base = new float[most];
        }
        probes = clusters.rows(probe);
        for (int i = 0; i < probes; i++) {
            base[i] = all[probe[i]];
        }
        return probes;
    }

    /**
     * Passes over the ordered clusters without allowed rows.
     *
     * @param counts becomes the number of allowed rows of each that is left
     * @param places becomes the place that each had before
     * @return how many are left
     */
    int leaveOutEmpty(long[] allowed, int[] counts, int[] places) {
        int left = 0;
        for (int i = 0; i < probes; i++) {
            int c = probe[i];
            int of = BitSets.count(allowed, index.firstRow()[c], index.firstRow()[c + 1]);
            if (of > 0) {
                probe[left] = c;
                base[left] = base[i];
                places[left] = i;
                counts[left++] = of;
            }
        }
        probes = left;
        return left;
    }

    /**
     * The clusters that {@link #order} will choose among, so that they can be fetched before.
     *
     * @return how many; their numbers are in {@link #chosen}
     */
    int choose(int wanted) {
        int count = index.clusters();
        int most = Math.min(wanted, count);
        int kept = kept(most);
        clusters.clear();
        if (!coarse(kept)) {
            ensure(count);
            for (int c = 0; c < count; c++) {
                ordinals[c] = c;
            }
            return count;
        }
        estimateCentroids(kept);
        ensure(kept);
        return clusters.rows(ordinals);
    }

    /** What {@link #choose} and {@link #keep} have chosen. */
    int[] chosen() {
        return ordinals;
    }

    /** @return how many rows are left of those that {@link #collect} kept; their ordinals are in {@link #chosen} */
    int keep(int wanted) {
        rows.select(wanted);
        ensure(rows.size());
        return rows.rows(ordinals);
    }

    /** Takes out of the first {@link #chosen} rows those that are unwanted. */
    int without(IntPredicate unwanted, int count) {
        int left = 0;
        for (int i = 0; i < count; i++) {
            if (!unwanted.test(ordinals[i])) {
                ordinals[left++] = ordinals[i];
            }
        }
        return left;
    }

    /** As {@link #rescore}, all that was kept by vectors alone: of a segment that is not resident, where {@link #chosen} rows have been fetched. */
    void rescore(MemorySegment vectors, int count, int block, TopK top) {
        rowsScored += count;
        if (metric == Metric.EUCLIDEAN) {
            kernels.squaredDistanceAt(vectors, ordinals, count, query, dimension, scores);
        } else {
            kernels.dotAt(vectors, ordinals, count, query, dimension, scores);
        }
        for (int i = 0; i < count; i++) {
            float similarity =
                    switch (metric) {
                        case DOT -> scores[i];
                        case COSINE -> {
                            float[] x = OffHeap.getFloats(vectors, 4L * dimension * ordinals[i], dimension);
                            yield Math.clamp(scores[i] / (float) Vectors.norm(x), -1f, 1f);
                        }
                        case EUCLIDEAN -> -scores[i];
                    };
            if (similarity > top.threshold()) {
                top.add(block, ordinals[i], similarity);
            }
        }
    }

    private int kept(int most) {
        return Math.min(index.clusters(), most + most / 8 + 16);
    }

    /** Whether centroids are estimated before they are compared. */
    private boolean coarse(int kept) {
        return index.clusters() > FEW_CLUSTERS && 4 * kept <= index.clusters();
    }

    private void estimateCentroids(int kept) {
        if (centroidTable != table) {
            centroidTable.set(centred);
        }
        toMean[0] = similarityToMean();
        clusters.collect(index.centroidBlocks(), allCentroids, toMean, 0, 1, centroidTable, null, kept);
    }

    private float similarityToMean() {
        float[] mean = index.mean();
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            double d = (double) rotated[i] - mean[i];
            sum += metric == Metric.EUCLIDEAN ? -d * d : (double) rotated[i] * mean[i];
        }
        return (float) sum;
    }

    /** The i-th nearest cluster. */
    public int probe(int i) {
        return probe[i];
    }

    /** The estimates of all rows of the i-th nearest cluster, in their order. */
    float[] estimates(int i) {
        int c = probe[i];
        int blocks = index.firstBlock()[c + 1] - index.firstBlock()[c];
        float[] result = new float[blocks * Blocks.ROWS];
        kernels.estimate(
                index.blocks(),
                (long) index.firstBlock()[c] * Blocks.bytes(table.pairs()),
                blocks,
                -1,
                table.entries(),
                table.pairs(),
                base[i],
                table.low(),
                table.step(),
                Float.NEGATIVE_INFINITY,
                result,
                new long[blocks]);
        return result;
    }

    /**
     * Estimates the rows of the nearest clusters and keeps the best.
     *
     * @param count of the ordered clusters
     * @param wanted how many rows to keep
     * @param allowed a bit a row, others are passed over; null allows all
     */
    public void collect(int count, int wanted, long[] allowed) {
        collect(0, count, wanted, allowed);
    }

    /** As {@link #collect(int, int, long[])}, the ordered clusters {@code from} until {@code to}; unless it is the first, in addition to what was kept of those before. */
    void collect(int from, int to, int wanted, long[] allowed) {
        if (from == 0) {
            if (rows.capacity() < Kernels.room(wanted)) {
                rows = new Survivors(kernels, Kernels.room(wanted));
            }
            rows.clear();
        }
        if (runs.length < 3 * to) {
            runs = Arrays.copyOf(runs, 3 * to);
        }
        int[] firstBlock = index.firstBlock();
        int[] firstRow = index.firstRow();
        for (int i = from; i < to; i++) {
            int c = probe[i];
            runs[3 * i] = firstBlock[c];
            runs[3 * i + 1] = firstBlock[c + 1] - firstBlock[c];
            runs[3 * i + 2] = firstRow[c];
            rowsEstimated += firstRow[c + 1] - firstRow[c];
        }
        rows.collect(index.blocks(), runs, base, from, to, table, allowed, wanted);
    }

    /** The keys of the best that were kept, the best first, at most so many. */
    long[] best(int most) {
        return rows.best(most);
    }

    /** How many rows {@link #collect} has kept, which {@link #estimate} may then be asked of. */
    public int kept() {
        return rows.size();
    }

    /** An estimate that was kept, in no order. */
    public float estimate(int i) {
        return rows.score(i);
    }

    public int row(int i) {
        return rows.row(i);
    }

    /**
     * Scores what was kept and offers the best.
     *
     * @param wanted rows to score by their int8 codes
     * @param exactly rows to score by their float32 vectors
     * @param block becomes {@link TopK.Candidate#block}
     */
    public void rescore(Rows of, int wanted, int exactly, int block, TopK top) {
        rows.select(wanted);
        ensure(rows.size());
        int count = rows.rows(ordinals);
        if (count > exactly) {
            // In the order of memory.
            Arrays.sort(ordinals, 0, count);
            scoreInt8(of, count);
            rows.clear();
            for (int i = 0; i < count; i++) {
                rows.add(scores[i], ordinals[i]);
            }
            rows.select(exactly);
            count = rows.rows(ordinals);
        }
        scoreVectors(of, count);
        for (int i = 0; i < count; i++) {
            if (scores[i] > top.threshold()) {
                top.add(block, ordinals[i], scores[i]);
            }
        }
    }

    /** Similarities of rows by their vectors. */
    float[] similarities(Rows of, int[] which) {
        ensure(which.length);
        System.arraycopy(which, 0, ordinals, 0, which.length);
        scoreVectors(of, which.length);
        return Arrays.copyOf(scores, which.length);
    }

    private void scoreVectors(Rows of, int count) {
        rowsScored += count;
        if (metric == Metric.EUCLIDEAN) {
            kernels.squaredDistanceAt(of.vectors(), ordinals, count, query, dimension, scores);
        } else {
            kernels.dotAt(of.vectors(), ordinals, count, query, dimension, scores);
        }
        for (int i = 0; i < count; i++) {
            scores[i] = switch (metric) {
                case DOT -> scores[i];
                case COSINE -> Math.clamp(scores[i] / OffHeap.getFloat(of.norms(), 4L * ordinals[i]), -1f, 1f);
                case EUCLIDEAN -> -scores[i];
            };
        }
    }

    /** Scores of rows by their int8 codes. */
    float[] int8Scores(Rows of, int[] which) {
        ensure(which.length);
        System.arraycopy(which, 0, ordinals, 0, which.length);
        scoreInt8(of, which.length);
        return Arrays.copyOf(scores, which.length);
    }

    private void scoreInt8(Rows of, int count) {
        kernels.dotInt8At(of.codes().values(), ordinals, count, int8Query, dimension, dots);
        for (int i = 0; i < count; i++) {
            long at = 4L * ordinals[i];
            float dot = int8Scale * OffHeap.getFloat(of.codes().scales(), at) * dots[i];
            float norm = OffHeap.getFloat(of.norms(), at);
            scores[i] = switch (metric) {
                case DOT -> dot;
                case COSINE -> dot / norm;
                case EUCLIDEAN -> 2 * dot - norm * norm;
            };
        }
    }

    private void ensure(int count) {
        if (ordinals.length < count) {
            int length = Math.max(count, 2 * ordinals.length);
            ordinals = new int[length];
            dots = new int[length];
            scores = new float[length];
        }
    }
}
