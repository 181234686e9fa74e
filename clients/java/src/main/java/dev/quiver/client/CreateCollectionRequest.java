package dev.quiver.client;

/**
 * A new collection. With a model, texts are embedded by it; with a dimension alone, callers bring their vectors.
 *
 * @param name 1 to 63 lower-case letters, digits, '-' and '_'
 * @param dimension components of every vector; the model's if null
 * @param metric {@link Metric#COSINE} if null
 * @param model the server's default if neither model nor dimension is given
 * @param text the text of the records with the analyzer {@code standard} if null
 */
public record CreateCollectionRequest(String name, Integer dimension, Metric metric, String model, TextSettings text) {
    /** With the server's default model. */
    public static CreateCollectionRequest named(String name) {
        return new CreateCollectionRequest(name, null, null, null, null);
    }

    /** For vectors that are brought along. */
    public static CreateCollectionRequest ofVectors(String name, int dimension) {
        return new CreateCollectionRequest(name, dimension, null, null, null);
    }

    /** For texts that the server embeds. */
    public static CreateCollectionRequest ofTexts(String name, String model) {
        return new CreateCollectionRequest(name, null, null, model, null);
    }

    public CreateCollectionRequest withMetric(Metric other) {
        return new CreateCollectionRequest(name, dimension, other, model, text);
    }

    /** Which fields can be searched by their words. */
    public CreateCollectionRequest withText(TextField... fields) {
        return new CreateCollectionRequest(name, dimension, metric, model, TextSettings.of(fields));
    }
}
