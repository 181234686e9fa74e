package dev.quiver.client;

/**
 * What a hit of a hybrid query has in both searches.
 *
 * @param vector as the collection's metric says
 * @param text BM25; 0 if no word fits
 */
public record Scores(float vector, float text) {}
