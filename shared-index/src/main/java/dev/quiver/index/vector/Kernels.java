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

    /** A key orders as a score does, and then as a row does: of equal scores the higher row is the larger key. */
    static long key(float score, int row) {
        return (long) sortable(Float.floatToRawIntBits(score)) << 32 | row;
    }

    static float score(long key) {
        return Float.intBitsToFloat(sortable((int) (key >> 32)));
    }

    static int row(long key) {
        return (int) key;
    }

    /** Flips what makes the bits of negative floats descend; its own inverse. */
    private static int sortable(int bits) {
        return bits ^ (bits >> 31 & 0x7FFFFFFF);
    }

    /** Moves the largest {@code wanted} of the first {@code size} keys to the front, in no order. */
    void select(int size, int wanted, long[] keys);

    /** After so many runs {@link #collect} selects, too: a call in C ends there, for garbage collection waits for it. */
    int RUNS_AT_ONCE = 256;

    /** How many keys {@link #collect} must have room for. */
    static int room(int wanted) {
        return full(wanted) + 4 * 64 + 8;
    }

    /** With so many keys, {@link #collect} selects. */
    static int full(int wanted) {
        return wanted + wanted / 2 + 64;
    }

    /**
     * Estimates the rows of runs of blocks, as {@link #estimate} does, and keeps the best of them and of what was kept before, in no order.
     *
     * @param runs three numbers each: the first block, how many, the row of its first place
     * @param bases what {@link #estimate} calls base, for each run
     * @param from the first run, {@code to} the one after the last
     * @param table see {@link #estimate}
     * @param allowed a bit a row: others are passed over; null allows all
     * @param wanted how many keys are kept, at least 1
     * @param size how many there are, at most {@code wanted}
     * @param keys with {@link #room}
     * @return how many there are then
     */
    int collect(
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
            long[] keys);

    /** Rounds of {@link #rotate}. */
    int ROTATION_ROUNDS = 4;

    /**
     * The map of {@link dev.quiver.index.cluster.Rotation}, in place; by all kernels to the same bits.
     *
     * @param signs [{@value #ROTATION_ROUNDS} × dimension], with the scale of the transforms
     */
    void rotate(float[] signs, int dimension, float[] x);

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
