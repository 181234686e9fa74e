package dev.quiver.bench.peers;

import java.util.List;
import java.util.OptionalDouble;

/** Recall against cost, one point for each effort, the cheapest first. */
public record Curve(List<Point> points) {

    /**
     * @param recall of the 10 nearest
     * @param cpuMicros a query
     * @param wallMicros a query
     */
    public record Point(int effort, double recall, double cpuMicros, double wallMicros) {}

    /**
     * CPU time a query at a recall, between the two points that it lies between: there the logarithm of the cost is taken to grow evenly with
     * recall. If the first point is better than asked, its cost. Nothing if no point reaches it.
     */
    public OptionalDouble cpuMicrosAt(double recall) {
        for (int i = 0; i < points.size(); i++) {
            Point p = points.get(i);
            if (p.recall >= recall) {
                Point before = i == 0 ? p : points.get(i - 1);
                double gained = p.recall - before.recall;
                double share = gained <= 0 ? 1 : (recall - before.recall) / gained;
                return OptionalDouble.of(
                        Math.exp((1 - share) * Math.log(before.cpuMicros) + share * Math.log(p.cpuMicros)));
            }
        }
        return OptionalDouble.empty();
    }

    /** Whether even the least effort finds more than that, so that a smaller one might have been cheaper. */
    public boolean startsAbove(double recall) {
        return points.getFirst().recall > recall;
    }
}
