package dev.quiver.client;

import java.util.List;

/**
 * How a query was done.
 *
 * @param searches one after the other
 * @param storeRequests while it ran, by all requests of the server's process
 * @param bytesRead from the store meanwhile
 */
public record Explanation(List<ExplainedSearch> searches, long storeRequests, long bytesRead) {}
