package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a value goes down with the distance from its origin. */
public enum DecayName {
    EXP,
    GAUSS,
    LINEAR;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
