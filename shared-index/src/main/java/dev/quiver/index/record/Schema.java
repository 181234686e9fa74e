package dev.quiver.index.record;

import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.util.Objects;

/**
 * What is fixed when a collection is created.
 *
 * @param dimension components of every vector, 1 to {@value Vectors#MAX_DIMENSION}
 * @param model the embedding model that makes this collection's vectors, or null when callers bring their own
 * @param declared what is said of the attributes
 */
public record Schema(int dimension, Metric metric, String model, DeclaredFields declared) {
    public Schema {
        if (dimension < 1 || dimension > Vectors.MAX_DIMENSION) {
            throw new IllegalArgumentException(
                    "The dimension is " + dimension + ", it must be 1 to " + Vectors.MAX_DIMENSION + ".");
        }
        Objects.requireNonNull(metric, "metric");
        Objects.requireNonNull(declared, "declared");
    }

    /** That says nothing of the attributes. */
    public Schema(int dimension, Metric metric, String model) {
        this(dimension, metric, model, DeclaredFields.NONE);
    }

    public Schema declaring(DeclaredFields fields) {
        return new Schema(dimension, metric, model, fields);
    }
}
