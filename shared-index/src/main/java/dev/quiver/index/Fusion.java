package dev.quiver.index;

/**
 * How the answers of two searches become one.
 *
 * @param k of {@link Method#RRF}: the larger, the less it matters to be first
 * @param vectorWeight 0 to 1: how much the vectors count; the words count what is left
 * @param depth rows of each search that are looked at
 */
public record Fusion(Method method, int k, double vectorWeight, int depth) {
    public enum Method {
        /**
         * Reciprocal rank fusion: the sum of 2 · weight / (k + rank) over the two lists.
         *
         * @see <a href="https://doi.org/10.1145/1571941.1572114">Cormack, Clarke and Büttcher, 2009</a>
         */
        RRF,
        /** The weighted sum of both scores, each stretched so that among the rows of both lists the worst has 0 and the best 1. */
        WEIGHTED
    }

    public Fusion {
        if (k < 0) {
            throw new IllegalArgumentException("k is " + k + ", it must not be negative.");
        }
        if (!(vectorWeight >= 0 && vectorWeight <= 1)) {
            throw new IllegalArgumentException("vectorWeight is " + vectorWeight + ", it must be 0 to 1.");
        }
        if (depth < 1) {
            throw new IllegalArgumentException("depth is " + depth + ", it must be at least 1.");
        }
    }
}
