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
}
