package dev.quiver.client;

import java.util.Map;

/**
 * A record that was found. What was not asked for is null.
 *
 * @param score see {@link QueryResponse#scoring}
 * @param boostedScore with boosts, what the hits are ordered by
 * @param rerankScore with rerank, what the hits are ordered by; null where there was no text, or beyond its depth
 * @param scores of a hybrid query; else null
 * @param attributes whole numbers are {@link Long}, others {@link Double}
 * @param explanation what the score is made of, if that was asked for in mode text or hybrid; else null
 */
public record Hit(
        String id,
        float score,
        Double boostedScore,
        Double rerankScore,
        float[] vector,
        String text,
        Map<String, Object> attributes,
        Scores scores,
        ExplainedHit explanation) {}
