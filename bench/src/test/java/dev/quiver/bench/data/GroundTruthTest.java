package dev.quiver.bench.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.vector.Metric;
import java.util.Comparator;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Against sorting all rows by what is summed up in double. */
class GroundTruthTest {
    private final Random random = new Random(7);
    private final float[][] rows = vectors(700);
    private final float[][] queries = vectors(20);

    @Test
    void euclidean() {
        assertThat(GroundTruth.nearest(rows, queries, Metric.EUCLIDEAN, 30, _ -> true))
                .isDeepEqualTo(sorted(Metric.EUCLIDEAN, 30, _ -> true));
    }

    @Test
    void cosineOfUnitVectorsIsTheirInnerProduct() {
        assertThat(GroundTruth.nearest(rows, queries, Metric.COSINE, 30, _ -> true))
                .isDeepEqualTo(sorted(Metric.COSINE, 30, _ -> true));
    }

    @Test
    void onlyWhatAFilterAllows() {
        IntPredicate third = row -> row % 3 == 0;
        assertThat(GroundTruth.nearest(rows, queries, Metric.COSINE, 30, third))
                .isDeepEqualTo(sorted(Metric.COSINE, 30, third));
    }

    @Test
    void placesThatNoRowFillsAreMarked() {
        assertThat(GroundTruth.nearest(rows, queries, Metric.COSINE, 3, row -> row == 5)[0])
                .containsExactly(5, -1, -1);
    }

    private int[][] sorted(Metric metric, int depth, IntPredicate allowed) {
        return Stream.of(queries)
                .map(q -> IntStream.range(0, rows.length)
                        .filter(allowed)
                        .boxed()
                        .sorted(Comparator.comparingDouble(r -> distance(q, rows[r], metric)))
                        .limit(depth)
                        .mapToInt(r -> r)
                        .toArray())
                .toArray(int[][]::new);
    }

    private static double distance(float[] a, float[] b, Metric metric) {
        return IntStream.range(0, a.length)
                .mapToDouble(i -> metric == Metric.EUCLIDEAN
                        ? ((double) a[i] - b[i]) * ((double) a[i] - b[i])
                        : -(double) a[i] * b[i])
                .sum();
    }

    private float[][] vectors(int count) {
        float[][] vectors = new float[count][33];
        for (float[] v : vectors) {
            for (int i = 0; i < v.length; i++) {
                v[i] = (float) random.nextGaussian();
            }
        }
        return vectors;
    }
}
