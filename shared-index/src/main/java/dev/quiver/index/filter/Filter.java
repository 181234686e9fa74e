package dev.quiver.index.filter;

import java.util.List;
import java.util.Map;

/**
 * A condition on a record's attributes. In a segment the {@link Columns} answer it, for all rows at once; rows of the log are asked one by one.
 *
 * <p>A list attribute matches a comparison when one of its elements does, as in MongoDB. Numbers compare by value, whether long or
 * double. A comparison of different types never matches; {@code $ne} and {@code $nin} are the exact opposites of {@code $eq}
 * and {@code $in}, so they also match records that lack the attribute.
 */
public sealed interface Filter {

    boolean matches(Map<String, Object> attributes);

    /** Matches everything. */
    record All() implements Filter {
        @Override
        public boolean matches(Map<String, Object> attributes) {
            return true;
        }
    }

    record And(List<Filter> filters) implements Filter {
        @Override
        public boolean matches(Map<String, Object> attributes) {
            return filters.stream().allMatch(f -> f.matches(attributes));
        }
    }

    record Or(List<Filter> filters) implements Filter {
        @Override
        public boolean matches(Map<String, Object> attributes) {
            return filters.stream().anyMatch(f -> f.matches(attributes));
        }
    }

    record Not(Filter filter) implements Filter {
        @Override
        public boolean matches(Map<String, Object> attributes) {
            return !filter.matches(attributes);
        }
    }

    record Exists(String name) implements Filter {
        @Override
        public boolean matches(Map<String, Object> attributes) {
            return attributes.containsKey(name);
        }
    }

    record In(String name, List<Object> values) implements Filter {
        public In {
            values = values.stream().map(v -> canonical(name, v)).toList();
        }

        @Override
        public boolean matches(Map<String, Object> attributes) {
            return anyElement(attributes.get(name), v -> values.stream().anyMatch(w -> Values.same(v, w)));
        }
    }

    record Compare(String name, Operator operator, Object value) implements Filter {
        public Compare {
            value = canonical(name, value);
        }

        @Override
        public boolean matches(Map<String, Object> attributes) {
            return anyElement(attributes.get(name), v -> compare(v));
        }

        private boolean compare(Object v) {
            return switch (operator) {
                case EQ -> Values.same(v, value);
                case STARTS_WITH -> v instanceof String s && value instanceof String w && s.startsWith(w);
                case CONTAINS -> v instanceof String s && value instanceof String w && s.contains(w);
                case GT, GTE, LT, LTE -> {
                    Integer order = Values.order(v, value);
                    yield order != null
                            && switch (operator) {
                                case GT -> order > 0;
                                case GTE -> order >= 0;
                                case LT -> order < 0;
                                default -> order <= 0;
                            };
                }
            };
        }
    }

    enum Operator {
        EQ,
        GT,
        GTE,
        LT,
        LTE,
        STARTS_WITH,
        /** A substring of a string, or, on a list attribute, of one of its strings. */
        CONTAINS
    }

    private static boolean anyElement(Object attribute, java.util.function.Predicate<Object> condition) {
        return switch (attribute) {
            case null -> false;
            case List<?> list -> list.stream().anyMatch(condition);
            default -> condition.test(attribute);
        };
    }

    /** In the types that attributes are kept in, see {@link dev.quiver.index.record.Attributes}. */
    private static Object canonical(String name, Object value) {
        return switch (value) {
            case Integer i -> i.longValue();
            case Short s -> s.longValue();
            case Byte b -> b.longValue();
            case Float f -> canonical(name, f.doubleValue());
            case Double d
            when !Double.isFinite(d) ->
                throw new IllegalArgumentException(
                        "The filter compares '" + name + "' with " + d + ", which no attribute can be.");
            case null, default -> value;
        };
    }
}
