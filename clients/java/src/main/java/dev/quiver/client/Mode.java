package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a query searches. */
public enum Mode {
    /** What is near. */
    VECTOR,
    /** What has the words, by BM25. */
    TEXT,
    /** Both. */
    HYBRID;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
