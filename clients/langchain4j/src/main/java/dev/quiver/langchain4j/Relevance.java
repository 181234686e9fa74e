package dev.quiver.langchain4j;

import java.util.OptionalDouble;

/** LangChain4j's score of a hit: 0 for the opposite direction, 1 for the same. */
final class Relevance {
    private static final double SLACK = 1e-6;

    private Relevance() {}

    /** Rounding may take a cosine beyond 1. */
    static double of(float cosine) {
        return Math.clamp((1 + (double) cosine) / 2, 0, 1);
    }

    /** A cosine that every hit with this score has or exceeds, whatever was rounded; of those that it lets in besides, their own score tells. */
    static OptionalDouble cosine(double minScore) {
        return minScore <= 0 ? OptionalDouble.empty() : OptionalDouble.of(2 * minScore - 1 - SLACK);
    }
}
