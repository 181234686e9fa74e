package dev.quiver.bench;

import dev.quiver.bench.cost.Bill;
import dev.quiver.bench.cost.BreakEven;
import dev.quiver.bench.cost.Figures;
import dev.quiver.bench.cost.QuiverCost;
import dev.quiver.bench.cost.QuiverCost.Plan;
import dev.quiver.bench.cost.QuiverCost.Variant;
import dev.quiver.bench.cost.Services;
import dev.quiver.bench.cost.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** Dollars a month, from figures that were measured before and prices: measures nothing, needs nothing. {@code docs/cost.md} explains it. */
final class CostSection implements Section {
    private static final double[] VECTORS = {1e5, 1e6, 1e7};
    private static final double[] QUERIES = {1e3, 1e5, 1e7};
    private static final double BUSY = 1e7;
    private static final Variant ARM = new Variant(true, false, false, false);
    private static final Variant URL = new Variant(false, true, false, false);
    private static final Variant EVENTUAL = new Variant(false, false, true, false);
    private static final Variant PAGED = new Variant(false, false, false, true);

    private final Figures measured = Figures.measured();
    private final Figures assumed = Figures.assumed();
    private final QuiverCost quiver = new QuiverCost(measured, assumed, Figures.prices());
    private final Services services = new Services(assumed, Figures.prices());

    @Override
    public String name() {
        return "cost";
    }

    @Override
    public String title() {
        return "Dollars a month";
    }

    @Override
    public String page() {
        return "docs/cost.md";
    }

    @Override
    public void measure(Options options, Report report) {
        write(report);
    }

    void write(Report report) {
        report.paragraph(
                "Vectors, and queries a month. †: not served by one function. Computed for as many as the index needs, each with a part of it, all of which the caller asks; Quiver does not spread a query by itself.");
        totals(report);
        report.paragraph("Of the first column:");
        lines(report);
        report.paragraph(
                """
                The functions, and what a new one needs. Measured: a warm strong query in %.1f ms, of which it waits %.0f for manifest and log; a first answer after %.0f ms over %,.0f rows and %.0f over %,.0f, \
                smaller ones (%.0f and %.0f MB in all); %.0f reads of a cold query over %,.0f rows and %.0f over %,.0f. What stands here is scaled by how these grew.""",
                measured.get("lambda.warm.ms"),
                measured.get("lambda.warm.store.ms"),
                measured.get("lambda.first.small.ms"),
                measured.get("lambda.first.small.rows"),
                measured.get("lambda.first.large.ms"),
                measured.get("lambda.first.large.rows"),
                quiver.measuredBytes("small") / 1e6,
                quiver.measuredBytes("large") / 1e6,
                measured.get("cold.reads.small"),
                measured.get("cold.reads.small.rows"),
                measured.get("cold.reads.large"),
                measured.get("cold.reads.large.rows"));
        functions(report);
        report.paragraph("What a million queries more cost where there are ten million already:");
        marginal(report);
        report.paragraph(
                "At how many queries a month (100 to 100 million) Quiver is cheaper, as in the first and as in the second column above:");
        breakEvens(report, Variant.DEFAULT);
        breakEvens(report, Variant.LEAN);
        report.paragraph(
                "The first load, once. Quiver's is the upload of a segment that a machine of yours has built; OpenSearch Serverless bills capacity, which nobody here has measured.");
        loads(report);
    }

    private void totals(Report report) {
        Map<String, Function<Workload, String>> columns = new LinkedHashMap<>();
        columns.put("Quiver, defaults", w -> mine(w, Variant.DEFAULT));
        columns.put("Quiver, function URL, eventual", w -> mine(w, Variant.LEAN));
        columns.put("S3 Vectors", w -> dollars(services.s3Vectors(w).total()));
        columns.put("turbopuffer", w -> dollars(services.turbopuffer(w).total()));
        columns.put("Pinecone", w -> dollars(services.pinecone(w).total()));
        columns.put(
                "OpenSearch NextGen",
                w -> "≥ " + dollars(services.openSearchNextGen(w).total()));
        columns.put(
                "OpenSearch Classic",
                w -> "≥ " + dollars(services.openSearchClassic(w, true).total()));
        List<String> head = new ArrayList<>(List.of("vectors, queries"));
        head.addAll(columns.keySet());
        report.table(
                head, rows(w -> columns.values().stream().map(c -> c.apply(w)).toList()));
    }

    private void lines(Report report) {
        List<String> head = new ArrayList<>(List.of("vectors, queries"));
        head.addAll(bill(workload(VECTORS[0], QUERIES[0])).lines().keySet());
        report.table(head, rows(w -> bill(w).lines().values().stream()
                .map(CostSection::dollars)
                .toList()));
    }

    private Bill bill(Workload w) {
        return quiver.bill(w, Variant.DEFAULT);
    }

    private void functions(Report report) {
        List<List<String>> table = new ArrayList<>();
        for (double vectors : VECTORS) {
            Plan plan = quiver.plan(workload(vectors, 1), Variant.DEFAULT);
            table.add(List.of(
                    Report.format("%,.0f", vectors),
                    Report.format("%d", plan.functions()),
                    Report.format("%.2f", plan.indexBytes() / 1e9),
                    Report.format("%,d", plan.memoryMb()),
                    Report.format("%,.0f", quiver.firstAnswerMs(plan.indexBytes())),
                    Report.format("%,.0f", quiver.coldReads(vectors / plan.functions()))));
        }
        report.table(
                List.of(
                        "vectors",
                        "functions",
                        "index of each, GB",
                        "memory, MB",
                        "start to first answer, ms",
                        "reads of a cold query"),
                table);
    }

    private void marginal(Report report) {
        Map<String, Variant> variants = new LinkedHashMap<>();
        variants.put("Quiver, defaults", Variant.DEFAULT);
        variants.put("… on arm64, if it takes as long", ARM);
        variants.put("… paged from `/tmp`, if that takes as long", PAGED);
        variants.put("… through a function URL", URL);
        variants.put("… with eventual reads", EVENTUAL);
        variants.put("Quiver, function URL, eventual", Variant.LEAN);
        List<List<String>> table = new ArrayList<>();
        variants.forEach((name, v) -> table.add(marginal(name, w -> total(w, v), w -> mark(w, v))));
        others().forEach((name, cost) -> table.add(marginal(name, cost, _ -> "")));
        report.table(headOfSizes("a million queries"), table);
    }

    private List<String> marginal(String name, ToDoubleFunction<Workload> cost, Function<Workload, String> mark) {
        List<String> row = new ArrayList<>(List.of(name));
        for (double vectors : VECTORS) {
            Workload w = workload(vectors, BUSY);
            double more = cost.applyAsDouble(w.withQueries(2 * BUSY)) - cost.applyAsDouble(w);
            row.add(dollars(more * 1e6 / BUSY) + mark.apply(w));
        }
        return row;
    }

    /** Those that bill queries. */
    private Map<String, ToDoubleFunction<Workload>> others() {
        Map<String, ToDoubleFunction<Workload>> others = new LinkedHashMap<>();
        others.put("S3 Vectors", w -> services.s3Vectors(w).total());
        others.put("turbopuffer", w -> services.turbopuffer(w).total());
        others.put("Pinecone", w -> services.pinecone(w).total());
        return others;
    }

    private double total(Workload w, Variant variant) {
        return quiver.bill(w, variant).total();
    }

    private void breakEvens(Report report, Variant variant) {
        Map<String, ToDoubleFunction<Workload>> others = others();
        others.put("OpenSearch NextGen, at its least", w -> services.openSearchNextGen(w)
                .total());
        List<List<String>> table = new ArrayList<>();
        others.forEach((name, cost) -> {
            List<String> row = new ArrayList<>(List.of(name));
            for (double vectors : VECTORS) {
                Workload w = workload(vectors, 1);
                row.add(BreakEven.cheaper(
                        q -> total(w.withQueries(q), variant), q -> cost.applyAsDouble(w.withQueries(q))));
            }
            table.add(row);
        });
        report.table(
                headOfSizes(
                        variant.equals(Variant.DEFAULT)
                                ? "defaults: cheaper than"
                                : "function URL, eventual: cheaper than"),
                table);
    }

    private void loads(Report report) {
        List<List<String>> table = new ArrayList<>();
        for (double vectors : VECTORS) {
            Workload w = workload(vectors, 1);
            double[] others = services.load(w);
            table.add(List.of(
                    Report.format("%,.0f", vectors),
                    dollars(quiver.load(w)),
                    dollars(others[0]),
                    dollars(others[1]),
                    dollars(others[2])));
        }
        report.table(List.of("vectors", "Quiver", "S3 Vectors", "turbopuffer", "Pinecone"), table);
    }

    private List<String> headOfSizes(String first) {
        List<String> head = new ArrayList<>(List.of(first));
        for (double vectors : VECTORS) {
            head.add(Report.format("%,.0f vectors", vectors));
        }
        return head;
    }

    private List<List<String>> rows(Function<Workload, List<String>> cells) {
        List<List<String>> rows = new ArrayList<>();
        for (double vectors : VECTORS) {
            for (double queries : QUERIES) {
                List<String> row = new ArrayList<>(List.of(Report.format("%s, %s", size(vectors), size(queries))));
                row.addAll(cells.apply(workload(vectors, queries)));
                rows.add(row);
            }
        }
        return rows;
    }

    private String mine(Workload w, Variant variant) {
        return dollars(total(w, variant)) + mark(w, variant);
    }

    private String mark(Workload w, Variant variant) {
        return quiver.plan(w, variant).functions() > 1 ? "†" : "";
    }

    private Workload workload(double vectors, double queries) {
        return Workload.of(vectors, queries, assumed);
    }

    private static String size(double count) {
        return count < 1e6 ? Report.format("%.0fk", count / 1e3) : Report.format("%.0fM", count / 1e6);
    }

    static String dollars(double amount) {
        return amount > 0 && amount < 0.005 ? "< 0.01" : Report.format(amount < 99.995 ? "%.2f" : "%,.0f", amount);
    }
}
