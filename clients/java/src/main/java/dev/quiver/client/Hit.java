package dev.quiver.client;

import java.util.Map;

/**
 * A record that was found. What was not asked for is null.
 *
 * @param score as the collection's metric says; in mode text BM25, in mode hybrid what the fusion makes
 * @param boostedScore with boosts, what the hits are ordered by
 * @param rerankScore with rerank, what the hits are ordered by; null where there was no text, or beyond its depth
 * @param scores of a hybrid query; else null
 * @param attributes whole numbers are {@link Long}, others {@link Double}
 */
public record Hit(
        String id,
        float score,
        Double boostedScore,
        Double rerankScore,
        float[] vector,
        String text,
        Map<String, Object> attributes,
        Scores scores) {}
