package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** Which words, phrases and beginnings of words must be there. */
public enum Matching {
    /** At least one. */
    ANY,
    /** Each. */
    ALL;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
