package dev.quiver.langchain4j;

import dev.quiver.client.Filter;
import java.util.List;

/** Filters for the HTTP API. */
final class HttpFilters implements FilterMapping<Filter> {
    @Override
    public Filter compare(String key, Comparison comparison, Object value) {
        return switch (comparison) {
            case EQUAL -> Filter.eq(key, value);
            case GREATER -> Filter.gt(key, value);
            case GREATER_OR_EQUAL -> Filter.gte(key, value);
            case LESS -> Filter.lt(key, value);
            case LESS_OR_EQUAL -> Filter.lte(key, value);
            case CONTAINS -> Filter.contains(key, (String) value);
        };
    }

    @Override
    public Filter in(String key, List<Object> values) {
        return Filter.in(key, values);
    }

    @Override
    public Filter and(List<Filter> filters) {
        return Filter.and(filters);
    }

    @Override
    public Filter or(List<Filter> filters) {
        return Filter.or(filters);
    }

    @Override
    public Filter not(Filter filter) {
        return Filter.not(filter);
    }
}
