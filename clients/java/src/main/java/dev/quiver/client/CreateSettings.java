package dev.quiver.client;

/**
 * Settings of a collection that an upsert creates if it does not exist; all may be null.
 *
 * @see CreateCollectionRequest
 */
public record CreateSettings(Integer dimension, Metric metric, String model, TextSettings text) {
    /** What the server does if nothing is said. */
    public static CreateSettings defaults() {
        return new CreateSettings(null, null, null, null);
    }

    public static CreateSettings ofVectors(int dimension) {
        return new CreateSettings(dimension, null, null, null);
    }
}
