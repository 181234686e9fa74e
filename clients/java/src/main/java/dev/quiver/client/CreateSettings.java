package dev.quiver.client;

import java.util.Map;

/**
 * Settings of a collection that an upsert creates if it does not exist; all may be null.
 *
 * @see CreateCollectionRequest
 */
public record CreateSettings(
        Integer dimension,
        Metric metric,
        String model,
        TextSettings text,
        Map<String, FieldDeclaration> fields,
        Boolean strict) {
    /** That declares no fields. */
    public CreateSettings(Integer dimension, Metric metric, String model) {
        this(dimension, metric, model, null, null, null);
    }

    /** What the server does if nothing is said. */
    public static CreateSettings defaults() {
        return new CreateSettings(null, null, null);
    }

    public static CreateSettings ofVectors(int dimension) {
        return new CreateSettings(dimension, null, null);
    }
}
