package dev.quiver.bench;

import dev.quiver.bench.data.DataSets;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import dev.quiver.bench.peers.LuceneFilters;
import dev.quiver.bench.peers.LuceneFilters.Attribute;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchRequest.Effort;
import dev.quiver.index.SearchResult;
import dev.quiver.index.Settings;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Compare;
import dev.quiver.index.filter.Filter.In;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Filters on attributes, through the collection as a user has it: what share of the nearest matching records is found, and what that costs. Filters at random, those that allow what lies near the query,
 * and those that allow what lies far from it, which are the hard ones. Beside Lucene.
 */
final class FilterSection implements Section {
    private static final int K = 10;
    private static final double[] SHARES = {0.5, 0.1, 0.01, 0.001, 0.0001};
    private static final double TARGET = 0.95;

    /** So few that Lucene's graph, which is built each time, takes minutes. */
    private static final int ROWS = 200_000;

    /** Groups of rows that are near one another, as categories are. */
    private static final int SUBJECTS = 200;

    /** Which records a filter allows, seen from the query. */
    private enum Where {
        ALL("all"),
        RANDOM("at random"),
        NEAR_SUBJECTS("the nearest subjects"),
        FAR_SUBJECTS("the farthest subjects"),
        NEAR("the nearer ones"),
        FAR("the farther ones");

        private final String title;

        Where(String title) {
            this.title = title;
        }
    }

    @Override
    public String name() {
        return "filters";
    }

    @Override
    public String title() {
        return "Filters";
    }

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        VectorSet set;
        try {
            set = DataSets.GLOVE.load(options.quick() ? 50_000 : ROWS, text -> Main.progress("%s", text));
        } catch (UnavailableException e) {
            report.paragraph("Not measured: the vectors could not be had: %s.", e.getMessage());
            return;
        }
        int count = set.rows().length;
        int queries = 50;
        report.paragraph("""
                %,d GloVe vectors in a collection of files, with attributes: a number at random; a subject, which is the nearest of %d records; and one for each of %d queries, the rank of the record by its distance to the query. A filter is a range of such a number, or a list of subjects, of those that are nearest to the query or farthest from it. Recall of the %d nearest against an exact search with the same filter; \
                times are medians, of a search whole, with the filter evaluated and the records read, one thread. *Exact* reads every vector that the filter allows. Lucene searches its graph over the same float vectors with the same filter, and keeps as many candidates as it needs for recall %.2f without one; it returns numbers of rows and reads no records.""", count, SUBJECTS, queries, K, TARGET);
        try (TemporaryFolder folder = new TemporaryFolder();
                Database database = new Database(new FileStore(folder.path()), Settings.defaults())) {
            Main.progress("loading %,d records ...", count);
            Subjects subjects = Subjects.of(set.rows());
            List<Attribute> attributes = attributes(set, queries, subjects);
            Collection collection = load(database, set, attributes);
            Main.progress("loading Lucene ...");
            try (LuceneFilters lucene = LuceneFilters.build(folder.path().resolve("lucene"), set.rows(), attributes)) {
                Peer peer = Peer.of(lucene, collection, set, queries);
                measure(set, queries, subjects, collection, peer, report);
            }
        }
    }

    private static void measure(
            VectorSet set, int queries, Subjects subjects, Collection collection, Peer peer, Report report)
            throws IOException {
        List<List<String>> table = new ArrayList<>();
        double worst = 1;
        for (Where where : Where.values()) {
            for (double share : where == Where.ALL ? new double[] {1} : SHARES) {
                Row row = row(collection, peer, set, queries, subjects, where, share);
                worst = Math.min(worst, row.recall);
                table.add(List.of(
                        Report.format("%s, %s %%", where.title, share * 100),
                        Report.format("%,d", row.records),
                        Report.format("%.3f", row.recall),
                        Report.format("%.0f", row.micros),
                        Report.format("%.0f", row.exactMicros),
                        Report.format("%.0f", row.countMicros),
                        Report.format("%.3f", row.peerRecall),
                        Report.format("%.0f", row.peerMicros)));
            }
        }
        report.target(
                Report.format("recall at least %.2f with every filter", TARGET),
                worst >= TARGET,
                "%.3f at worst",
                worst);
        report.table(
                List.of(
                        "filter allows",
                        "records",
                        "recall",
                        "µs",
                        "exact, µs",
                        "`count`, µs",
                        "Lucene, recall",
                        "Lucene, µs"),
                table);
    }

    /** @param candidates that Lucene needs for the asked recall without a filter */
    private record Peer(LuceneFilters lucene, int candidates) {
        static Peer of(LuceneFilters lucene, Collection collection, VectorSet set, int queries) throws IOException {
            int candidates = K;
            while (recall(lucene, candidates, collection, set, queries) < TARGET && candidates < 100 * K) {
                candidates += candidates / 4;
            }
            return new Peer(lucene, candidates);
        }

        private static double recall(
                LuceneFilters lucene, int candidates, Collection collection, VectorSet set, int queries)
                throws IOException {
            int found = 0;
            for (int q = 0; q < queries; q++) {
                float[] query = set.heldOut().vectors()[q];
                Set<String> truth = ids(collection.search(request(query, new Filter.All(), Effort.EXACT)));
                truth.retainAll(ids(lucene.search(query, K, candidates, new Filter.All())));
                found += truth.size();
            }
            return (double) found / (K * queries);
        }
    }

    private static SearchRequest request(float[] query, Filter filter, Effort effort) {
        return new SearchRequest(
                query, K, filter, OptionalDouble.empty(), effort, new Consistency.Eventual(Duration.ofDays(1)));
    }

    private static List<Attribute> attributes(VectorSet set, int queries, Subjects subjects) {
        float[][] rows = set.rows();
        List<Integer> random =
                new ArrayList<>(IntStream.range(0, rows.length).boxed().toList());
        Collections.shuffle(random, new Random(3));
        List<Attribute> attributes = new ArrayList<>();
        attributes.add(new Attribute(
                "random", random.stream().mapToInt(Integer::intValue).toArray()));
        attributes.add(new Attribute("subject", subjects.of));
        for (int q = 0; q < queries; q++) {
            attributes.add(new Attribute("q" + q, ranks(rows, set.heldOut().vectors()[q])));
        }
        return attributes;
    }

    private static Collection load(Database database, VectorSet set, List<Attribute> attributes) {
        Collection collection = database.create("filters", new Schema(set.dimension(), set.metric(), null));
        collection.load(IntStream.range(0, set.rows().length)
                .mapToObj(r -> {
                    Map<String, Object> values = new HashMap<>();
                    attributes.forEach(a -> values.put(a.name(), (long) a.values()[r]));
                    return new Record(Integer.toString(r), set.rows()[r], null, values);
                })
                .iterator());
        collection.compact();
        return collection;
    }

    /** @param of each row the number of its subject */
    private record Subjects(float[][] centres, int[] of, int[] sizes) {
        static Subjects of(float[][] rows) {
            Random random = new Random(8);
            float[][] centres =
                    random.ints(SUBJECTS, 0, rows.length).mapToObj(r -> rows[r]).toArray(float[][]::new);
            int[] of = IntStream.range(0, rows.length)
                    .parallel()
                    .map(r -> IntStream.range(0, SUBJECTS)
                            .boxed()
                            .max(Comparator.comparingDouble(c -> product(rows[r], centres[c])))
                            .orElseThrow())
                    .toArray();
            int[] sizes = new int[SUBJECTS];
            for (int subject : of) {
                sizes[subject]++;
            }
            return new Subjects(centres, of, sizes);
        }

        /** @param sign 1 for the nearest subjects, −1 for the farthest, so many that they have {@code wanted} records */
        Filter filter(float[] query, long wanted, int sign) {
            int[] order = IntStream.range(0, SUBJECTS)
                    .boxed()
                    .sorted(Comparator.comparingDouble(c -> -sign * product(query, centres[c])))
                    .mapToInt(Integer::intValue)
                    .toArray();
            List<Object> values = new ArrayList<>();
            long have = 0;
            for (int i = 0; i < SUBJECTS && (have < wanted || values.isEmpty()); i++) {
                values.add((long) order[i]);
                have += sizes[order[i]];
            }
            return new In("subject", values);
        }
    }

    private static double product(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }

    /** Of each row, how many are nearer. Rows and queries have unit length. */
    private static int[] ranks(float[][] rows, float[] query) {
        double[] products =
                Arrays.stream(rows).mapToDouble(r -> product(r, query)).toArray();
        Integer[] order = IntStream.range(0, rows.length).boxed().toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble(r -> -products[r]));
        int[] ranks = new int[rows.length];
        for (int i = 0; i < order.length; i++) {
            ranks[order[i]] = i;
        }
        return ranks;
    }

    private record Row(
            long records,
            double recall,
            double micros,
            double exactMicros,
            double countMicros,
            double peerRecall,
            double peerMicros) {}

    private static Row row(
            Collection collection, Peer peer, VectorSet set, int queries, Subjects subjects, Where where, double share)
            throws IOException {
        int count = set.rows().length;
        long allowed = (long) (share * count);
        double[] micros = new double[queries];
        double[] exactMicros = new double[queries];
        double[] countMicros = new double[queries];
        double[] peerMicros = new double[queries];
        long records = 0;
        long found = 0;
        long peerFound = 0;
        long possible = 0;
        for (int round = 0; round < 2; round++) {
            for (int q = 0; q < queries; q++) {
                Filter filter =
                        switch (where) {
                            case ALL -> new Filter.All();
                            case RANDOM -> new Compare("random", Operator.LT, allowed);
                            // The very nearest are found with or without a filter.
                            case NEAR ->
                                new Filter.And(List.of(
                                        new Compare("q" + q, Operator.GTE, 100L),
                                        new Compare("q" + q, Operator.LT, 100L + allowed)));
                            case NEAR_SUBJECTS -> subjects.filter(set.heldOut().vectors()[q], allowed, 1);
                            case FAR_SUBJECTS -> subjects.filter(set.heldOut().vectors()[q], allowed, -1);
                            case FAR -> new Compare("q" + q, Operator.GTE, (long) count - allowed);
                        };
                float[] query = set.heldOut().vectors()[q];
                SearchRequest request = request(query, filter, Effort.DEFAULT);
                long started = System.nanoTime();
                Set<String> hits = ids(collection.search(request));
                long searched = System.nanoTime();
                Set<String> truth = ids(collection.search(request.with(Effort.EXACT)));
                long exact = System.nanoTime();
                long matching = collection
                        .count(filter, List.of(), 1, request.consistency())
                        .count();
                long counted = System.nanoTime();
                int[] peers = peer.lucene.search(query, K, peer.candidates, filter);
                peerMicros[q] = (System.nanoTime() - counted) / 1e3;
                micros[q] = (searched - started) / 1e3;
                exactMicros[q] = (exact - searched) / 1e3;
                countMicros[q] = (counted - exact) / 1e3;
                if (round == 1) {
                    records += matching;
                    possible += truth.size();
                    hits.retainAll(truth);
                    found += hits.size();
                    truth.retainAll(ids(peers));
                    peerFound += truth.size();
                }
            }
        }
        return new Row(
                records / queries,
                possible == 0 ? 1 : (double) found / possible,
                median(micros),
                median(exactMicros),
                median(countMicros),
                possible == 0 ? 1 : (double) peerFound / possible,
                median(peerMicros));
    }

    private static Set<String> ids(SearchResult result) {
        Set<String> ids = new HashSet<>();
        result.hits().forEach(h -> ids.add(h.record().id()));
        return ids;
    }

    private static Set<String> ids(int[] rows) {
        Set<String> ids = new HashSet<>();
        Arrays.stream(rows).forEach(r -> ids.add(Integer.toString(r)));
        return ids;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
