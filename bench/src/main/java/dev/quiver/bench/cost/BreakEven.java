package dev.quiver.bench.cost;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Collectors;

/** Between how many queries a month one thing is cheaper than another, in words. */
public final class BreakEven {
    private static final double LEAST = 100;
    private static final double MOST = 1e8;
    private static final double STEP = 1.02;
    /** Between two ranges. What is less is rounding to whole milliseconds and whole instances. */
    private static final double LEAST_GAP = 1.15;

    private BreakEven() {}

    /**
     * @param one dollars by queries
     * @param other likewise
     */
    public static String cheaper(DoubleUnaryOperator one, DoubleUnaryOperator other) {
        List<double[]> ranges = new ArrayList<>();
        for (double q = LEAST; q <= MOST; q *= STEP) {
            if (one.applyAsDouble(q) < other.applyAsDouble(q)) {
                if (ranges.isEmpty() || q > ranges.getLast()[1] * LEAST_GAP) {
                    ranges.add(new double[] {q, q});
                }
                ranges.getLast()[1] = q;
            }
        }
        return ranges.isEmpty()
                ? "never"
                : ranges.stream().map(r -> words(r[0], r[1])).collect(Collectors.joining(", "));
    }

    private static String words(double from, double to) {
        boolean ever = to * LEAST_GAP > MOST;
        if (from == LEAST) {
            return ever ? "always" : "up to " + round(to);
        }
        return ever ? "from " + round(from) : round(from) + " to " + round(to);
    }

    /** Two digits: prices and times are not known better. */
    static String round(double queries) {
        double unit = Math.pow(10, Math.floor(Math.log10(queries)) - 1);
        double rounded = Math.round(queries / unit) * unit;
        if (rounded >= 1e6) {
            String millions = String.format(Locale.ROOT, "%.1f", rounded / 1e6);
            return (millions.endsWith(".0") ? millions.substring(0, millions.length() - 2) : millions) + "M";
        }
        return String.format(Locale.ROOT, "%,.0f", rounded);
    }
}
