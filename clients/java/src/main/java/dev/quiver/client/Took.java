package dev.quiver.client;

/**
 * Milliseconds on the server.
 *
 * @param look for opening the collection and reading what is new
 * @param rerank null if nothing was reranked
 */
public record Took(double total, double embed, double look, double search, Double rerank) {}
