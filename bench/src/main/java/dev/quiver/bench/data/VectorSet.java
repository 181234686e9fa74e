package dev.quiver.bench.data;

import dev.quiver.index.vector.Metric;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Vectors to be searched for, and the right answers.
 *
 * @param name such as {@code glove}
 * @param folder where the files are that this was read from, see {@link VectorFiles}: {@code rows.f32}, {@code tuning.f32}, {@code held-out.f32},
 *     {@code tuning.nearest.i32} and {@code held-out.nearest.i32}. It changes with the number of rows.
 * @param rows unit vectors if the metric is cosine
 * @param tuning queries to choose parameters by
 * @param heldOut queries that figures are published of
 */
public record VectorSet(String name, Path folder, Metric metric, float[][] rows, Queries tuning, Queries heldOut) {

    /** @param nearest the {@link DataSets#DEPTH} nearest rows to each, the nearest first */
    public record Queries(float[][] vectors, int[][] nearest) {
        /** The first ones. */
        public Queries limit(int count) {
            return count >= vectors.length
                    ? this
                    : new Queries(Arrays.copyOf(vectors, count), Arrays.copyOf(nearest, count));
        }
    }

    public int dimension() {
        return rows[0].length;
    }
}
