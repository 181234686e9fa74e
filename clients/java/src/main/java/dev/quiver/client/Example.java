package dev.quiver.client;

/**
 * Something to be near to, or away from: a record or a vector.
 *
 * @param weight how much it counts beside the others, above 0; 1 if null
 */
public record Example(String id, float[] vector, Double weight) {
    /** A record, which is left out of the answer. */
    public static Example ofRecord(String id) {
        return new Example(id, null, null);
    }

    public static Example ofVector(float[] vector) {
        return new Example(null, vector, null);
    }

    public Example withWeight(double other) {
        return new Example(id, vector, other);
    }
}
