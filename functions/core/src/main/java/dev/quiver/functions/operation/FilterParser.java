package dev.quiver.functions.operation;

import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A filter as people write it in JSON to a {@link Filter}: {@code {"year": {"$gte": 1990}, "$or": [{"lang": "en"}, {"lang": "de"}]}}. The operators are those
 * of S3 Vectors and MongoDB.
 */
public final class FilterParser {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_CONDITIONS = 1_000;
    private static final int MAX_VALUES = 10_000;
    private static final String OPERATORS =
            "$eq, $ne, $gt, $gte, $lt, $lte, $in, $nin, $exists, $startsWith, $contains, $and, $or, $not";

    private int conditions;

    private FilterParser() {}

    /** @param json null for no filter */
    public static Filter parse(Map<String, Object> json) {
        return json == null ? new Filter.All() : parse(json, "/filter");
    }

    /** @param pointer where in the request it stands */
    static Filter parse(Map<String, Object> json, String pointer) {
        return new FilterParser().object(json, pointer, 1);
    }

    private Filter object(Map<?, ?> json, String pointer, int depth) {
        if (depth > MAX_DEPTH) {
            throw bad(pointer, "The filter is nested deeper than " + MAX_DEPTH + " levels. Flatten it.");
        }
        if (json.isEmpty()) {
            count(pointer);
        }
        List<Filter> all = new ArrayList<>();
        for (var e : json.entrySet()) {
            String name = (String) e.getKey();
            Object value = e.getValue();
            String at = pointer + "/" + escape(name);
            switch (name) {
                case "$and" -> all.add(new Filter.And(list(value, at, depth)));
                case "$or" -> all.add(new Filter.Or(list(value, at, depth)));
                case "$not" -> all.add(new Filter.Not(object(map(value, at), at, depth + 1)));
                default -> {
                    if (name.startsWith("$")) {
                        throw unknown(name, at);
                    }
                    all.add(field(name, value, at, depth));
                }
            }
        }
        return all.size() == 1 ? all.getFirst() : new Filter.And(all);
    }

    private List<Filter> list(Object value, String pointer, int depth) {
        if (!(value instanceof List<?> list) || list.isEmpty()) {
            throw bad(pointer, "Give an array of at least one filter here.");
        }
        List<Filter> filters = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String at = pointer + "/" + i;
            filters.add(object(map(list.get(i), at), at, depth + 1));
        }
        return filters;
    }

    private Filter field(String name, Object value, String pointer, int depth) {
        if (!(value instanceof Map<?, ?> operators)) {
            count(pointer);
            return new Filter.Compare(name, Operator.EQ, scalar(value, pointer));
        }
        if (operators.isEmpty()) {
            throw bad(pointer, "Give an operator here, one of " + OPERATORS + ".");
        }
        List<Filter> all = new ArrayList<>();
        for (var e : operators.entrySet()) {
            String operator = (String) e.getKey();
            all.add(condition(name, operator, e.getValue(), pointer + "/" + escape(operator), depth));
        }
        return all.size() == 1 ? all.getFirst() : new Filter.And(all);
    }

    private Filter condition(String name, String operator, Object value, String pointer, int depth) {
        count(pointer);
        return switch (operator) {
            case "$eq" -> new Filter.Compare(name, Operator.EQ, scalar(value, pointer));
            case "$ne" -> new Filter.Not(new Filter.Compare(name, Operator.EQ, scalar(value, pointer)));
            case "$gt" -> new Filter.Compare(name, Operator.GT, ordered(value, pointer));
            case "$gte" -> new Filter.Compare(name, Operator.GTE, ordered(value, pointer));
            case "$lt" -> new Filter.Compare(name, Operator.LT, ordered(value, pointer));
            case "$lte" -> new Filter.Compare(name, Operator.LTE, ordered(value, pointer));
            case "$startsWith" -> new Filter.Compare(name, Operator.STARTS_WITH, string(value, pointer));
            case "$contains" -> new Filter.Compare(name, Operator.CONTAINS, string(value, pointer));
            case "$in" -> new Filter.In(name, values(value, pointer));
            case "$nin" -> new Filter.Not(new Filter.In(name, values(value, pointer)));
            case "$exists" -> {
                if (!(value instanceof Boolean exists)) {
                    throw bad(pointer, "$exists takes true or false.");
                }
                yield exists ? new Filter.Exists(name) : new Filter.Not(new Filter.Exists(name));
            }
            case "$not" -> {
                if (depth >= MAX_DEPTH) {
                    throw bad(pointer, "The filter is nested deeper than " + MAX_DEPTH + " levels. Flatten it.");
                }
                yield new Filter.Not(field(name, map(value, pointer), pointer, depth + 1));
            }
            default -> throw unknown(operator, pointer);
        };
    }

    private List<Object> values(Object value, String pointer) {
        if (!(value instanceof List<?> list)) {
            throw bad(pointer, "Give an array of values here.");
        }
        if (list.size() > MAX_VALUES) {
            throw bad(pointer, "The array has " + list.size() + " values, at most " + MAX_VALUES + " are compared.");
        }
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            values.add(scalar(list.get(i), pointer + "/" + i));
        }
        return values;
    }

    private static Object ordered(Object value, String pointer) {
        Object scalar = scalar(value, pointer);
        if (scalar instanceof Boolean) {
            throw bad(pointer, "true and false have no order. Compare them with $eq.");
        }
        return scalar;
    }

    private static String string(Object value, String pointer) {
        if (value instanceof String s) {
            return s;
        }
        throw bad(pointer, "This operator takes a string.");
    }

    private static Object scalar(Object value, String pointer) {
        return switch (value) {
            case String s -> s;
            case Boolean b -> b;
            case Integer i -> i.longValue();
            case Long l -> l;
            case Double d when Double.isFinite(d) -> d;
            case null -> throw bad(pointer, "null is never stored. Use {\"$exists\": false}.");
            default -> throw bad(pointer, "Give a string, a 64-bit number, true or false here.");
        };
    }

    private static Map<?, ?> map(Object value, String pointer) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw bad(pointer, "Give an object here, such as {\"year\": {\"$gte\": 1990}}.");
    }

    private void count(String pointer) {
        if (++conditions > MAX_CONDITIONS) {
            throw bad(pointer, "The filter has more than " + MAX_CONDITIONS + " conditions. Use $in for many values.");
        }
    }

    static String escape(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    private static ProblemException unknown(String operator, String pointer) {
        return bad(pointer, "There is no filter operator '" + operator + "'. The operators are " + OPERATORS + ".");
    }

    private static ProblemException bad(String pointer, String detail) {
        return ProblemException.at(Kind.INVALID_FILTER, pointer, detail);
    }
}
