package dev.quiver.client;

/**
 * What an answer used.
 *
 * @param passages that were retrieved and relevant enough
 * @param inputTokens null without a language model or if it does not say
 * @param outputTokens likewise
 * @param took milliseconds
 */
public record Usage(int passages, Integer inputTokens, Integer outputTokens, double took) {}
