package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How fresh an answer must be. */
public enum Consistency {
    /** Sees every write that was acknowledged before; what is meant if nothing is said. */
    STRONG,
    /** May be as old as five seconds, and costs less. */
    EVENTUAL;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
