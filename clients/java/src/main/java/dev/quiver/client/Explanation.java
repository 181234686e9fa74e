package dev.quiver.client;

import java.util.List;

/**
 * How a query was done.
 *
 * @param searches one after the other
 * @param storeRequests while it ran, by all requests of the server's process
 * @param bytesRead from the store meanwhile
 * @param words in mode text and hybrid; else null
 * @param fusion in mode hybrid; else null
 */
public record Explanation(
        List<ExplainedSearch> searches,
        long storeRequests,
        long bytesRead,
        ExplainedWords words,
        ExplainedFusion fusion) {}
