package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What the score of a hit is. Of all but {@code EUCLIDEAN} a higher one is better. */
public enum Scoring {
    COSINE,
    DOT,
    /** A distance. */
    EUCLIDEAN,
    /** Of words, in mode text. */
    BM25,
    /** Of ranks, in mode hybrid. */
    RRF,
    /** Of both scores, in mode hybrid. */
    WEIGHTED;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
