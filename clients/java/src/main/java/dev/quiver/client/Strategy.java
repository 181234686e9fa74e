package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How examples are put together. */
public enum Strategy {
    /** Near the mean of the positive ones, moved away from the mean of the negative ones. */
    AVERAGE,
    /** Near any of the positive ones; what is nearer to a negative one is left out. */
    BEST_SCORE;

    @JsonValue
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
