package dev.quiver.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.bench.data.DataSets;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import dev.quiver.bench.peers.Comparison;
import dev.quiver.bench.peers.Comparison.Result;
import dev.quiver.bench.peers.Comparison.Results;
import dev.quiver.bench.peers.Curve;
import dev.quiver.bench.peers.Curve.Point;
import dev.quiver.bench.peers.Engine;
import dev.quiver.bench.peers.Engines;
import dev.quiver.bench.peers.Plot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** Real vectors searched by other engines: what recall costs, and what an index does. */
final class PeersSection implements Section {
    private static final List<Double> RECALLS = List.of(0.90, 0.95, 0.99);
    private static final int ROUNDS = 3;

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public String title() {
        return "Peers";
    }

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        report.paragraph("""
                Recall is the share of the 10 nearest rows that is found, over held-out queries that no parameter was chosen by. Each engine runs in a \
                process of its own and is asked one query after the other; cost is the CPU time of all its threads, in µs a query, the median of %d \
                rounds in which all take their turn. Graphs are built with M = 32 and efConstruction = 200. Costs at a recall are interpolated \
                between the two nearest efforts of a sweep; "–" was not reached at any effort, and "≤" stands where the least effort found more. \
                Resident bytes are those of the heap, and pages of mapped files after the searches of the sweep; of Quiver's, without the pages of float32 rows, of \
                which a search reads little more than the rows it returns: under a memory limit the system takes these first.""", ROUNDS);
        Set<String> descriptions = new LinkedHashSet<>();
        for (DataSets source : DataSets.values()) {
            if (options.sets().isEmpty() || options.sets().contains(source.setName())) {
                measure(options, source, report, descriptions);
            }
        }
        report.paragraph("%s", String.join("; ", descriptions) + ".");
    }

    private static void measure(Options options, DataSets source, Report report, Set<String> descriptions)
            throws IOException, InterruptedException {
        VectorSet set;
        try {
            set = source.load(options.rowsOf(source), text -> Main.progress("%s", text));
        } catch (UnavailableException e) {
            report.paragraph("**%s** could not be had: %s.", source.description(), e.getMessage());
            return;
        }
        Comparison comparison = new Comparison(
                set,
                options.quick() ? 200 : 1_000,
                options.quick() ? 50 : 200,
                ROUNDS,
                options.quick() ? 0.6 : 4,
                text -> Main.progress("%s", text));
        List<Engine> engines = Engines.all(options.home(), options.builtOnly()).stream()
                .filter(e -> options.engines().isEmpty() || options.engines().contains(e.name()))
                .toList();
        Results results = comparison.measure(engines);
        results.engines().forEach(r -> descriptions.add(r.engine() + ": " + r.description()));
        write(options.home(), results);
        report(source, results, report);
        PeerTargets.add(results, report);
        if (source == DataSets.GLOVE && results.engine(Engines.OWN).isPresent()) {
            growth(options, results, report);
        }
    }

    /** The same engine on a tenth of the rows. */
    private static void growth(Options options, Results whole, Report report) throws IOException, InterruptedException {
        VectorSet tenth = DataSets.GLOVE.load(whole.rows() / 10, text -> Main.progress("%s", text));
        Comparison comparison =
                new Comparison(tenth, options.quick() ? 200 : 1_000, 0, ROUNDS, 4, text -> Main.progress("%s", text));
        Results small = comparison.measure(Engines.all(options.home(), options.builtOnly()).stream()
                .filter(e -> e.name().equals(Engines.OWN))
                .toList());
        OptionalDouble before = small.engine(Engines.OWN).orElseThrow().curve().cpuMicrosAt(0.95);
        OptionalDouble after = whole.engine(Engines.OWN).orElseThrow().curve().cpuMicrosAt(0.95);
        if (before.isPresent() && after.isPresent()) {
            double ratio = after.getAsDouble() / before.getAsDouble();
            report.target(
                    "growth: cost at .95 at most 3 × for 10 × the rows",
                    ratio <= 3,
                    "%.1f × (%,d rows %.0f µs, %,d rows %.0f µs)",
                    ratio,
                    small.rows(),
                    before.getAsDouble(),
                    whole.rows(),
                    after.getAsDouble());
        }
    }

    /** The plot for the reader, all figures for other programs. */
    private static void write(Path home, Results results) throws IOException {
        Map<String, Curve> curves = new LinkedHashMap<>();
        results.engines().forEach(r -> curves.put(r.engine(), r.curve()));
        Path docs = Files.createDirectories(home.resolve("docs"));
        Files.writeString(
                docs.resolve("benchmarks-" + results.set() + ".svg"),
                Plot.svg(Report.format("%s, %,d × %d", results.set(), results.rows(), results.dimension()), curves));
        Path raw = Files.createDirectories(home.resolve("bench/target")).resolve("peers-" + results.set() + ".json");
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValue(raw.toFile(), results);
    }

    private static void report(DataSets source, Results results, Report report) {
        report.paragraph("### %s", results.set());
        report.paragraph("%,d rows, %s.", results.rows(), source.description());
        List<List<String>> table = new ArrayList<>();
        for (Result r : results.engines()) {
            List<String> row = new ArrayList<>(List.of(r.engine()));
            RECALLS.forEach(recall -> row.add(cost(r.curve(), recall)));
            row.add(Report.format("%,.0f", r.built().cpuSeconds()));
            row.add(Report.format("%,.0f", (double) r.residentBytes() / results.rows()));
            row.add(Report.format("%,.0f", (double) r.built().fileBytes() / results.rows()));
            table.add(row);
        }
        report.table(
                List.of(
                        "engine",
                        "µs at .90",
                        "µs at .95",
                        "µs at .99",
                        "build, CPU s",
                        "resident bytes a vector",
                        "file bytes a vector"),
                table);
        report.paragraph("![Recall against CPU time](benchmarks-%s.svg)", results.set());
        results.unavailable().forEach((engine, reason) -> report.paragraph("%s was not measured: %s.", engine, reason));
        results.engine(Engines.OWN).ifPresent(own -> promise(own, report));
        filters(results, report);
    }

    /** What Quiver is asked for is the recall itself; the efforts of the others say nothing to a reader. */
    private static void promise(Result own, Report report) {
        List<String> asked = new ArrayList<>(List.of("accuracy asked"));
        List<String> found = new ArrayList<>(List.of("recall found"));
        for (Point p : own.curve().points()) {
            asked.add(Report.format("%.3f", p.effort() / 1000.0));
            found.add(Report.format("%.3f", p.recall()));
        }
        report.paragraph("What Quiver promises, and what the held-out queries find:");
        report.table(asked, List.of(found));
    }

    private static String cost(Curve curve, double recall) {
        OptionalDouble cost = curve.cpuMicrosAt(recall);
        return cost.isEmpty()
                ? "–"
                : (curve.startsAbove(recall) && curve.points().size() > 1 ? "≤ " : "")
                        + Report.format("%,.0f", cost.getAsDouble());
    }

    private static void filters(Results results, Report report) {
        List<List<String>> table = new ArrayList<>();
        for (Result r : results.engines()) {
            if (r.filtered().isEmpty()) {
                continue;
            }
            List<String> row = new ArrayList<>(List.of(r.engine()));
            for (int share : Comparison.SHARES) {
                Point p = r.filtered().get(share);
                row.add(Report.format("%.3f", p.recall()));
                row.add(Report.format("%,.0f", p.cpuMicros()));
            }
            table.add(row);
        }
        if (table.isEmpty()) {
            return;
        }
        List<String> head = new ArrayList<>(List.of("filter allows"));
        for (int share : Comparison.SHARES) {
            head.add(Report.format("%s %%: recall", share % 10 == 0 ? share / 10 : share / 10.0));
            head.add("µs");
        }
        report.paragraph(
                "Filters that allow rows at random, each engine at the least effort that finds .95 of the nearest, or the best.");
        report.table(head, table);
    }
}
