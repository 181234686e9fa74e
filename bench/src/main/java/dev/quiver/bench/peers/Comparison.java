package dev.quiver.bench.peers;

import dev.quiver.bench.data.GroundTruth;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import dev.quiver.bench.peers.Curve.Point;
import dev.quiver.bench.peers.Engine.Answers;
import dev.quiver.bench.peers.Engine.Built;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** Measures engines on one set, side by side. */
public final class Comparison {
    /** The nearest ones that are asked for. */
    public static final int NEAREST = 10;

    /** Of {@link Buckets}: 50 %, 5 % and 0.1 % of the rows. */
    public static final List<Integer> SHARES = List.of(500, 50, 1);

    /** No more is to be learnt from a sweep past that. */
    private static final double ENOUGH = 0.995;

    private static final double FILTERED_ENOUGH = 0.95;

    /** A sweep that has gained less over so many efforts gains no more. */
    private static final int PLATEAU = 4;

    private static final double GAIN = 0.001;

    /** Filters are tried with one of so many efforts. */
    private static final int STRIDE = 3;

    private static final int FEWEST = 30;

    /** Until the JIT compilers have come to rest. */
    private static final double WARMUP_SECONDS = 2;

    private final VectorSet set;
    private final int queries;
    private final int filteredQueries;
    private final int rounds;
    private final double passSeconds;
    private final Consumer<String> progress;

    /**
     * @param queries of the held-out ones, for the sweep
     * @param rounds of which the median counts
     * @param passSeconds a pass over the queries should not take longer; an engine that would is asked fewer, but at least {@value #FEWEST}
     */
    public Comparison(
            VectorSet set,
            int queries,
            int filteredQueries,
            int rounds,
            double passSeconds,
            Consumer<String> progress) {
        this.set = set;
        this.queries = Math.min(queries, set.heldOut().vectors().length);
        this.filteredQueries = Math.min(filteredQueries, this.queries);
        this.rounds = rounds;
        this.passSeconds = passSeconds;
        this.progress = progress;
    }

    /**
     * One engine on one set.
     *
     * @param filtered by share, for those that can filter
     */
    public record Result(
            String engine,
            String description,
            Built built,
            long residentBytes,
            Curve curve,
            Map<Integer, Point> filtered) {}

    /** @param unavailable engines, and why */
    public record Results(String set, int rows, int dimension, List<Result> engines, Map<String, String> unavailable) {
        public Optional<Result> engine(String name) {
            return engines.stream().filter(r -> r.engine.equals(name)).findFirst();
        }
    }

    private static final class Running {
        final Engine engine;
        Built built;
        int queries;
        long residentBytes;
        List<Integer> efforts = new ArrayList<>();
        Map<Integer, Double> recalls = new HashMap<>();
        Map<Integer, List<Answers>> timings = new HashMap<>();
        Map<Integer, Point> filtered = new LinkedHashMap<>();

        Running(Engine engine) {
            this.engine = engine;
        }
    }

    /** Closes the engines. */
    public Results measure(List<Engine> engines) throws IOException, InterruptedException {
        Map<String, String> unavailable = new LinkedHashMap<>();
        List<Running> running = new ArrayList<>();
        try {
            for (Engine e : engines) {
                Running r = new Running(e);
                progress.accept(set.name() + ": " + e.name() + " ...");
                if (survives(r, unavailable, this::prepare)) {
                    running.add(r);
                }
            }
            for (int round = 0; round < rounds; round++) {
                progress.accept(set.name() + ": round " + (round + 1) + " of " + rounds + " ...");
                running.removeIf(r -> !survives(r, unavailable, this::time));
            }
            for (int share : SHARES) {
                progress.accept(set.name() + ": filters that allow " + share / 10.0 + " % ...");
                int[][] truth = GroundTruth.nearest(
                        set.rows(),
                        Arrays.copyOf(set.heldOut().vectors(), filteredQueries),
                        set.metric(),
                        NEAREST,
                        row -> Buckets.of(row) < share);
                running.removeIf(r -> r.engine.filters() && !survives(r, unavailable, it -> filter(it, share, truth)));
            }
            List<Result> results = running.stream().map(this::result).toList();
            return new Results(set.name(), set.rows().length, set.dimension(), results, unavailable);
        } finally {
            for (Engine e : engines) {
                e.close();
            }
        }
    }

    private interface Step {
        void take(Running running) throws IOException, InterruptedException;
    }

    private static boolean survives(Running running, Map<String, String> unavailable, Step step) {
        try {
            step.take(running);
            return true;
        } catch (UnavailableException | IOException e) {
            unavailable.put(running.engine.name(), e.getMessage());
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Opens it, warms it up, and finds out the recall of each effort. */
    private void prepare(Running r) throws IOException, InterruptedException {
        r.built = r.engine.open(set);
        List<Integer> efforts = r.engine.efforts();
        long started = System.nanoTime();
        double cost = Double.POSITIVE_INFINITY;
        do {
            Answers warm = r.engine.search(FEWEST, NEAREST, efforts.get(efforts.size() / 2), Buckets.COUNT);
            cost = Math.min(cost, warm.cpuMicros());
        } while (System.nanoTime() - started < WARMUP_SECONDS * 1e9);
        r.queries = queries(cost);
        for (int effort : efforts) {
            Answers answers = r.engine.search(r.queries, NEAREST, effort, Buckets.COUNT);
            double recall = recall(answers.rows(), set.heldOut().nearest());
            r.efforts.add(effort);
            r.recalls.put(effort, recall);
            r.timings.put(effort, new ArrayList<>());
            progress.accept(String.format(
                    java.util.Locale.ROOT,
                    "  effort %d: recall %.4f, CPU %.0f µs",
                    effort,
                    recall,
                    answers.cpuMicros()));
            int before = r.efforts.size() - PLATEAU;
            if (recall >= ENOUGH || before >= 0 && recall - r.recalls.get(r.efforts.get(before)) < GAIN) {
                break;
            }
        }
        r.residentBytes = r.engine.residentBytes();
    }

    /** By CPU time: on a busy machine a search may wait for seconds that say nothing about it. */
    private int queries(double cpuMicros) {
        return Math.clamp((long) (passSeconds * 1e6 / cpuMicros), FEWEST, queries);
    }

    /** Begins with some that do not count: the others have used the caches since its last turn. */
    private void time(Running r) throws IOException {
        r.engine.search(r.queries, NEAREST, r.efforts.getFirst(), Buckets.COUNT);
        for (int effort : r.efforts) {
            r.timings.get(effort).add(r.engine.search(r.queries, NEAREST, effort, Buckets.COUNT));
        }
    }

    /** The least of some efforts that reaches enough, or the best one. */
    private void filter(Running r, int share, int[][] truth) throws IOException {
        int count = Math.min(filteredQueries, r.queries);
        double best = -1;
        int bestEffort = 0;
        for (int effort : r.engine.efforts()) {
            double recall =
                    recall(r.engine.search(count, NEAREST, effort, share).rows(), truth);
            if (recall > best) {
                best = recall;
                bestEffort = effort;
            }
            if (recall >= FILTERED_ENOUGH) {
                break;
            }
        }
        List<Answers> timings = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            timings.add(r.engine.search(count, NEAREST, bestEffort, share));
        }
        r.filtered.put(share, point(bestEffort, best, timings));
    }

    private Result result(Running r) {
        List<Point> points = r.efforts.stream()
                .map(e -> point(e, r.recalls.get(e), r.timings.get(e)))
                .toList();
        return new Result(
                r.engine.name(), r.engine.description(), r.built, r.residentBytes, new Curve(points), r.filtered);
    }

    private static Point point(int effort, double recall, List<Answers> timings) {
        return new Point(effort, recall, median(timings, Answers::cpuMicros), median(timings, Answers::wallMicros));
    }

    private static double median(List<Answers> timings, ToDoubleFunction<Answers> value) {
        double[] sorted = timings.stream().mapToDouble(value).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /** The share of the nearest that were found, of as many as there are. */
    static double recall(int[][] found, int[][] truth) {
        int hits = 0;
        int possible = 0;
        for (int q = 0; q < found.length; q++) {
            Set<Integer> nearest = new HashSet<>();
            for (int i = 0; i < NEAREST && truth[q][i] >= 0; i++) {
                nearest.add(truth[q][i]);
            }
            possible += nearest.size();
            for (int row : found[q]) {
                hits += nearest.remove(row) ? 1 : 0;
            }
        }
        return (double) hits / possible;
    }
}
