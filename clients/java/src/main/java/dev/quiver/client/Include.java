package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What of a record is answered besides its id. */
public enum Include {
    ATTRIBUTES,
    TEXT,
    VECTOR;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
