package dev.quiver.bench;

import dev.quiver.bench.Corpus.Document;
import dev.quiver.bench.data.JdkSentences;
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
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Fusion;
import dev.quiver.index.HybridRequest;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.Settings;
import dev.quiver.index.TextRequest;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.text.TextQuery.Matching;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.lucene.analysis.Analyzer;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.BooleanClause;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.PrefixQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.util.QueryBuilder;

/** Words: whether they find what they should, beside Lucene; whether words and vectors together find more than either; and how long a search takes, beside Lucene. */
final class TextSection implements Section {
    private static final int NDCG_DEPTH = 10;
    private static final int DEPTH = 100;
    private static final int TOP_K = 10;
    private static final String DOCUMENT = "document";
    private static final String CONTENT = "content";
    private static final List<TextField> ENGLISH = List.of(new TextField(TextField.PASSAGE, "english", 1));

    /** Copies of a corpus do not make a larger one: words would be as frequent as before. These are real sentences. */
    private static final int SENTENCES_A_RECORD = 3;

    @Override
    public String name() {
        return "text";
    }

    @Override
    public String title() {
        return "Words, and words with vectors";
    }

    @Override
    public void measure(Options options, Report report) throws IOException {
        if (options.corpus().isEmpty()) {
            report.paragraph(Corpus.ADVICE);
        } else {
            quality(Corpus.load(options.corpus().get()), report);
        }
        latency(options, report);
    }

    private interface Search {
        List<Record> of(String query, float[] vector);
    }

    private void quality(Corpus corpus, Report report) throws IOException {
        double[] lucene = ndcg(corpus, Bm25.rank(corpus, 1.2f, 0.75f, DEPTH));
        double[] words = ndcg(corpus, byWords(corpus));
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("BM25 by Lucene, whole documents", shown(lucene), ""));
        table.add(List.of("mode text, whole documents", shown(words), ""));
        double mine = mean(words);
        double theirs = mean(lucene);
        report.target(
                "BM25 within 1 % of Lucene's nDCG@10",
                Math.abs(mine - theirs) <= 0.01 * theirs, "%.4f beside %.4f", mine, theirs);
        for (Spec spec : List.of(OnnxTextEmbedder.ALL_MINILM_L6_V2, OnnxTextEmbedder.BGE_SMALL_EN_V1_5)) {
            Main.progress(
                    "embedding %,d documents by %s ...", corpus.documents().size(), spec.model());
            hybrid(corpus, spec, table, report);
        }
        report.paragraph(
                "Corpus `%s`: %,d documents, %,d judged queries; nDCG as under Retrieval quality, 95 %% intervals of 10,000 bootstrap samples over queries.",
                corpus.name(), corpus.documents().size(), corpus.queries().size());
        report.table(List.of("", "nDCG@10", "minus the better of vector and text"), table);
        report.paragraph("""
                Passages as under Retrieval quality: the same records have the vector and the words, analyzer `english`; a document's score is that of its best passage. *weighted* and *rrf* are the methods of `fusion`, the number is `vectorWeight`; \
                `query` with mode hybrid uses weighted 0.5 if nothing is said. `depth` is %d.""", DEPTH);
    }

    private static Map<String, List<String>> byWords(Corpus corpus) {
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection c = database.create("documents", new Schema(1, Metric.DOT, null, ENGLISH));
            Batch.Builder batch = Batch.builder();
            for (Document d : corpus.documents()) {
                batch.upsert(new Record(d.id(), new float[] {1}, d.titleAndText(), Map.of(DOCUMENT, d.id())));
            }
            c.apply(batch.build());
            c.compact();
            return rank(corpus, Map.of(), (q, _) -> records(c, q, DEPTH));
        }
    }

    private static List<Record> records(Collection c, String query, int topK) {
        return c.search(TextRequest.of(query, topK)).hits().stream()
                .map(h -> h.record())
                .toList();
    }

    private static Map<String, List<String>> rank(Corpus corpus, Map<String, float[]> vectors, Search search) {
        Map<String, List<String>> rankings = new LinkedHashMap<>();
        corpus.queries().forEach((id, text) -> {
            Set<String> ranked = new LinkedHashSet<>();
            search.of(text, vectors.get(id))
                    .forEach(r -> ranked.add((String) r.attributes().get(DOCUMENT)));
            rankings.put(id, ranked.stream().limit(DEPTH).toList());
        });
        return rankings;
    }

    private static void hybrid(Corpus corpus, Spec spec, List<List<String>> table, Report report) {
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(spec, Machine.cores());
                Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection c =
                    database.create("passages", new Schema(embedder.dimension(), Metric.COSINE, spec.model(), ENGLISH));
            Chunker chunker = new Chunker(spec.window(), embedder::countTokens);
            List<String> texts = new ArrayList<>();
            List<String> documents = new ArrayList<>();
            for (Document d : corpus.documents()) {
                List<Chunk> chunks = chunker.chunk(new ParsedDocument(
                        d.title(), d.text().isEmpty() ? List.of() : List.of(new Block(List.of(), d.text(), 0))));
                chunks.forEach(p -> texts.add(p.embedded()));
                chunks.forEach(_ -> documents.add(d.id()));
            }
            List<float[]> vectors = embedder.embed(texts, Purpose.DOCUMENT).vectors();
            Batch.Builder batch = Batch.builder();
            for (int i = 0; i < vectors.size(); i++) {
                batch.upsert(new Record(
                        Integer.toString(i), vectors.get(i), texts.get(i), Map.of(DOCUMENT, documents.get(i))));
            }
            c.apply(batch.build());
            c.compact();
            List<float[]> embedded = embedder.embed(List.copyOf(corpus.queries().values()), Purpose.QUERY)
                    .vectors();
            Map<String, float[]> queries = new LinkedHashMap<>();
            corpus.queries().keySet().forEach(q -> queries.put(q, embedded.get(queries.size())));

            double[] near =
                    ndcg(corpus, rank(corpus, queries, (_, v) -> c.search(SearchRequest.of(v, DEPTH)).hits().stream()
                            .map(h -> h.record())
                            .toList()));
            double[] words = ndcg(corpus, rank(corpus, queries, (q, _) -> records(c, q, DEPTH)));
            double[] better = mean(near) > mean(words) ? near : words;
            table.add(List.of(spec.model() + ": vector", shown(near), ""));
            table.add(List.of(spec.model() + ": text", shown(words), ""));
            for (Fusion.Method method : Fusion.Method.values()) {
                for (double weight : new double[] {0.3, 0.5, 0.7}) {
                    Fusion fusion = new Fusion(method, 60, weight, DEPTH);
                    double[] both = ndcg(corpus, rank(corpus, queries, (q, v) -> both(c, q, v, fusion)));
                    table.add(List.of(
                            Report.format(
                                    "%s: hybrid, %s %.1f",
                                    spec.model(), method.name().toLowerCase(java.util.Locale.ROOT), weight),
                            shown(both),
                            difference(both, better)));
                    if (method == Fusion.Method.WEIGHTED && weight == 0.5) {
                        report.target(
                                "hybrid beats vector and text in nDCG@10, " + spec.model(),
                                mean(both) > mean(better),
                                "%.3f beside %.3f and %.3f",
                                mean(both),
                                mean(near),
                                mean(words));
                    }
                }
            }
        }
    }

    private static List<Record> both(Collection c, String query, float[] vector, Fusion fusion) {
        TextRequest words = TextRequest.of(query, 2 * DEPTH);
        return c.search(new HybridRequest(vector, words, fusion, SearchRequest.Effort.EXACT)).hits().stream()
                .map(h -> h.record())
                .toList();
    }

    private static double[] ndcg(Corpus corpus, Map<String, List<String>> rankings) {
        return corpus.queries().keySet().stream()
                .mapToDouble(q -> Measure.ndcg(NDCG_DEPTH)
                        .of(rankings.get(q), corpus.grades().get(q)))
                .toArray();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(0);
    }

    private static String shown(double[] values) {
        Interval e = Interval.of(values);
        return Report.format("%.3f (%.3f to %.3f)", e.mean(), e.low(), e.high());
    }

    private static String difference(double[] a, double[] b) {
        Interval e = Interval.of(
                IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray());
        return Report.format("%+.3f (%+.3f to %+.3f)", e.mean(), e.low(), e.high());
    }

    /** What is asked, in the form of each. */
    private record Kind(String name, Function<String[], String> quiver, Matching matching) {}

    private void latency(Options options, Report report) throws IOException {
        List<String> sentences = JdkSentences.read();
        if (sentences.isEmpty()) {
            report.paragraph(
                    "Latency not measured: this JDK comes without its sources, whose sentences are the corpus.");
            return;
        }
        List<String> texts = new ArrayList<>();
        for (int i = 0; i + SENTENCES_A_RECORD <= sentences.size(); i += SENTENCES_A_RECORD) {
            texts.add(String.join(" ", sentences.subList(i, i + SENTENCES_A_RECORD)));
        }
        // Each sentence begins a record once more, with others after it: as many again, of the same language.
        int own = texts.size();
        Random random = new Random(5);
        for (int i = 0; i < own && !options.quick(); i++) {
            texts.add(IntStream.range(0, SENTENCES_A_RECORD)
                    .mapToObj(_ -> sentences.get(random.nextInt(sentences.size())))
                    .reduce((a, b) -> a + " " + b)
                    .orElseThrow());
        }
        List<String[]> words = queries(sentences, options.quick() ? 100 : 500, random);
        List<Kind> kinds = List.of(
                new Kind("two words, any", w -> w[0] + " " + w[1], Matching.ANY),
                new Kind("five words, any", w -> String.join(" ", w), Matching.ANY),
                new Kind("three words, all", w -> w[0] + " " + w[1] + " " + w[2], Matching.ALL),
                new Kind("phrase of two", w -> '"' + w[0] + " " + w[1] + '"', Matching.ANY),
                new Kind(
                        "beginning of a word", w -> w[2].substring(0, Math.min(4, w[2].length())) + "*", Matching.ANY));
        List<List<String>> table = new ArrayList<>();
        try (TemporaryFolder folder = new TemporaryFolder();
                TemporaryFolder other = new TemporaryFolder();
                Database database = new Database(new FileStore(folder.path()), Settings.defaults());
                Analyzer analyzer = new EnglishAnalyzer();
                MMapDirectory directory = new MMapDirectory(other.path())) {
            Main.progress("indexing %,d records ...", texts.size());
            Collection c = database.create("sentences", new Schema(1, Metric.DOT, null, ENGLISH));
            c.load(IntStream.range(0, texts.size())
                    .mapToObj(i -> new Record(Integer.toString(i), new float[] {1}, texts.get(i), Map.of()))
                    .iterator());
            c.compact();
            try (IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig(analyzer))) {
                for (int i = 0; i < texts.size(); i++) {
                    var d = new org.apache.lucene.document.Document();
                    d.add(new StoredField("id", Integer.toString(i)));
                    d.add(new org.apache.lucene.document.TextField(CONTENT, texts.get(i), Field.Store.YES));
                    writer.addDocument(d);
                }
                writer.forceMerge(1);
            }
            try (DirectoryReader reader = DirectoryReader.open(directory)) {
                IndexSearcher searcher = new IndexSearcher(reader);
                for (Kind kind : kinds) {
                    double[] ours = new double[words.size()];
                    double[] theirs = new double[words.size()];
                    for (int round = 0; round < 4; round++) {
                        for (int q = 0; q < words.size(); q++) {
                            TextRequest request = new TextRequest(
                                    kind.quiver.apply(words.get(q)),
                                    Map.of(),
                                    kind.matching,
                                    TOP_K,
                                    new Filter.All(),
                                    OptionalDouble.empty(),
                                    new Consistency.Eventual(Duration.ofDays(1)));
                            Query query = lucene(kind, words.get(q), analyzer);
                            long started = System.nanoTime();
                            c.search(request);
                            long between = System.nanoTime();
                            for (ScoreDoc hit : searcher.search(query, TOP_K).scoreDocs) {
                                searcher.storedFields().document(hit.doc).get(CONTENT);
                            }
                            ours[q] = (between - started) / 1e3;
                            theirs[q] = (System.nanoTime() - between) / 1e3;
                        }
                    }
                    table.add(List.of(
                            kind.name,
                            Report.format("%.0f", quantile(ours, 0.5)),
                            Report.format("%.0f", quantile(ours, 0.95)),
                            Report.format("%.0f", quantile(theirs, 0.5)),
                            Report.format("%.0f", quantile(theirs, 0.95))));
                }
            }
        }
        report.paragraph(
                "%,d records of three sentences of the JDK's documentation, in files that are mapped, one segment each, warm, one thread, the %d best with their texts, %,d queries of words that stand beside each other in a sentence; µs. The words of Quiver's queries are analyzed in that time, Lucene's query is made before.",
                texts.size(), TOP_K, words.size());
        report.table(List.of("", "Quiver, median", "95 %", "Lucene, median", "95 %"), table);
        report.paragraph(
                "A beginning: Quiver scores by BM25 over the 128 words that most records have, Lucene's `PrefixQuery` gives every record the same score.");
    }

    private static Query lucene(Kind kind, String[] w, Analyzer analyzer) {
        QueryBuilder builder = new QueryBuilder(analyzer);
        String text = kind.quiver.apply(w);
        if (text.endsWith("*")) {
            return new PrefixQuery(new Term(CONTENT, text.substring(0, text.length() - 1)));
        }
        Query query = text.startsWith("\"")
                ? builder.createPhraseQuery(CONTENT, text.replace("\"", ""))
                : builder.createBooleanQuery(
                        CONTENT,
                        text,
                        kind.matching == Matching.ALL ? BooleanClause.Occur.MUST : BooleanClause.Occur.SHOULD);
        return query == null ? new org.apache.lucene.search.MatchNoDocsQuery() : query;
    }

    /** Five words that stand beside each other. */
    private static List<String[]> queries(List<String> sentences, int count, Random random) {
        return Stream.generate(() -> sentences.get(random.nextInt(sentences.size())))
                .map(s -> Arrays.stream(s.toLowerCase(java.util.Locale.ROOT).split("[^a-z]+"))
                        .filter(w -> w.length() > 1)
                        .toArray(String[]::new))
                .filter(w -> w.length >= 5)
                .map(w -> Arrays.copyOf(w, 5))
                .limit(count)
                .toList();
    }

    private static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) (q * (sorted.length - 1))];
    }
}
