package dev.quiver.embeddings.adapters;

/** What an adapter maps. */
public enum Sides {
    /** Queries alone: the documents stay as they are in their collection, and nothing is embedded or written anew. */
    QUERIES,
    /** Documents alone: they have to be written anew, and then queries cost nothing more. */
    DOCUMENTS,
    /** Both, by the same map. */
    BOTH;

    boolean queries() {
        return this != DOCUMENTS;
    }

    boolean documents() {
        return this != QUERIES;
    }
}
