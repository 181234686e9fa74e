package dev.quiver.langchain4j;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import java.util.List;

/** Filters for the index in this process. */
final class IndexFilters implements FilterMapping<Filter> {
    @Override
    public Filter compare(String key, Comparison comparison, Object value) {
        Operator operator =
                switch (comparison) {
                    case EQUAL -> Operator.EQ;
                    case GREATER -> Operator.GT;
                    case GREATER_OR_EQUAL -> Operator.GTE;
                    case LESS -> Operator.LT;
                    case LESS_OR_EQUAL -> Operator.LTE;
                    case CONTAINS -> Operator.CONTAINS;
                };
        return new Filter.Compare(key, operator, value);
    }

    @Override
    public Filter in(String key, List<Object> values) {
        return new Filter.In(key, values);
    }

    @Override
    public Filter and(List<Filter> filters) {
        return new Filter.And(filters);
    }

    @Override
    public Filter or(List<Filter> filters) {
        return new Filter.Or(filters);
    }

    @Override
    public Filter not(Filter filter) {
        return new Filter.Not(filter);
    }
}
