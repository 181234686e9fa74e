package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What is searched for. */
public enum TermKind {
    /** As the analyzer makes it. */
    WORD,
    /** Words beside each other. */
    PHRASE,
    /** Words that begin so, which count as one. */
    PREFIX;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
