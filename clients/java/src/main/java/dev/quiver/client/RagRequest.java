package dev.quiver.client;

/**
 * A question to be answered from a collection's texts.
 *
 * @param question at most 8,000 characters
 * @param topK passages to answer from, 1 to 50; the server's default if null
 * @param filter or null
 * @param model the language model's name at the server's provider; the configured one if null
 * @param stream set by the client
 * @param mode how passages are looked for; {@link Mode#VECTOR} if null
 * @param rerank a model that is to choose the passages; or null
 */
public record RagRequest(
        String collection,
        String question,
        Integer topK,
        Filter filter,
        String model,
        Boolean stream,
        Mode mode,
        Rerank rerank) {
    public static RagRequest of(String collection, String question) {
        return new RagRequest(collection, question, null, null, null, null, null, null);
    }

    public RagRequest withTopK(int other) {
        return new RagRequest(collection, question, other, filter, model, stream, mode, rerank);
    }

    public RagRequest withFilter(Filter other) {
        return new RagRequest(collection, question, topK, other, model, stream, mode, rerank);
    }

    public RagRequest withModel(String other) {
        return new RagRequest(collection, question, topK, filter, other, stream, mode, rerank);
    }

    /** Choose the passages by a model that reads question and passage together. */
    public RagRequest rerankedBy(Rerank other) {
        return new RagRequest(collection, question, topK, filter, model, stream, mode, other);
    }

    RagRequest withStream(boolean other) {
        return new RagRequest(collection, question, topK, filter, model, other, mode, rerank);
    }

    /** How passages are looked for. */
    public RagRequest withMode(Mode other) {
        return new RagRequest(collection, question, topK, filter, model, stream, other, rerank);
    }
}
