package dev.quiver.bench.data;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.search.TopK;
import dev.quiver.index.search.TopK.Candidate;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import dev.quiver.index.vector.Metric;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** What an exact search finds: every row is scored, the best ones again in double. */
public final class GroundTruth {
    private static final int BLOCK = 256;

    /** More rows than are asked for, so that rounding in float loses none. */
    private static final int MARGIN = 28;

    private GroundTruth() {}

    /** Row numbers for each query, the nearest first; -1 where fewer rows are allowed than asked for. */
    public static int[][] nearest(float[][] rows, float[][] queries, Metric metric, int depth, IntPredicate allowed) {
        int dimension = rows[0].length;
        Kernels kernels = KernelChoice.best();
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(4L * rows.length * dimension, 64);
            for (int r = 0; r < rows.length; r++) {
                MemorySegment.copy(rows[r], 0, memory, ValueLayout.JAVA_FLOAT, 4L * r * dimension, dimension);
            }
            return IntStream.range(0, queries.length)
                    .parallel()
                    .mapToObj(q -> nearest(kernels, memory, rows, queries[q], metric, depth, allowed))
                    .toArray(int[][]::new);
        }
    }

    private static int[] nearest(
            Kernels kernels,
            MemorySegment memory,
            float[][] rows,
            float[] query,
            Metric metric,
            int depth,
            IntPredicate allowed) {
        int dimension = query.length;
        MemorySegment q = OffHeap.copyOf(query);
        TopK top = new TopK(depth + MARGIN, Float.NEGATIVE_INFINITY);
        float[] scores = new float[BLOCK];
        for (int start = 0; start < rows.length; start += BLOCK) {
            int count = Math.min(BLOCK, rows.length - start);
            if (metric == Metric.EUCLIDEAN) {
                kernels.squaredDistance(memory, 4L * start * dimension, count, q, dimension, scores);
            } else {
                kernels.dot(memory, 4L * start * dimension, count, q, dimension, scores);
            }
            for (int i = 0; i < count; i++) {
                float similarity = metric == Metric.EUCLIDEAN ? -scores[i] : scores[i];
                if (similarity > top.threshold() && allowed.test(start + i)) {
                    top.add(0, start + i, similarity);
                }
            }
        }
        int[] found = top.best().stream()
                .map(Candidate::row)
                .sorted(Comparator.comparingDouble((Integer row) -> -similarity(query, rows[row], metric))
                        .thenComparing(row -> row))
                .limit(depth)
                .mapToInt(Integer::intValue)
                .toArray();
        return IntStream.range(0, depth)
                .map(i -> i < found.length ? found[i] : -1)
                .toArray();
    }

    private static double similarity(float[] query, float[] row, Metric metric) {
        double sum = 0;
        for (int i = 0; i < query.length; i++) {
            double difference = (double) query[i] - row[i];
            sum += metric == Metric.EUCLIDEAN ? -difference * difference : (double) query[i] * row[i];
        }
        return sum;
    }
}
