package dev.quiver.index.cluster;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.vector.Metric;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;

/** Finds the clusters of rows that are to become a segment, and encodes them. Uses the cores of the common pool. */
public final class ClusterBuilder {
    /** Fewer rows are searched as fast without clusters. */
    public static final int LEAST_ROWS = 4096;

    /** On average. */
    public static final int ROWS_PER_CLUSTER = Clustering.ROWS_PER_CLUSTER;

    /** From here on one bit a component finds as much as two bits do in fewer components, at half the cost. */
    private static final int ONE_BIT_DIMENSION = 256;

    private static final float SPREAD = 0.4f;

    private final RotatedRows rows;
    private final int dimension;
    private final Metric metric;
    private final Rotation rotation;
    private final int bits;
    private final Clustering.Result clusters;
    private final float[] mean;
    private final int[] firstBlock;
    private final float[] spread;

    /** @param seed of all that is random */
    public ClusterBuilder(RowSource source, int dimension, Metric metric, long seed) {
        this.dimension = dimension;
        this.metric = metric;
        this.rotation = new Rotation(dimension, seed);
        this.rows = new RotatedRows(source, metric, rotation);
        this.bits = dimension >= ONE_BIT_DIMENSION ? 1 : 2;
        this.clusters = Clustering.of(rows, dimension, seed);
        this.mean = mean();
        this.spread = new float[clusters.count()];
        this.firstBlock = new int[clusters.count() + 1];
        for (int c = 0; c < clusters.count(); c++) {
            firstBlock[c + 1] = firstBlock[c] + Blocks.count(clusters.starts()[c + 1] - clusters.starts()[c]);
        }
    }

    /** Of the rows, as near as their centroids tell. */
    private float[] mean() {
        double[] sums = new double[dimension];
        int[] starts = clusters.starts();
        for (int c = 0; c < clusters.count(); c++) {
            for (int i = 0; i < dimension; i++) {
                sums[i] += (double) (starts[c + 1] - starts[c]) * clusters.centroids()[c * dimension + i];
            }
        }
        float[] mean = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            mean[i] = (float) (sums[i] / starts[clusters.count()]);
        }
        return mean;
    }

    /** The source's rows in the order that they are to be written in. */
    public int[] order() {
        return clusters.order();
    }

    public int bits() {
        return bits;
    }

    public int clusters() {
        return clusters.count();
    }

    public Rotation rotation() {
        return rotation;
    }

    public float[] rotatedMean() {
        return mean;
    }

    /** f32[clusters × dimension], rotated. */
    public float[] centroids() {
        return clusters.centroids();
    }

    /** The first ordinal of each cluster, then the number of rows. */
    public int[] firstRow() {
        return clusters.starts();
    }

    /** The first block of each cluster, then the number of blocks. */
    public int[] firstBlock() {
        return firstBlock;
    }

    /**
     * What is added to the similarity of each centroid to the query when clusters are ordered: under cosine and dot a share of the root mean square of the residuals, for the best of a cluster's rows is the
     * nearer to the query than their mean, the more they spread; on GloVe a third fewer rows are read at equal recall. Known once {@link #blocks} has made all blocks.
     */
    public float[] bias() {
        float[] bias = new float[spread.length];
        for (int c = 0; c < bias.length; c++) {
            bias[c] = metric == Metric.EUCLIDEAN ? 0 : SPREAD * spread[c];
        }
        return bias;
    }

    /** The blocks of one cluster. */
    private MemorySegment blocks(int cluster) {
        int start = clusters.starts()[cluster];
        int count = clusters.starts()[cluster + 1] - start;
        double[] squares = {0};
        MemorySegment blocks =
                encode(count, bits, i -> rows.get(clusters.order()[start + i]), clusters.centroids(), cluster, squares);
        spread[cluster] = (float) Math.sqrt(squares[0] / count);
        return blocks;
    }

    /** The blocks of these clusters, made in parallel. */
    public MemorySegment[] blocks(int from, int to) {
        return IntStream.range(from, to).parallel().mapToObj(this::blocks).toArray(MemorySegment[]::new);
    }

    /** The centroids themselves as codes around the mean, their estimates raised by their bias. Made after all blocks. */
    public MemorySegment centroidBlocks() {
        float[] centroids = clusters.centroids();
        MemorySegment encoded = encode(
                clusters.count(),
                ClusterIndex.CENTROID_BITS,
                c -> java.util.Arrays.copyOfRange(centroids, c * dimension, (c + 1) * dimension),
                mean,
                0,
                new double[1]);
        float[] bias = bias();
        int pairs = Blocks.pairs(dimension, ClusterIndex.CENTROID_BITS);
        for (int c = 0; c < clusters.count(); c++) {
            long at = (long) c / Blocks.ROWS * Blocks.bytes(pairs) + Blocks.ROWS * pairs + 4L * (c % Blocks.ROWS);
            OffHeap.putFloat(encoded, at, OffHeap.getFloat(encoded, at) + bias[c]);
        }
        return encoded;
    }

    private interface Vectors {
        float[] get(int i);
    }

    private MemorySegment encode(
            int count, int codeBits, Vectors vectors, float[] centroids, int centroid, double[] squares) {
        int pairs = Blocks.pairs(dimension, codeBits);
        int bytes = Blocks.bytes(pairs);
        int blocks = Blocks.count(count);
        MemorySegment encoded = OffHeap.allocate((long) blocks * bytes);
        Quantizer quantizer = new Quantizer(dimension, codeBits, metric, mean);
        for (int b = 0; b < blocks; b++) {
            MemorySegment block = encoded.asSlice((long) b * bytes, bytes);
            Blocks.clear(block, pairs);
            int end = Math.min(Blocks.ROWS, count - b * Blocks.ROWS);
            for (int i = 0; i < end; i++) {
                quantizer.encode(vectors.get(b * Blocks.ROWS + i), centroids, centroid * dimension);
                squares[0] += quantizer.squaredResidual();
                Blocks.put(block, pairs, i, quantizer, dimension, codeBits);
            }
        }
        return encoded;
    }
}
