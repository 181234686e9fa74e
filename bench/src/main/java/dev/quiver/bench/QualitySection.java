package dev.quiver.bench;

import dev.quiver.bench.Corpus.Document;
import dev.quiver.embeddings.evaluation.Interval;
import dev.quiver.embeddings.evaluation.Measure;
import dev.quiver.functions.documents.Chunker;
import dev.quiver.functions.documents.Chunker.Chunk;
import dev.quiver.functions.documents.ParsedDocument;
import dev.quiver.functions.documents.ParsedDocument.Block;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.OnnxTextEmbedder.Spec;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.index.Collection;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/** Whether the right documents are found: vector search with the models in the box beside BM25, on judged questions. */
final class QualitySection implements Section {
    private static final int NDCG_DEPTH = 10;
    private static final int DEPTH = 100;
    private static final String DOCUMENT = "document";

    @Override
    public String name() {
        return "quality";
    }

    @Override
    public String title() {
        return "Retrieval quality";
    }

    /** @param rankings documents by query, best first */
    private record Method(String name, Map<String, List<String>> rankings) {}

    @Override
    public void measure(Options options, Report report) throws IOException {
        if (options.corpus().isEmpty()) {
            report.paragraph(Corpus.ADVICE);
            return;
        }
        Corpus corpus = Corpus.load(options.corpus().get());
        List<Method> vectors = new ArrayList<>();
        StringBuilder passages = new StringBuilder();
        for (Spec spec : List.of(OnnxTextEmbedder.ALL_MINILM_L6_V2, OnnxTextEmbedder.BGE_SMALL_EN_V1_5)) {
            Main.progress(
                    "embedding %,d documents by %s ...", corpus.documents().size(), spec.model());
            Vectors found = rank(corpus, spec);
            vectors.add(new Method("Quiver, " + spec.model(), found.rankings));
            passages.append(Report.format(
                    "; %,d passages for %s (window of %d tokens)", found.passages, spec.model(), spec.window()));
        }
        List<Method> words = List.of(
                new Method("BM25 by Lucene, k1 = 0.9, b = 0.4", Bm25.rank(corpus, 0.9f, 0.4f, DEPTH)),
                new Method("BM25 by Lucene, k1 = 1.2, b = 0.75", Bm25.rank(corpus, 1.2f, 0.75f, DEPTH)));

        ToDoubleFunction<Method> meanNdcg = m -> Interval.of(ndcg(corpus, m)).mean();
        Method baseline = meanNdcg.applyAsDouble(words.getFirst()) >= meanNdcg.applyAsDouble(words.getLast())
                ? words.getFirst()
                : words.getLast();
        List<List<String>> table = new ArrayList<>();
        for (Method m : Stream.concat(vectors.stream(), words.stream()).toList()) {
            table.add(List.of(
                    m.name,
                    shown(Interval.of(ndcg(corpus, m)), "%.3f"),
                    shown(Interval.of(recall(corpus, m)), "%.3f")));
        }
        for (Method m : vectors) {
            table.add(List.of(
                    m.name + " minus the better BM25",
                    shown(Interval.of(difference(ndcg(corpus, m), ndcg(corpus, baseline))), "%+.3f"),
                    shown(Interval.of(difference(recall(corpus, m), recall(corpus, baseline))), "%+.3f")));
        }
        report.paragraph(
                "Corpus `%s`: %,d documents, %,d judged queries, %s.",
                corpus.name(), corpus.documents().size(), corpus.queries().size(), grades(corpus));
        report.table(List.of("", "nDCG@10 (95 % interval)", "recall@100 (95 % interval)"), table);
        report.paragraph("""
                nDCG is that of trec_eval: gain = grade, discount = log2(rank + 1), divided by the best possible sum. Recall counts every document \
                with a grade above 0. Intervals are percentiles of 10,000 bootstrap samples over queries, for the differences of both methods on the \
                same queries.""");
        report.paragraph("""
                Vectors: `Collection.search` by cosine, exact. A document is its title and text, cut by the chunker of ingest where it does not fit \
                the model's window, each passage below the title; a document's score is that of its best passage%s. Queries are embedded as \
                queries, with the prefix that the model was trained with. BM25: title and text in one field, `EnglishAnalyzer`, any word may match.""", passages);
    }

    private record Vectors(Map<String, List<String>> rankings, int passages) {}

    private static Vectors rank(Corpus corpus, Spec spec) {
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(spec, Machine.cores());
                Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection collection =
                    database.create("quality", new Schema(embedder.dimension(), Metric.COSINE, spec.model()));
            Chunker chunker = new Chunker(spec.window(), embedder::countTokens);
            List<String> texts = new ArrayList<>();
            List<String> documents = new ArrayList<>();
            int most = 1;
            for (Document d : corpus.documents()) {
                ParsedDocument parsed = new ParsedDocument(
                        d.title(), d.text().isEmpty() ? List.of() : List.of(new Block(List.of(), d.text(), 0)));
                List<Chunk> chunks = chunker.chunk(parsed);
                chunks.forEach(c -> texts.add(c.embedded()));
                chunks.forEach(_ -> documents.add(d.id()));
                most = Math.max(most, chunks.size());
            }
            List<float[]> vectors = embedder.embed(texts, Purpose.DOCUMENT).vectors();
            Batch.Builder batch = Batch.builder();
            for (int i = 0; i < vectors.size(); i++) {
                batch.upsert(new Record(Integer.toString(i), vectors.get(i), null, Map.of(DOCUMENT, documents.get(i))));
            }
            collection.apply(batch.build());
            collection.compact();

            List<float[]> queries = embedder.embed(List.copyOf(corpus.queries().values()), Purpose.QUERY)
                    .vectors();
            Map<String, List<String>> rankings = new LinkedHashMap<>();
            int q = 0;
            for (String query : corpus.queries().keySet()) {
                // So many passages are of at least so many documents as are ranked.
                List<Hit> hits = collection
                        .search(SearchRequest.of(queries.get(q++), DEPTH * most))
                        .hits();
                Set<String> ranked = new LinkedHashSet<>();
                hits.forEach(h -> ranked.add((String) h.record().attributes().get(DOCUMENT)));
                rankings.put(query, ranked.stream().limit(DEPTH).toList());
            }
            return new Vectors(rankings, texts.size());
        }
    }

    private static double[] ndcg(Corpus corpus, Method m) {
        return corpus.queries().keySet().stream()
                .mapToDouble(q -> Measure.ndcg(NDCG_DEPTH)
                        .of(m.rankings.get(q), corpus.grades().get(q)))
                .toArray();
    }

    private static double[] recall(Corpus corpus, Method m) {
        return corpus.queries().keySet().stream()
                .mapToDouble(q -> Measure.recall(DEPTH)
                        .of(m.rankings.get(q), corpus.grades().get(q)))
                .toArray();
    }

    private static double[] difference(double[] a, double[] b) {
        double[] difference = new double[a.length];
        Arrays.setAll(difference, i -> a[i] - b[i]);
        return difference;
    }

    private static String shown(Interval e, String number) {
        return Report.format(number + " (" + number + " to " + number + ")", e.mean(), e.low(), e.high());
    }

    private static String grades(Corpus corpus) {
        var summary = corpus.grades().values().stream()
                .flatMap(g -> g.values().stream())
                .mapToInt(Integer::intValue)
                .summaryStatistics();
        return Report.format(
                "%,d judgements of grade %d to %d", summary.getCount(), summary.getMin(), summary.getMax());
    }
}
