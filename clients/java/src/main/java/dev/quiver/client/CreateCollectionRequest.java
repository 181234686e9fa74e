package dev.quiver.client;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A new collection. With a model, texts are embedded by it; with a dimension alone, callers bring their vectors.
 *
 * @param name 1 to 63 lower-case letters, digits, '-' and '_'
 * @param dimension components of every vector; the model's if null
 * @param metric {@link Metric#COSINE} if null
 * @param model the server's default if neither model nor dimension is given
 * @param text the text of the records with the analyzer {@code standard} if null
 * @param fields what attributes are; or null
 * @param strict whether others are refused; false if null
 */
public record CreateCollectionRequest(
        String name,
        Integer dimension,
        Metric metric,
        String model,
        TextSettings text,
        Map<String, FieldDeclaration> fields,
        Boolean strict) {
    /** With the server's default model. */
    public static CreateCollectionRequest named(String name) {
        return new CreateCollectionRequest(name, null, null, null, null, null, null);
    }

    /** For vectors that are brought along. */
    public static CreateCollectionRequest ofVectors(String name, int dimension) {
        return new CreateCollectionRequest(name, dimension, null, null, null, null, null);
    }

    /** For texts that the server embeds. */
    public static CreateCollectionRequest ofTexts(String name, String model) {
        return new CreateCollectionRequest(name, null, null, model, null, null, null);
    }

    public CreateCollectionRequest withMetric(Metric other) {
        return new CreateCollectionRequest(name, dimension, other, model, text, fields, strict);
    }

    /** And what an attribute is. */
    public CreateCollectionRequest declaring(String field, FieldTypeName type) {
        Map<String, FieldDeclaration> all = new LinkedHashMap<>(fields == null ? Map.of() : fields);
        all.put(field, new FieldDeclaration(type));
        return new CreateCollectionRequest(name, dimension, metric, model, text, all, strict);
    }

    /** Refuse attributes that are not declared. */
    public CreateCollectionRequest strictly() {
        return new CreateCollectionRequest(name, dimension, metric, model, text, fields, true);
    }

    /** Which fields can be searched by their words. */
    public CreateCollectionRequest withText(TextField... searched) {
        return new CreateCollectionRequest(name, dimension, metric, model, TextSettings.of(searched), fields, strict);
    }
}
