package dev.quiver.client;

import java.util.Map;

/**
 * A record that was found. What was not asked for is null.
 *
 * @param score as the collection's metric says; in mode text BM25, in mode hybrid what the fusion makes
 * @param scores of a hybrid query; else null
 * @param attributes whole numbers are {@link Long}, others {@link Double}
 */
public record Hit(String id, float score, float[] vector, String text, Map<String, Object> attributes, Scores scores) {}
