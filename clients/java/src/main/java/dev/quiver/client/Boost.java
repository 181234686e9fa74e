package dev.quiver.client;

import java.time.Duration;

/**
 * What adds to the score of a hit: a value between 0 and 1, times the weight. The nearness of a number or date to an origin, or whether a filter matches.
 *
 * @param field an attribute: a number or a date; or null
 * @param decay how the value goes down with the distance
 * @param origin a number or a date, where the value is 1; for dates now if null
 * @param scale the distance at which the value is {@code midpoint}: a number, or an ISO 8601 duration
 * @param offset up to this distance the value is 1; nothing if null
 * @param midpoint 0.5 if null
 * @param filter instead of a field; or null
 * @param weight 1 if null
 */
public record Boost(
        String field,
        DecayName decay,
        Object origin,
        Object scale,
        Object offset,
        Double midpoint,
        Filter filter,
        Double weight) {
    /** What is new: after {@code halfLife} half as much is added. */
    public static Boost recent(String field, Duration halfLife) {
        return new Boost(field, DecayName.EXP, null, halfLife.toString(), null, null, null, null);
    }

    /** What is near to a number. */
    public static Boost near(String field, DecayName decay, double origin, double scale) {
        return new Boost(field, decay, origin, scale, null, null, null, null);
    }

    public static Boost matching(Filter filter) {
        return new Boost(null, null, null, null, null, null, filter, null);
    }

    public Boost withWeight(double other) {
        return new Boost(field, decay, origin, scale, offset, midpoint, filter, other);
    }

    public Boost withMidpoint(double other) {
        return new Boost(field, decay, origin, scale, offset, other, filter, weight);
    }

    /** @param date such as {@code 2026-11-23T10:15:30Z} */
    public Boost around(String date) {
        return new Boost(field, decay, date, scale, offset, midpoint, filter, weight);
    }

    /** @param other a number, or an ISO 8601 duration */
    public Boost withOffset(Object other) {
        return new Boost(field, decay, origin, scale, other, midpoint, filter, weight);
    }
}
