package dev.quiver.client;

import java.time.Instant;

/**
 * An earlier state of a collection, within its retention.
 *
 * @param sequence after the commit with this number; or null
 * @param time at this time of the store's clock, ISO 8601; or null
 */
public record AsOf(Long sequence, String time) {
    public static AsOf sequence(long number) {
        return new AsOf(number, null);
    }

    public static AsOf time(Instant moment) {
        return new AsOf(null, moment.toString());
    }
}
