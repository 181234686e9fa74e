package dev.quiver.functions.operation;

import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.FieldType;
import dev.quiver.index.record.InvalidFieldException;
import java.util.List;
import java.util.Map;

/** Filters on declared fields: values of another type are a mistake, and dates are compared in the form that they are kept in. */
public final class DeclaredFilters {
    private DeclaredFilters() {}

    /**
     * @param json null for no filter
     * @throws ProblemException if it is none, or compares a declared field with what it cannot be
     */
    public static Filter parse(Map<String, Object> json, DeclaredFields declared) {
        return json == null ? new Filter.All() : parse(json, "/filter", declared);
    }

    /** @param pointer where in the request it stands */
    static Filter parse(Map<String, Object> json, String pointer, DeclaredFields declared) {
        Filter filter = FilterParser.parse(json, pointer);
        if (declared.types().isEmpty()) {
            return filter;
        }
        try {
            return fit(filter, declared);
        } catch (InvalidFieldException e) {
            throw ProblemException.at(Kind.INVALID_FILTER, pointer, e.getMessage());
        }
    }

    private static Filter fit(Filter filter, DeclaredFields declared) {
        return switch (filter) {
            case Filter.And(List<Filter> filters) ->
                new Filter.And(filters.stream().map(f -> fit(f, declared)).toList());
            case Filter.Or(List<Filter> filters) ->
                new Filter.Or(filters.stream().map(f -> fit(f, declared)).toList());
            case Filter.Not(Filter f) -> new Filter.Not(fit(f, declared));
            case Filter.In(String name, List<Object> values) -> {
                FieldType type = declared.types().get(name);
                yield type == null
                        ? filter
                        : new Filter.In(
                                name,
                                values.stream()
                                        .map(v -> type.element().fitElement(name, v))
                                        .toList());
            }
            case Filter.Compare(String name, Operator operator, Object value) -> {
                FieldType type = declared.types().get(name);
                // Part of a date is none; so are parts of what is kept.
                boolean isPart = operator == Operator.STARTS_WITH || operator == Operator.CONTAINS;
                yield type == null || isPart
                        ? filter
                        : new Filter.Compare(name, operator, type.element().fitElement(name, value));
            }
            case Filter.Exists _, Filter.All _ -> filter;
        };
    }
}
