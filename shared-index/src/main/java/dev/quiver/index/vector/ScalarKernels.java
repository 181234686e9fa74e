package dev.quiver.index.vector;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/** The kernels in plain Java: the truth that the others are tested against, and what runs where nothing faster does. */
public final class ScalarKernels extends JavaKernels {

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    public void dot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dot(rows, offset + 4L * dimension * r, query, dimension);
        }
    }

    @Override
    public void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = squaredDistance(rows, offset + 4L * dimension * r, query, dimension);
        }
    }

    @Override
    public void dotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dotInt8(rows, offset + (long) dimension * r, query, dimension);
        }
    }

    @Override
    public void dotAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dot(rows, 4L * dimension * ordinals[r], query, dimension);
        }
    }

    @Override
    public void squaredDistanceAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = squaredDistance(rows, 4L * dimension * ordinals[r], query, dimension);
        }
    }

    @Override
    public void dotInt8At(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, int[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dotInt8(rows, (long) dimension * ordinals[r], query, dimension);
        }
    }

    private static float dot(MemorySegment rows, long row, MemorySegment query, int dimension) {
        float sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += OffHeap.getFloat(rows, row + 4L * i) * OffHeap.getFloat(query, 4L * i);
        }
        return sum;
    }

    private static float squaredDistance(MemorySegment rows, long row, MemorySegment query, int dimension) {
        float sum = 0;
        for (int i = 0; i < dimension; i++) {
            float d = OffHeap.getFloat(rows, row + 4L * i) - OffHeap.getFloat(query, 4L * i);
            sum += d * d;
        }
        return sum;
    }

    private static int dotInt8(MemorySegment rows, long row, MemorySegment query, int dimension) {
        int sum = 0;
        for (int i = 0; i < dimension; i++) {
            sum += OffHeap.getByte(rows, row + i) * OffHeap.getShort(query, 2L * i);
        }
        return sum;
    }

    @Override
    public void estimate(
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
        for (int b = 0; b < count; b++) {
            long block = offset + (long) b * (64L * pairs + 512);
            long mask = 0;
            for (int row = 0; row < 64; row++) {
                int place = 4 * (row & 15) + (row >>> 4);
                int sum = 0;
                for (int p = 0; p < pairs; p++) {
                    int code = OffHeap.getByte(blocks, block + 64L * p + place) & 0xFF;
                    sum += table[32 * p + (code & 15)] + table[32 * p + 16 + (code >>> 4)];
                }
                float constant = OffHeap.getFloat(blocks, block + 64L * pairs + 4L * row);
                float scale = OffHeap.getFloat(blocks, block + 64L * pairs + 256 + 4L * row);
                float estimate = Math.fma(scale, Math.fma((float) sum, step, low), constant + base);
                estimates[64 * b + row] = estimate;
                if (estimate > threshold) {
                    mask |= 1L << row;
                }
            }
            passed[b] = mask;
        }
    }

    @Override
    public void nearest(
            float[] rows,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score) {
        float[] sums = new float[PANEL];
        for (int r = 0; r < count; r++) {
            best[r] = 0;
            score[r] = Float.NEGATIVE_INFINITY;
            for (int p = 0; p < panelCount; p++) {
                java.util.Arrays.fill(sums, 0);
                for (int i = 0; i < dimension; i++) {
                    float x = rows[r * dimension + i];
                    int column = PANEL * (p * dimension + i);
                    for (int c = 0; c < PANEL; c++) {
                        sums[c] += x * panels[column + c];
                    }
                }
                for (int c = 0; c < PANEL; c++) {
                    if (sums[c] + bias[p * PANEL + c] > score[r]) {
                        score[r] = sums[c] + bias[p * PANEL + c];
                        best[r] = p * PANEL + c;
                    }
                }
            }
        }
    }
}
