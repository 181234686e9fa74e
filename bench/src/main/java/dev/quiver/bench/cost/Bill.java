package dev.quiver.bench.cost;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a month costs, line by line, in US dollars. */
public final class Bill {
    private final Map<String, Double> lines = new LinkedHashMap<>();

    Bill add(String line, double dollars) {
        lines.merge(line, dollars, Double::sum);
        return this;
    }

    /** A plan's minimum: who uses less pays it all the same. */
    Bill atLeast(double minimum) {
        return add("up to the minimum", Math.max(0, minimum - total()));
    }

    public Map<String, Double> lines() {
        return Collections.unmodifiableMap(lines);
    }

    /** 0 if there is no such line. */
    public double line(String name) {
        return lines.getOrDefault(name, 0.0);
    }

    public double total() {
        return lines.values().stream().mapToDouble(Double::doubleValue).sum();
    }
}
