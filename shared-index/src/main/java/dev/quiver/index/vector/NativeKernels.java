package dev.quiver.index.vector;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The kernels in C ({@code src/main/c/quiver_kernels.c}), whichever way they are called. C believes what it is told, so every call is checked here against the
 * memory that it names; the ordinals are checked by C itself, in passing.
 */
abstract class NativeKernels implements Kernels {
    /** What {@code quiver_kernels_interface} says. */
    static final int INTERFACE = 2;

    /** Multiplications of a call of {@link #nearest}, well below a millisecond: no garbage collection can begin meanwhile. */
    private static final long SHORT_CALL = 1 << 24;

    /** In how the library numbers them. */
    final int variant;

    private final String name;

    NativeKernels(int variant, String name) {
        this.variant = variant;
        this.name = name;
    }

    abstract void callDot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into);

    abstract void callSquaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] into);

    abstract void callDotInt8(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] into);

    abstract int callDotAt(
            MemorySegment rows,
            long limit,
            int[] ordinals,
            int count,
            MemorySegment query,
            int dimension,
            float[] into);

    abstract int callSquaredDistanceAt(
            MemorySegment rows,
            long limit,
            int[] ordinals,
            int count,
            MemorySegment query,
            int dimension,
            float[] into);

    abstract int callDotInt8At(
            MemorySegment rows, long limit, int[] ordinals, int count, MemorySegment query, int dimension, int[] into);

    abstract void callEstimate(
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

    abstract int callCollect(
            MemorySegment blocks,
            long limit,
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

    abstract void callSelect(int size, int wanted, long[] keys);

    abstract void callRotate(float[] signs, int dimension, float[] x);

    abstract void callNearest(
            float[] rows,
            int first,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score);

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final void dot(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        if (some(rows, offset, count, Float.BYTES, query, Float.BYTES, dimension, scores.length)) {
            callDot(rows, offset, count, query, dimension, scores);
        }
    }

    @Override
    public final void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        if (some(rows, offset, count, Float.BYTES, query, Float.BYTES, dimension, scores.length)) {
            callSquaredDistance(rows, offset, count, query, dimension, scores);
        }
    }

    @Override
    public final void dotInt8(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores) {
        if (some(rows, offset, count, Byte.BYTES, query, Short.BYTES, dimension, scores.length)) {
            callDotInt8(rows, offset, count, query, dimension, scores);
        }
    }

    @Override
    public final void dotAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        if (someAt(ordinals, count, query, Float.BYTES, dimension, scores.length)) {
            long limit = rows.byteSize() / (4L * dimension);
            all(callDotAt(rows, limit, ordinals, count, query, dimension, scores), ordinals, limit);
        }
    }

    @Override
    public final void squaredDistanceAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        if (someAt(ordinals, count, query, Float.BYTES, dimension, scores.length)) {
            long limit = rows.byteSize() / (4L * dimension);
            all(callSquaredDistanceAt(rows, limit, ordinals, count, query, dimension, scores), ordinals, limit);
        }
    }

    @Override
    public final void dotInt8At(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, int[] scores) {
        if (someAt(ordinals, count, query, Short.BYTES, dimension, scores.length)) {
            long limit = rows.byteSize() / dimension;
            all(callDotInt8At(rows, limit, ordinals, count, query, dimension, scores), ordinals, limit);
        }
    }

    @Override
    public final void estimate(
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
            long[] passed) {
        Objects.checkFromIndexSize(offset, count * (64L * pairs + 512), blocks.byteSize());
        Objects.checkFromIndexSize(0L, 32L * pairs, table.length);
        Objects.checkFromIndexSize(0L, 64L * count, estimates.length);
        Objects.checkFromIndexSize(0, count, passed.length);
        checkPairs(pairs);
        if (count > 0) {
            callEstimate(blocks, offset, count, next, table, pairs, base, low, step, threshold, estimates, passed);
        }
    }

    @Override
    public final int collect(
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
            long[] keys) {
        Objects.checkFromToIndex(from, to, bases.length);
        Objects.checkFromIndexSize(0L, 3L * to, runs.length);
        Objects.checkFromIndexSize(0L, 32L * pairs, table.length);
        Objects.checkIndex(wanted - 1, keys.length);
        Objects.checkFromIndexSize(0, Kernels.room(wanted), keys.length);
        Objects.checkIndex(size, wanted + 1);
        checkPairs(pairs);
        long limit = blocks.byteSize() / (64L * pairs + 512);
        int kept = size;
        for (int first = from; first < to; first += RUNS_AT_ONCE) {
            int until = Math.min(to, first + RUNS_AT_ONCE);
            kept = callCollect(
                    blocks, limit, runs, bases, first, until, table, pairs, low, step, allowed, wanted, kept, keys);
            if (kept < 0) {
                int r = -1 - kept;
                throw new IndexOutOfBoundsException("There are no " + runs[3 * r + 1] + " blocks from " + runs[3 * r]
                        + " with rows from " + runs[3 * r + 2] + ", the memory holds " + limit + " blocks.");
            }
        }
        return kept;
    }

    @Override
    public final void select(int size, int wanted, long[] keys) {
        Objects.checkFromIndexSize(0, size, keys.length);
        if (wanted > 0 && wanted < size) {
            callSelect(size, wanted, keys);
        }
    }

    @Override
    public final void rotate(float[] signs, int dimension, float[] x) {
        Objects.checkFromIndexSize(0L, (long) ROTATION_ROUNDS * dimension, signs.length);
        Objects.checkFromIndexSize(0, dimension, x.length);
        if (dimension > 0) {
            callRotate(signs, dimension, x);
        }
    }

    private static void checkPairs(int pairs) {
        if ((pairs & 1) != 0) {
            throw new IllegalArgumentException("The number of pairs is even, not " + pairs + ".");
        }
    }

    @Override
    public final void nearest(
            float[] rows,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score) {
        Objects.checkFromIndexSize(0L, (long) count * dimension, rows.length);
        Objects.checkFromIndexSize(0L, (long) PANEL * panelCount * dimension, panels.length);
        Objects.checkFromIndexSize(0L, (long) PANEL * panelCount, bias.length);
        Objects.checkFromIndexSize(0, count, best.length);
        Objects.checkFromIndexSize(0, count, score.length);
        long row = Math.max(1, (long) PANEL * panelCount * dimension);
        int most = Math.clamp((SHORT_CALL / row) & -4, 4, 1 << 20);
        for (int first = 0; first < count; first += most) {
            callNearest(rows, first, Math.min(most, count - first), dimension, panels, panelCount, bias, best, score);
        }
    }

    /** Whether there is anything to score; throws if it would be outside of the memory. */
    private static boolean some(
            MemorySegment rows,
            long offset,
            int count,
            int rowBytes,
            MemorySegment query,
            int queryBytes,
            int dimension,
            int scores) {
        Objects.checkFromIndexSize(0L, (long) queryBytes * dimension, query.byteSize());
        Objects.checkFromIndexSize(offset, Math.multiplyExact((long) count * dimension, rowBytes), rows.byteSize());
        Objects.checkFromIndexSize(0, count, scores);
        return count > 0;
    }

    private static boolean someAt(
            int[] ordinals, int count, MemorySegment query, int queryBytes, int dimension, int scores) {
        Objects.checkFromIndexSize(0L, (long) queryBytes * dimension, query.byteSize());
        Objects.checkFromIndexSize(0, count, ordinals.length);
        Objects.checkFromIndexSize(0, count, scores);
        return count > 0;
    }

    private static void all(int refused, int[] ordinals, long limit) {
        if (refused >= 0) {
            throw new IndexOutOfBoundsException(
                    "There is no row " + ordinals[refused] + ", the memory holds " + limit + ".");
        }
    }
}
