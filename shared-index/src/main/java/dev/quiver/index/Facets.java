package dev.quiver.index;

import java.util.List;
import java.util.Map;

/**
 * How many records match, and which values they have.
 *
 * @param count records that match
 * @param values by field, the values of the matching records with how many have each, most frequent first; a record whose value is a list counts once for each of its different values
 * @param sequence the last commit that this takes into account
 */
public record Facets(long count, Map<String, List<Value>> values, long sequence) {
    /** @param value a String, Long, Double or Boolean */
    public record Value(Object value, long count) {}
}
