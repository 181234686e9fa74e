package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What the values of an attribute are; with an S, lists of these. Dates are strings of ISO 8601, kept in UTC to the millisecond. */
public enum FieldTypeName {
    STRING,
    NUMBER,
    BOOLEAN,
    DATE,
    STRINGS,
    NUMBERS,
    DATES;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
