package dev.quiver.index.vector;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/** The kernels in plain Java: the truth that the others are tested against, and what runs where nothing faster does. */
public final class ScalarKernels implements Kernels {

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void dot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            long row = offset + 4L * dimension * r;
            float sum = 0;
            for (int i = 0; i < dimension; i++) {
                sum += OffHeap.getFloat(rows, row + 4L * i) * OffHeap.getFloat(query, 4L * i);
            }
            scores[r] = sum;
        }
    }

    @Override
    public void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            long row = offset + 4L * dimension * r;
            float sum = 0;
            for (int i = 0; i < dimension; i++) {
                float d = OffHeap.getFloat(rows, row + 4L * i) - OffHeap.getFloat(query, 4L * i);
                sum += d * d;
            }
            scores[r] = sum;
        }
    }

    @Override
    public void dotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores) {
        for (int r = 0; r < count; r++) {
            long row = offset + (long) dimension * r;
            int sum = 0;
            for (int i = 0; i < dimension; i++) {
                sum += OffHeap.getByte(rows, row + i) * OffHeap.getShort(query, 2L * i);
            }
            scores[r] = sum;
        }
    }
}
