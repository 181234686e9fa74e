package dev.quiver.client;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A condition on a record's attributes, as the API takes it in JSON. Values are strings, numbers and booleans. A list attribute matches when one of its elements does; {@code ne} and
 * {@code notIn} are the opposites of {@code eq} and {@code in}, so they also match records without the attribute.
 *
 * @param json see "Filters" in Quiver's docs/api.md
 */
public record Filter(@JsonValue Map<String, Object> json) {
    @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
    public Filter {
        json = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(json));
    }

    /** A filter in the API's own words. */
    public static Filter of(Map<String, Object> json) {
        return new Filter(json);
    }

    /** Matches every record. */
    public static Filter all() {
        return new Filter(Map.of());
    }

    public static Filter eq(String name, Object value) {
        return condition(name, "$eq", value);
    }

    public static Filter ne(String name, Object value) {
        return condition(name, "$ne", value);
    }

    public static Filter gt(String name, Object value) {
        return condition(name, "$gt", value);
    }

    public static Filter gte(String name, Object value) {
        return condition(name, "$gte", value);
    }

    public static Filter lt(String name, Object value) {
        return condition(name, "$lt", value);
    }

    public static Filter lte(String name, Object value) {
        return condition(name, "$lte", value);
    }

    public static Filter in(String name, Collection<?> values) {
        return condition(name, "$in", List.copyOf(values));
    }

    public static Filter notIn(String name, Collection<?> values) {
        return condition(name, "$nin", List.copyOf(values));
    }

    public static Filter startsWith(String name, String prefix) {
        return condition(name, "$startsWith", prefix);
    }

    /** A string that has this in it. */
    public static Filter contains(String name, String part) {
        return condition(name, "$contains", part);
    }

    public static Filter exists(String name) {
        return condition(name, "$exists", true);
    }

    public static Filter missing(String name) {
        return condition(name, "$exists", false);
    }

    public static Filter and(Filter... filters) {
        return and(Arrays.asList(filters));
    }

    /** @param filters at least one */
    public static Filter and(List<Filter> filters) {
        return several("$and", filters);
    }

    public static Filter or(Filter... filters) {
        return or(Arrays.asList(filters));
    }

    /** @param filters at least one */
    public static Filter or(List<Filter> filters) {
        return several("$or", filters);
    }

    public static Filter not(Filter filter) {
        return new Filter(Map.of("$not", filter.json));
    }

    private static Filter condition(String name, String operator, Object value) {
        return new Filter(Map.of(name, Map.of(operator, value)));
    }

    private static Filter several(String operator, List<Filter> filters) {
        return new Filter(Map.of(operator, filters.stream().map(Filter::json).toList()));
    }
}
