package dev.quiver.bench;

import dev.quiver.bench.data.DebianTags;
import dev.quiver.bench.data.DebianTags.Tagged;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.embeddings.adapters.Adapter;
import dev.quiver.embeddings.adapters.AdapterPairs;
import dev.quiver.embeddings.adapters.AdapterSettings;
import dev.quiver.embeddings.adapters.AdapterTraining;
import dev.quiver.embeddings.adapters.Sides;
import dev.quiver.embeddings.evaluation.Comparison;
import dev.quiver.embeddings.evaluation.Evaluation;
import dev.quiver.embeddings.evaluation.Interval;
import dev.quiver.embeddings.evaluation.Judgements;
import dev.quiver.embeddings.evaluation.Measure;
import dev.quiver.embeddings.evaluation.Run;
import dev.quiver.functions.documents.Chunker;
import dev.quiver.functions.documents.Chunker.Chunk;
import dev.quiver.functions.documents.ParsedDocument;
import dev.quiver.functions.documents.ParsedDocument.Block;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Whether an adapter behind the model in the box finds more, on queries that it did not learn from. */
final class AdapterSection implements Section {
    private static final int FOLDS = 5;
    private static final int DEPTH = 100;
    private static final Measure CHOSEN_BY = Measure.ndcg(10);
    /** Pairs of a query that are learned from; some packages have hundreds. */
    private static final int MOST_PAIRS = 5;

    @Override
    public String name() {
        return "adapters";
    }

    @Override
    public String title() {
        return "Adapters";
    }

    /**
     * Vectors and judgements.
     *
     * @param documents which document a passage is of
     */
    private record Data(
            Map<String, float[]> queries,
            List<String> documents,
            List<float[]> passages,
            Map<String, Map<String, Integer>> grades) {

        Run search(Adapter adapter, List<String> asked) {
            List<float[]> mapped = IntStream.range(0, passages.size())
                    .parallel()
                    .mapToObj(i -> adapter == null ? passages.get(i) : adapter.document(passages.get(i)))
                    .toList();
            Map<String, List<String>> rankings = new LinkedHashMap<>();
            List<List<String>> ranked = asked.parallelStream()
                    .map(q -> rank(q, adapter == null ? queries.get(q) : adapter.query(queries.get(q)), mapped))
                    .toList();
            for (int i = 0; i < asked.size(); i++) {
                rankings.put(asked.get(i), ranked.get(i));
            }
            return new Run(rankings);
        }

        /** A document is as good as its best passage; a query that is a document itself is not its own answer. */
        private List<String> rank(String query, float[] vector, List<float[]> mapped) {
            Map<String, Float> best = new HashMap<>();
            for (int i = 0; i < mapped.size(); i++) {
                best.merge(documents.get(i), dot(vector, mapped.get(i)), Math::max);
            }
            best.remove(query);
            return best.entrySet().stream()
                    .sorted(Map.Entry.<String, Float>comparingByValue(Comparator.reverseOrder())
                            .thenComparing(Map.Entry.comparingByKey()))
                    .limit(DEPTH)
                    .map(Map.Entry::getKey)
                    .toList();
        }

        Evaluation evaluate(Adapter adapter, List<String> asked, Measure measure) {
            return Evaluation.of(judgements(asked), search(adapter, asked), measure);
        }

        Judgements judgements(List<String> asked) {
            Map<String, Map<String, Integer>> some = new LinkedHashMap<>();
            asked.forEach(q -> some.put(q, grades.get(q)));
            return new Judgements(some);
        }

        /** Of a relevant document the passage that is nearest to the query before. */
        AdapterPairs pairs(List<String> asked, int most) {
            Map<String, List<Integer>> passagesOf = new HashMap<>();
            for (int i = 0; i < passages.size(); i++) {
                passagesOf
                        .computeIfAbsent(documents.get(i), _ -> new ArrayList<>())
                        .add(i);
            }
            AdapterPairs.Builder pairs = new AdapterPairs.Builder(passages.getFirst().length);
            for (int i = 0; i < passages.size(); i++) {
                pairs.document(Integer.toString(i), passages.get(i));
            }
            Random random = new Random(4);
            for (String q : asked) {
                float[] query = queries.get(q);
                pairs.query(q, query);
                List<Map.Entry<String, Integer>> relevant =
                        new ArrayList<>(grades.get(q).entrySet());
                relevant.removeIf(e -> e.getValue() < 1 || !passagesOf.containsKey(e.getKey()));
                relevant.forEach(e -> passagesOf.get(e.getKey()).forEach(i -> pairs.known(q, Integer.toString(i))));
                Collections.shuffle(relevant, random);
                for (Map.Entry<String, Integer> e : relevant.subList(0, Math.min(most, relevant.size()))) {
                    int nearest = passagesOf.get(e.getKey()).stream()
                            .max(Comparator.comparingDouble(i -> dot(query, passages.get(i))))
                            .orElseThrow();
                    pairs.pair(q, Integer.toString(nearest), e.getValue());
                }
            }
            return pairs.build();
        }
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        report.paragraph("""
                all-MiniLM-L6-v2, and an adapter behind it that was learned from some queries and tested on others. Settings are chosen by nDCG@10 on a fifth of the queries to learn from \
                (learning rate, sides, rank, or no adapter at all), then all of these are learned from. Intervals are percentiles of %,d bootstrap samples over the test's queries, for the gain of pairs before and after.""", Interval.SAMPLES);
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, Machine.cores())) {
            if (options.corpus().isPresent()) {
                judged(Corpus.load(options.corpus().get()), embedder, options, report);
            } else {
                report.paragraph(Corpus.ADVICE);
            }
            try {
                tags(embedder, options, report);
            } catch (UnavailableException e) {
                report.paragraph("Packages were not measured: %s.", e.getMessage());
            }
        }
    }

    /** Each query is tested once, by an adapter that learned from the other four fifths. */
    private static void judged(Corpus corpus, OnnxTextEmbedder embedder, Options options, Report report)
            throws InterruptedException {
        Data data = data(corpus, embedder);
        Main.progress("adapters: %s embedded", corpus.name());
        List<String> queries = new ArrayList<>(data.queries.keySet());
        Collections.shuffle(queries, new Random(11));
        Map<Measure, Map<String, Double>> before = new LinkedHashMap<>();
        Map<Measure, Map<String, Double>> after = new LinkedHashMap<>();
        Map<String, Integer> chosen = new TreeMap<>();
        int folds = options.quick() ? 2 : FOLDS;
        for (int fold = 0; fold < folds; fold++) {
            List<String> test = new ArrayList<>();
            List<String> training = new ArrayList<>();
            for (int i = 0; i < queries.size(); i++) {
                (i % folds == fold ? test : training).add(queries.get(i));
            }
            AdapterSettings settings = choose(data, training, Integer.MAX_VALUE, options);
            chosen.merge(name(settings), 1, Integer::sum);
            Adapter adapter = settings == null
                    ? null
                    : AdapterTraining.train(data.pairs(training, Integer.MAX_VALUE), embedder.model(), settings);
            MEASURES.forEach((_, m) -> {
                before.computeIfAbsent(m, _ -> new LinkedHashMap<>())
                        .putAll(data.evaluate(null, test, m).scores());
                after.computeIfAbsent(m, _ -> new LinkedHashMap<>())
                        .putAll(data.evaluate(adapter, test, m).scores());
            });
            Main.progress("adapters: fold %d, %s", fold + 1, name(settings));
        }
        report.paragraph(
                """
                Corpus `%s`, %,d documents: %,d queries in %d parts, each tested by an adapter that learned from the others. Chosen: %s.""",
                corpus.name(),
                corpus.documents().size(),
                queries.size(),
                folds,
                chosen.entrySet().stream()
                        .map(e -> e.getValue() + " times " + e.getKey())
                        .collect(Collectors.joining("; ")));
        table(report, before, after);
    }

    private static final Map<String, Measure> MEASURES = measures();

    private static Map<String, Measure> measures() {
        Map<String, Measure> measures = new LinkedHashMap<>();
        measures.put("nDCG@10", CHOSEN_BY);
        measures.put("recall@100", Measure.recall(DEPTH));
        measures.put("MRR@10", Measure.reciprocalRank(10));
        return measures;
    }

    private static void table(
            Report report, Map<Measure, Map<String, Double>> before, Map<Measure, Map<String, Double>> after) {
        List<List<String>> rows = new ArrayList<>();
        String advice = "";
        for (Map.Entry<String, Measure> m : MEASURES.entrySet()) {
            Comparison c =
                    Comparison.of(new Evaluation(before.get(m.getValue())), new Evaluation(after.get(m.getValue())));
            rows.add(List.of(
                    m.getKey(),
                    Report.format("%.3f", c.before().mean()),
                    Report.format("%.3f", c.after().mean()),
                    Report.format(
                            "%+.3f (%+.3f to %+.3f)",
                            c.gain().mean(), c.gain().low(), c.gain().high())));
            advice = advice.isEmpty() ? c.advice() : advice;
        }
        report.table(List.of("", "the model", "with the adapter", "gain (95 % interval)"), rows);
        report.paragraph("The verdict by nDCG@10: %s", advice);
    }

    private static Data data(Corpus corpus, OnnxTextEmbedder embedder) {
        Chunker chunker = new Chunker(embedder.window().orElseThrow(), embedder::countTokens);
        List<String> texts = new ArrayList<>();
        List<String> documents = new ArrayList<>();
        for (Corpus.Document d : corpus.documents()) {
            List<Chunk> chunks = chunker.chunk(new ParsedDocument(
                    d.title(), d.text().isEmpty() ? List.of() : List.of(new Block(List.of(), d.text(), 0))));
            chunks.forEach(c -> texts.add(c.embedded()));
            chunks.forEach(_ -> documents.add(d.id()));
        }
        List<float[]> vectors = embedder.embed(List.copyOf(corpus.queries().values()), Purpose.QUERY)
                .vectors();
        Map<String, float[]> queries = new LinkedHashMap<>();
        corpus.queries().keySet().forEach(q -> queries.put(q, vectors.get(queries.size())));
        return new Data(
                queries, documents, embedder.embed(texts, Purpose.DOCUMENT).vectors(), corpus.grades());
    }

    /** @return null if none of them is better than nothing */
    private static AdapterSettings choose(Data data, List<String> training, int most, Options options)
            throws InterruptedException {
        List<String> learned = training.subList(training.size() / 5, training.size());
        List<String> validation = training.subList(0, training.size() / 5);
        AdapterPairs pairs = data.pairs(learned, most);
        AdapterSettings best = null;
        double highest = data.evaluate(null, validation, CHOSEN_BY).mean().mean();
        for (AdapterSettings s : candidates(options)) {
            double score = data.evaluate(AdapterTraining.train(pairs, "chosen", s), validation, CHOSEN_BY)
                    .mean()
                    .mean();
            if (score > highest) {
                highest = score;
                best = s;
            }
        }
        return best;
    }

    private static List<AdapterSettings> candidates(Options options) {
        List<AdapterSettings> all = new ArrayList<>();
        for (double lr : options.quick() ? new double[] {3e-4} : new double[] {1e-4, 3e-4}) {
            for (Sides sides : new Sides[] {Sides.QUERIES, Sides.BOTH}) {
                for (int rank : new int[] {0, 32}) {
                    all.add(AdapterSettings.builder()
                            .lr(lr)
                            .sides(sides)
                            .rank(rank)
                            .build());
                }
            }
        }
        return all;
    }

    private static String name(AdapterSettings s) {
        return s == null
                ? "no adapter"
                : Report.format(
                        "%s, %s, lr %s",
                        s.sides().name().toLowerCase(Locale.ROOT),
                        s.rank() == 0 ? "full rank" : "rank " + s.rank(),
                        s.lr());
    }

    /** What a package is for: of one line the others are to be found that have at least two such tags in common. Those of the test are all unknown, as queries and as answers. */
    private static void tags(OnnxTextEmbedder embedder, Options options, Report report)
            throws IOException, InterruptedException {
        List<Tagged> packages = DebianTags.read(2);
        Collections.shuffle(packages, new Random(12));
        packages = packages.subList(0, Math.min(packages.size(), options.quick() ? 1000 : 2500));
        int test = packages.size() / 3;
        Data tested = data(packages.subList(0, test), embedder);
        Data learned = data(packages.subList(test, packages.size()), embedder);
        Main.progress("adapters: %,d packages embedded", packages.size());
        List<String> queries = new ArrayList<>(learned.queries.keySet());
        AdapterSettings settings = choose(learned, queries, MOST_PAIRS, options);
        Adapter adapter = settings == null
                ? null
                : AdapterTraining.train(learned.pairs(queries, MOST_PAIRS), embedder.model(), settings);
        List<String> asked = List.copyOf(tested.queries.keySet());
        Map<Measure, Map<String, Double>> before = new LinkedHashMap<>();
        Map<Measure, Map<String, Double>> after = new LinkedHashMap<>();
        MEASURES.forEach((_, m) -> {
            before.put(m, tested.evaluate(null, asked, m).scores());
            after.put(m, tested.evaluate(adapter, asked, m).scores());
        });
        report.paragraph(
                """
                Debian packages by the line that describes each: those are to be found that have at least two tags of purpose (debtags such as `use::editing`) in common with it; the grade is how many more than one. \
                %,d packages, one a source, to learn from (%,d asked), and %,d others, none of them known before, to be searched (%,d asked). Chosen: %s.""", learned.documents.size(), queries.size(), tested.documents.size(), asked.size(), name(settings));
        table(report, before, after);
    }

    private static Data data(List<Tagged> packages, OnnxTextEmbedder embedder) {
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        for (Tagged p : packages) {
            Map<String, Integer> of = new LinkedHashMap<>();
            for (Tagged other : packages) {
                Set<String> common = new HashSet<>(p.purposes());
                common.retainAll(other.purposes());
                if (p != other && common.size() >= 2) {
                    of.put(other.name(), common.size() - 1);
                }
            }
            if (!of.isEmpty()) {
                grades.put(p.name(), of);
            }
        }
        List<float[]> vectors = embedder.embed(
                        packages.stream().map(Tagged::description).toList(), Purpose.DOCUMENT)
                .vectors();
        Map<String, float[]> queries = new LinkedHashMap<>();
        for (int i = 0; i < packages.size(); i++) {
            if (grades.containsKey(packages.get(i).name())) {
                queries.put(packages.get(i).name(), vectors.get(i));
            }
        }
        return new Data(queries, packages.stream().map(Tagged::name).toList(), vectors, grades);
    }
}
