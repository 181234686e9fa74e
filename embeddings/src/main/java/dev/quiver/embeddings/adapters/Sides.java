package dev.quiver.embeddings.adapters;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What an adapter maps. */
public enum Sides {
    /** Queries alone: the documents stay as they are in their collection, and nothing is embedded or written anew. */
    QUERIES,
    /** Documents alone: they have to be written anew, and then queries cost nothing more. */
    DOCUMENTS,
    /** Both, by the same map. */
    BOTH;

    /** By its name in {@code model.json}. */
    public static Optional<Sides> of(String name) {
        return Arrays.stream(values()).filter(s -> s.toString().equals(name)).findFirst();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }

    public boolean queries() {
        return this != DOCUMENTS;
    }

    public boolean documents() {
        return this != QUERIES;
    }
}
