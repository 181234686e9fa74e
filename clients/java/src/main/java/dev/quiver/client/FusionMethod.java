package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How two searches become one. */
public enum FusionMethod {
    /** The weighted sum of both scores, each stretched to 0 to 1. */
    WEIGHTED,
    /** Reciprocal rank fusion. */
    RRF;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
