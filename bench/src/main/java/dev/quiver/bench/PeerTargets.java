package dev.quiver.bench;

import dev.quiver.bench.peers.Comparison;
import dev.quiver.bench.peers.Comparison.Result;
import dev.quiver.bench.peers.Comparison.Results;
import dev.quiver.bench.peers.Curve.Point;
import dev.quiver.bench.peers.Engines;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Predicate;

/** Where Quiver is to stand among the others, as ratios within one run. */
final class PeerTargets {
    private static final Set<String> JVM =
            Set.of("Lucene float", "Lucene int8", "Lucene BBQ", "JVector", "hnswlib-core");
    private static final Set<String> NO_GRAPHS = Set.of(Engines.OWN, "LanceDB", "sqlite-vec");
    private static final String HNSWLIB = "hnswlib";
    private static final Map<String, Integer> BELOW_JVM = Map.of("glove", 10, "minilm", 4, "fashion-mnist", 2);
    private static final int BELOW_HNSWLIB = 4;
    private static final int BELOW_ALL = 5;
    private static final int BUILD = 10;
    private static final double RESIDENT = 1.45;

    private final Results results;
    private final Result own;
    private final Report report;

    private PeerTargets(Results results, Result own, Report report) {
        this.results = results;
        this.own = own;
        this.report = report;
    }

    static void add(Results results, Report report) {
        results.engine(Engines.OWN).ifPresent(own -> new PeerTargets(results, own, report).add());
    }

    private void add() {
        cost(0.95, JVM::contains, BELOW_JVM.get(results.set()), "the cheapest JVM peer");
        if (!results.set().equals("fashion-mnist")) {
            cost(0.95, HNSWLIB::equals, BELOW_HNSWLIB, "hnswlib");
        }
        cost(0.99, name -> !name.equals(Engines.OWN), BELOW_ALL, "every peer that reaches it");
        others(name -> !NO_GRAPHS.contains(name))
                .min(Comparator.comparingDouble(r -> r.built().cpuSeconds()))
                .ifPresent(r -> {
                    double ratio = r.built().cpuSeconds() / own.built().cpuSeconds();
                    report.target(
                            Report.format("%s: build %d × less CPU than the cheapest graph", results.set(), BUILD),
                            ratio >= BUILD,
                            "%.1f × (%s)",
                            ratio,
                            r.engine());
                });
        Comparison.SHARES.forEach(this::filter);
        if (results.dimension() == 384) {
            double bytes = (double) own.residentBytes() / results.rows();
            report.target(
                    Report.format("%s: resident bytes a vector at most %s × the dimension", results.set(), RESIDENT),
                    bytes <= RESIDENT * results.dimension(),
                    "%.0f = %.2f × %d, the pages of float32 rows not counted",
                    bytes,
                    bytes / results.dimension(),
                    results.dimension());
        }
    }

    private java.util.stream.Stream<Result> others(Predicate<String> which) {
        return results.engines().stream().filter(r -> r != own && which.test(r.engine()));
    }

    private void cost(double recall, Predicate<String> which, int times, String whom) {
        OptionalDouble mine = own.curve().cpuMicrosAt(recall);
        Optional<Result> cheapest = others(which)
                .filter(r -> r.curve().cpuMicrosAt(recall).isPresent())
                .min(Comparator.comparingDouble(
                        r -> r.curve().cpuMicrosAt(recall).getAsDouble()));
        if (cheapest.isEmpty()) {
            return;
        }
        double ratio =
                mine.isEmpty() ? 0 : cheapest.get().curve().cpuMicrosAt(recall).getAsDouble() / mine.getAsDouble();
        report.target(
                Report.format("%s: cost at recall %.2f %d × below %s", results.set(), recall, times, whom),
                ratio >= times,
                "%.1f × (%s)",
                ratio,
                cheapest.get().engine());
    }

    private void filter(int share) {
        Point mine = own.filtered().get(share);
        List<Result> filtering =
                others(_ -> true).filter(r -> r.filtered().containsKey(share)).toList();
        if (mine == null || filtering.isEmpty()) {
            return;
        }
        Result cheapest = filtering.stream()
                .min(Comparator.comparingDouble(r -> r.filtered().get(share).cpuMicros()))
                .orElseThrow();
        double ratio = cheapest.filtered().get(share).cpuMicros() / mine.cpuMicros();
        report.target(
                Report.format(
                        "%s: a filter of %s %%: recall ≥ .95, cheaper than every peer", results.set(), share / 10.0),
                mine.recall() >= 0.95 && ratio > 1,
                "recall %.3f, %.1f × below %s (recall %.3f)",
                mine.recall(),
                ratio,
                cheapest.engine(),
                cheapest.filtered().get(share).recall());
    }
}
