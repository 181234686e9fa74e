package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How vectors are compared. Of {@code COSINE} and {@code DOT} a higher score is nearer; {@code EUCLIDEAN} is a distance. */
public enum Metric {
    COSINE,
    DOT,
    EUCLIDEAN;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
