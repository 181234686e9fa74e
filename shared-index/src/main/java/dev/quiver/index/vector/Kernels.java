package dev.quiver.index.vector;

import java.lang.foreign.MemorySegment;

/**
 * The inner loops: scores of consecutive rows against one query. One call does many rows, so that an implementation in C
 * costs one call; arguments are off-heap for the same reason. All implementations agree with {@link ScalarKernels}: the
 * integer kernel exactly, the float kernels up to the rounding of a different order of summation.
 *
 * <p>In every method rows lie densely one after the other from {@code offset} (bytes) in {@code rows}, {@code count} scores are
 * written to the front of {@code scores}.
 */
public interface Kernels {

    /** A name for logs and tables, such as {@code vector-api-512}. */
    String name();

    /** Inner products of float32 rows with the float32 query at the start of {@code query}. */
    void dot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores);

    /** Squared euclidean distances of float32 rows to the float32 query at the start of {@code query}. */
    void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores);

    /**
     * Inner products of int8 rows with a query of int16 values, each within -127 to 127 (on both sides: -128 would overflow the sum of two
     * products in 16 bits).
     */
    void dotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores);

    /** As {@link #dot}, of the rows with these ordinals: row i begins at byte 4·dimension·ordinals[i]. One call, so that the memory accesses of several rows overlap. */
    void dotAt(MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores);

    /** As {@link #squaredDistance}, of the rows with these ordinals. */
    void squaredDistanceAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores);

    /** As {@link #dotInt8}, of the rows with these ordinals. */
    void dotInt8At(MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, int[] scores);

    /**
     * Estimated similarities of the rows of consecutive blocks of codes, see {@link dev.quiver.index.cluster.Blocks} and
     * {@link dev.quiver.index.cluster.QueryTable}: with n the sum of the table entries that a row's groups select, fma(scale, fma(n, step, low), offset + base).
     *
     * @param offset of the first block
     * @param count of blocks
     * @param next offset of the blocks that will be asked for after these, as many, which may be prefetched; or −1
     * @param table see there; 64 bytes more than the groups have
     * @param estimates receives 64·count estimates
     * @param passed receives a word a block: bit i is set if row i is above the threshold
     */
    void estimate(
            MemorySegment blocks,
            long offset,
            int count,
            long next,
            byte[] table,
            int pairs,
            float base,
            float low,
            float step,
            float threshold,
            float[] estimates,
            long[] passed);

    /** Columns of a panel of {@link #nearest}. */
    int PANEL = 64;

    /**
     * For each row the column with the largest inner product plus bias; the first of equals.
     *
     * @param rows [count × dimension]
     * @param panels [panels][dimension][{@value #PANEL}]: vectors as columns
     * @param bias [panels × {@value #PANEL}]; −∞ for columns that are not there
     * @param best receives column numbers
     * @param score receives product plus bias
     */
    void nearest(
            float[] rows,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score);
}
