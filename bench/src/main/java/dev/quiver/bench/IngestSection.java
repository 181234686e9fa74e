package dev.quiver.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.quiver.bench.Corpus.Document;
import dev.quiver.functions.documents.Chunker;
import dev.quiver.functions.documents.DocumentParsers;
import dev.quiver.functions.documents.Folder;
import dev.quiver.functions.documents.Folder.FileSource;
import dev.quiver.functions.documents.Ingestor;
import dev.quiver.functions.documents.Ingestor.Outcome;
import dev.quiver.functions.documents.ParsedDocument;
import dev.quiver.functions.documents.UnreadableDocumentException;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import jdk.jfr.consumer.RecordedEvent;

/** Documents into a collection: passages a second, and how much of the cores the model gets. */
final class IngestSection implements Section {
    private static final int QUICK_DOCUMENTS = 400;
    private static final int WARMUP_DOCUMENTS = 100;

    private static final String SESSION = "`session.run`, CPU time";

    @Override
    public String name() {
        return "ingest";
    }

    @Override
    public String title() {
        return "Ingest";
    }

    /** In seconds: on the clock, inside the model summed over threads, and CPU time of the process. */
    private record Run(int passages, double wall, double session, double cpu) {}

    @Override
    public void measure(Options options, Report report) throws Exception {
        if (options.folder().isEmpty() && options.corpus().isEmpty()) {
            report.paragraph(Corpus.ADVICE + " Or name documents by `--folder DIR`.");
            return;
        }
        try (TemporaryFolder temporary = new TemporaryFolder();
                OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, Machine.cores())) {
            Folder folder = Folder.scan(
                    options.folder().isPresent()
                            ? options.folder().get()
                            : write(Corpus.load(options.corpus().get()), temporary.path()));
            List<FileSource> sources = folder.sources();
            if (options.quick() && sources.size() > QUICK_DOCUMENTS) {
                sources = sources.subList(0, QUICK_DOCUMENTS);
            }
            measure(options, sources, embedder, temporary.path(), report);
        }
    }

    private static void measure(
            Options options, List<FileSource> sources, OnnxTextEmbedder embedder, Path folder, Report report)
            throws Exception {
        double loading = seconds(() -> embedder.embed(List.of("load the model"), Purpose.DOCUMENT));
        List<TextSegment> passages = passages(sources, embedder);
        if (passages.isEmpty()) {
            report.paragraph("Not measured: there is no text in the documents.");
            return;
        }
        List<String> texts = passages.stream().map(TextSegment::text).toList();
        AllMiniLmL6V2QuantizedEmbeddingModel peer = new AllMiniLmL6V2QuantizedEmbeddingModel();
        List<Run> runs = new ArrayList<>();
        List<Double> embedSeconds = new ArrayList<>();
        List<Double> peerSeconds = new ArrayList<>();
        Map<String, Double> stages = new TreeMap<>();
        Run profiled;
        try (Database database = new Database(new FileStore(folder.resolve("collections")), Settings.defaults())) {
            ingest(database, "warmup", sources.subList(0, Math.min(WARMUP_DOCUMENTS, sources.size())), embedder);
            peer.embedAll(passages.subList(0, Math.min(WARMUP_DOCUMENTS, passages.size())));
            int rounds = options.quick() ? 1 : 3;
            for (int r = 0; r < rounds; r++) {
                Main.progress("round %d of %d ...", r + 1, rounds);
                runs.add(ingest(database, "round-" + r, sources, embedder));
                embedSeconds.add(seconds(() -> embedder.embed(texts, Purpose.DOCUMENT)));
                peerSeconds.add(seconds(() -> peer.embedAll(passages)));
            }
            // Not a round that is timed: the recorder takes its share.
            try (CpuProfile profile = new CpuProfile()) {
                profile.start();
                profiled = ingest(database, "profiled", sources, embedder);
                profile.stop(IngestSection::stage).forEach((s, t) -> stages.merge(s, t, Double::sum));
            }
        }
        report(sources.size(), loading, runs, embedSeconds, peerSeconds, report);
        profile(profiled, stages, report);
    }

    private static double seconds(Runnable task) {
        long started = System.nanoTime();
        task.run();
        return (System.nanoTime() - started) / 1e9;
    }

    private static Path write(Corpus corpus, Path folder) throws IOException {
        Path documents = Files.createDirectories(folder.resolve("documents"));
        for (Document d : corpus.documents()) {
            String name = d.id().replaceAll("[^A-Za-z0-9_-]", "_") + ".txt";
            Files.writeString(documents.resolve(name), d.title() + "\n\n" + d.text() + "\n");
        }
        return documents;
    }

    /** The passages that ingest makes of the documents. */
    private static List<TextSegment> passages(List<FileSource> sources, OnnxTextEmbedder embedder) throws IOException {
        Chunker chunker = new Chunker(embedder.window().orElseThrow(), embedder::countTokens);
        List<TextSegment> passages = new ArrayList<>();
        for (FileSource source : sources) {
            try {
                ParsedDocument document = DocumentParsers.parse(source.path(), source.read());
                chunker.chunk(document).forEach(c -> passages.add(TextSegment.from(c.embedded())));
            } catch (UnreadableDocumentException e) {
                Main.progress("%s %s", source.path(), e.getMessage());
            }
        }
        return passages;
    }

    private static Run ingest(Database database, String name, List<FileSource> sources, OnnxTextEmbedder embedder)
            throws InterruptedException {
        var collection = database.create(name, new Schema(embedder.dimension(), Metric.COSINE, embedder.model()));
        var process = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        AtomicInteger passages = new AtomicInteger();
        long session = embedder.sessionNanos();
        long cpu = process.getProcessCpuTime();
        long started = System.nanoTime();
        new Ingestor(collection, embedder, "bench:" + name).ingest(sources, new Ingestor.Listener() {
            @Override
            public void finished(String path, Outcome outcome) {
                if (outcome instanceof Outcome.Failed(String reason)) {
                    Main.progress("%s %s", path, reason);
                }
            }

            @Override
            public void embedded(int count) {
                passages.addAndGet(count);
            }
        });
        return new Run(
                passages.get(),
                (System.nanoTime() - started) / 1e9,
                (embedder.sessionNanos() - session) / 1e9,
                (process.getProcessCpuTime() - cpu) / 1e9);
    }

    /** The innermost frames say what is done, the outer ones what for. */
    private static String stage(RecordedEvent sample) {
        if (sample.getStackTrace() == null) {
            return "Java, not attributed";
        }
        Set<String> classes = sample.getStackTrace().getFrames().stream()
                .map(f -> f.getMethod().getType().getName())
                .map(type -> type.startsWith("ai.djl.") ? "tokenizer" : type.substring(type.lastIndexOf('.') + 1))
                .collect(Collectors.toSet());
        if (classes.contains("OrtSession")) {
            return SESSION;
        } else if (classes.contains("Chunker")) {
            return classes.contains("tokenizer") ? "counting tokens, to cut passages" : "cutting passages";
        } else if (classes.contains("OnnxTextEmbedder")) {
            return classes.contains("tokenizer") ? "tokenizing, to embed" : "tensors and pooling";
        } else if (classes.contains("DocumentParsers")) {
            return "parsing";
        } else if (classes.contains("Collection")) {
            return "commit, compaction and look-ups";
        }
        return "other Java";
    }

    private static void report(
            int documents, double loading, List<Run> runs, List<Double> embed, List<Double> peer, Report report) {
        int passages = runs.getFirst().passages;
        double wall = runs.stream().mapToDouble(Run::wall).sum();
        double available = wall * Machine.cores();
        double session = runs.stream().mapToDouble(Run::session).sum() / available;
        double rate = passages / median(runs.stream().mapToDouble(Run::wall));
        double embedRate = passages / median(embed.stream().mapToDouble(Double::doubleValue));
        double peerRate = passages / median(peer.stream().mapToDouble(Double::doubleValue));
        report.paragraph(
                """
                %,d documents, %,d passages, into a folder, by all-minilm-l6-v2 on %d cores; %s in turn with LangChain4j's model of \
                the same weights on the same passages. The model was loaded before (%.1f s).""",
                documents,
                passages,
                Machine.cores(),
                runs.size() == 1 ? "one round" : "median of " + runs.size() + " rounds",
                loading);
        report.table(
                List.of("", "passages/s"),
                List.of(
                        List.of("Quiver, `Ingestor`: read, parse, cut, embed, commit", Report.format("%.1f", rate)),
                        List.of("Quiver, `OnnxTextEmbedder`: embed only", Report.format("%.1f", embedRate)),
                        List.of(
                                "LangChain4j, `AllMiniLmL6V2QuantizedEmbeddingModel.embedAll`: embed only",
                                Report.format("%.1f", peerRate))));
        report.target(
                "ingest: 90 % of all cores' time inside the ONNX session",
                session >= 0.9, "%s; %.1f passages/s, embedding alone %.1f", share(session), rate, embedRate);
    }

    private static void profile(Run run, Map<String, Double> stages, Report report) {
        double available = run.wall * Machine.cores();
        List<List<String>> table = new ArrayList<>();
        table.add(List.of("**`session.run`, on the clock**", share(run.session / available)));
        double java = stages.values().stream().mapToDouble(Double::doubleValue).sum();
        stages.entrySet().stream()
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .forEach(s -> table.add(List.of(s.getKey(), share(s.getValue() / available))));
        if (CpuProfile.isAvailable()) {
            table.add(List.of("compiler, collector and recorder", share(Math.max(0, run.cpu - java) / available)));
        }
        table.add(List.of("nothing, or taken by other processes", share(Math.max(0, 1 - run.cpu / available))));
        report.paragraph(
                "Where the time of the %d cores goes, in one more round with CPU-time samples of the flight recorder, which costs some of it:",
                Machine.cores());
        report.table(List.of("", "of wall × cores"), table);
        if (CpuProfile.isAvailable()) {
            report.paragraph(
                    "Of the CPU time that the process got, whatever else the machine did, %s went into the session.",
                    share(stages.getOrDefault(SESSION, 0.0) / run.cpu));
        }
    }

    private static double median(DoubleStream values) {
        double[] sorted = values.sorted().toArray();
        return sorted[sorted.length / 2];
    }

    private static String share(double x) {
        return Report.format("%.1f %%", 100 * x);
    }
}
