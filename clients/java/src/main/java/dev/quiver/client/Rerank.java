package dev.quiver.client;

/**
 * The best records are to be scored anew by a model that reads query and text together.
 *
 * @param model a reranker that the server is configured with; its default one if null
 * @param query what to rerank by; the query's text, or the question, if null
 * @param depth how many records, 1 to 200; 50 if null
 * @param field the attribute with the text; the record's text if null
 */
public record Rerank(String model, String query, Integer depth, String field) {
    /** By the server's default model. */
    public static Rerank byDefault() {
        return new Rerank(null, null, null, null);
    }

    public static Rerank by(String model) {
        return new Rerank(model, null, null, null);
    }

    public Rerank withQuery(String other) {
        return new Rerank(model, other, depth, field);
    }

    public Rerank withDepth(int other) {
        return new Rerank(model, query, other, field);
    }

    public Rerank withField(String other) {
        return new Rerank(model, query, depth, other);
    }
}
