package dev.quiver.index.cluster;

import dev.quiver.index.vector.Metric;
import java.lang.foreign.MemorySegment;

/**
 * The clusters of a segment, as they lie in memory. Row ordinals are positions in cluster order.
 *
 * @param bits of a code, a component
 * @param mean μ of {@link Quantizer}, rotated
 * @param centroids f32[clusters × dimension], rotated
 * @param centroidBlocks codes of {@value #CENTROID_BITS} bits of the centroids around the mean
 * @param bias of each cluster, see {@link ClusterBuilder#bias}
 * @param firstRow the first ordinal of each cluster, then the number of rows
 * @param firstBlock the first block of each cluster, then the number of blocks
 * @param blocks the codes of the rows; every cluster begins a new block
 */
public record ClusterIndex(
        int dimension,
        Metric metric,
        int bits,
        Rotation rotation,
        float[] mean,
        MemorySegment centroids,
        MemorySegment centroidBlocks,
        float[] bias,
        int[] firstRow,
        int[] firstBlock,
        MemorySegment blocks,
        Calibration calibration) {

    /** Few clusters are looked at for each that is probed, so coarse estimates do. */
    public static final int CENTROID_BITS = 2;

    public int clusters() {
        return firstRow.length - 1;
    }

    public int rows() {
        return firstRow[clusters()];
    }
}
