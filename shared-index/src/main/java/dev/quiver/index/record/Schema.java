package dev.quiver.index.record;

import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is fixed when a collection is created.
 *
 * @param dimension components of every vector, 1 to {@value Vectors#MAX_DIMENSION}
 * @param model the embedding model that makes this collection's vectors, or null when callers bring their own
 * @param declared what is said of the attributes
 * @param text fields whose words can be searched for; empty for none
 */
public record Schema(int dimension, Metric metric, String model, DeclaredFields declared, List<TextField> text) {
    public Schema {
        if (dimension < 1 || dimension > Vectors.MAX_DIMENSION) {
            throw new IllegalArgumentException(
                    "The dimension is " + dimension + ", it must be 1 to " + Vectors.MAX_DIMENSION + ".");
        }
        Objects.requireNonNull(metric, "metric");
        Objects.requireNonNull(declared, "declared");
        text = List.copyOf(text);
        if (text.size() > TextField.MOST_FIELDS) {
            throw new IllegalArgumentException(
                    "There are " + text.size() + " text fields, at most " + TextField.MOST_FIELDS + " are possible.");
        }
        Set<String> names = new HashSet<>();
        for (TextField f : text) {
            if (!names.add(f.name())) {
                throw new IllegalArgumentException("The text field '" + f.name() + "' is there twice.");
            }
        }
    }

    /** That says nothing of the attributes, with the usual text fields. */
    public Schema(int dimension, Metric metric, String model) {
        this(dimension, metric, model, DeclaredFields.NONE, TextField.DEFAULT);
    }

    public Schema declaring(DeclaredFields fields) {
        return new Schema(dimension, metric, model, fields, text);
    }

    /** That says nothing of the attributes. */
    public Schema(int dimension, Metric metric, String model, List<TextField> text) {
        this(dimension, metric, model, DeclaredFields.NONE, text);
    }
}
