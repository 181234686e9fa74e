package dev.quiver.index.filter;

import java.math.BigDecimal;

/** How values of attributes compare, in the types that {@link dev.quiver.index.record.Attributes} keeps them in. */
final class Values {
    private Values() {}

    static boolean same(Object a, Object b) {
        Integer order = order(a, b);
        return order == null ? a.equals(b) : order == 0;
    }

    /** Null when the two have no order. */
    static Integer order(Object a, Object b) {
        return switch (a) {
            case Long x when b instanceof Long y -> Long.compare(x, y);
            // Not Double.compare, which tells 0.0 from -0.0; NaN is never stored.
            case Double x when b instanceof Double y -> x < y ? -1 : x > y ? 1 : 0;
            // A double cannot tell longs beyond 2^53 apart, a BigDecimal can.
            case Long x when b instanceof Double y -> new BigDecimal(x).compareTo(new BigDecimal(y));
            case Double x when b instanceof Long y -> new BigDecimal(x).compareTo(new BigDecimal(y));
            case String x when b instanceof String y -> x.compareTo(y);
            default -> null;
        };
    }
}
