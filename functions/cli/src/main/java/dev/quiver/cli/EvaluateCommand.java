package dev.quiver.cli;

import dev.quiver.embeddings.adapters.PairFile;
import dev.quiver.embeddings.evaluation.Comparison;
import dev.quiver.embeddings.evaluation.Comparison.Verdict;
import dev.quiver.embeddings.evaluation.Evaluation;
import dev.quiver.embeddings.evaluation.Interval;
import dev.quiver.embeddings.evaluation.Judgements;
import dev.quiver.embeddings.evaluation.Measure;
import dev.quiver.embeddings.evaluation.Run;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.index.Collection;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** How well a model finds what is relevant, and whether it is better than another: on pairs that it did not learn from. */
@Command(
        name = "evaluate",
        description =
                "How well a model finds what is relevant: nDCG@10, recall@100 and MRR@10 with 95 %% intervals, and whether it is better than another. Ends with 3 if it is not shown to be.",
        mixinStandardHelpOptions = true)
final class EvaluateCommand implements Callable<Integer> {
    private static final int DEPTH = 100;
    private static final int BATCH = 500;
    private static final int NOT_BETTER = 3;

    private static final Map<String, Measure> MEASURES = measures();

    @Parameters(
            paramLabel = "PAIRS",
            description =
                    "A line each: query, document and, at will, a weight (0: not relevant), between tabs. Of queries that the model did not learn from.")
    private Path pairs;

    @Option(names = "--model", paramLabel = "NAME", required = true, description = "The model to evaluate.")
    private String model;

    @Option(
            names = "--against",
            paramLabel = "NAME",
            description = "Another one to compare it with (default: of an adapter its base, else none).")
    private String against;

    @Option(
            names = "--documents",
            paramLabel = "FILE",
            description = "More documents to search in, a line each: what nobody asked for makes it harder, and truer.")
    private Path documents;

    private static Map<String, Measure> measures() {
        Map<String, Measure> measures = new LinkedHashMap<>();
        measures.put("nDCG@10", Measure.ndcg(10));
        measures.put("recall@100", Measure.recall(100));
        measures.put("MRR@10", Measure.reciprocalRank(10));
        return measures;
    }

    @Override
    public Integer call() throws IOException {
        PairFile file = PairFile.read(pairs);
        Set<String> searched = new LinkedHashSet<>();
        file.pairs().forEach(p -> searched.add(p.document()));
        if (documents != null) {
            try (Stream<String> lines = Files.lines(documents)) {
                lines.map(String::strip).filter(l -> !l.isEmpty()).forEach(searched::add);
            }
        }
        List<String> texts = List.copyOf(searched);
        Judgements judgements = judgements(file);
        try (Quiver quiver = Main.open()) {
            TextEmbedder after = quiver.models().get(model, "");
            Optional<TextEmbedder> before =
                    against == null ? after.base() : Optional.of(quiver.models().get(against, ""));
            Run found = search(after, judgements, texts);
            Optional<Run> foundBefore = before.map(b -> search(b, judgements, texts));
            System.out.printf(
                    "%,d queries, %,d documents%n", judgements.grades().size(), texts.size());
            Comparison decides = null;
            for (var m : MEASURES.entrySet()) {
                Evaluation with = Evaluation.of(judgements, found, m.getValue());
                if (foundBefore.isEmpty()) {
                    System.out.printf("%-11s %s%n", m.getKey(), plain(with.mean()));
                } else {
                    Comparison c = Comparison.of(Evaluation.of(judgements, foundBefore.get(), m.getValue()), with);
                    decides = decides == null ? c : decides;
                    System.out.printf(
                            "%-11s %.3f -> %.3f, gain %s%n",
                            m.getKey(), c.before().mean(), c.after().mean(), signed(c.gain()));
                }
            }
            if (decides == null) {
                return 0;
            }
            System.out.printf(
                    "%s instead of %s, by nDCG@10: %s%n",
                    after.model(), before.orElseThrow().model(), decides.advice());
            return decides.verdict() == Verdict.RECOMMENDED ? 0 : NOT_BETTER;
        }
    }

    private static String plain(Interval i) {
        return String.format(Locale.ROOT, "%.3f (%.3f to %.3f)", i.mean(), i.low(), i.high());
    }

    private static String signed(Interval i) {
        return String.format(Locale.ROOT, "%+.3f (%+.3f to %+.3f)", i.mean(), i.low(), i.high());
    }

    /** Each pair with a weight above 0 is relevant, however often it was clicked. */
    private static Judgements judgements(PairFile file) {
        Map<String, Map<String, Integer>> grades = new LinkedHashMap<>();
        file.pairs().forEach(p -> grades.computeIfAbsent(p.query(), _ -> new LinkedHashMap<>())
                .merge(p.document(), p.weight() > 0 ? 1 : 0, Math::max));
        grades.values().removeIf(g -> g.values().stream().noneMatch(v -> v > 0));
        return new Judgements(grades);
    }

    /** Documents go by their numbers: texts are no ids. */
    private static Run search(TextEmbedder model, Judgements judgements, List<String> texts) {
        Texts vectors = new Texts(model);
        List<String> queries = List.copyOf(judgements.grades().keySet());
        List<float[]> asked = vectors.queries(queries);
        List<float[]> kept = vectors.documents(texts);
        // Nothing is folded, so every search is exact.
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection collection = database.create("documents", new Schema(model.dimension(), Metric.COSINE, null));
            for (int at = 0; at < texts.size(); at += BATCH) {
                Batch.Builder batch = Batch.builder();
                for (int i = at; i < Math.min(texts.size(), at + BATCH); i++) {
                    batch.upsert(new Record(String.valueOf(i), kept.get(i), null, Map.of()));
                }
                collection.apply(batch.build());
            }
            Map<String, List<String>> rankings = IntStream.range(0, queries.size())
                    .boxed()
                    .collect(Collectors.toMap(
                            queries::get, q -> collection.search(SearchRequest.of(asked.get(q), DEPTH)).hits().stream()
                                    .map(h -> texts.get(
                                            Integer.parseInt(h.record().id())))
                                    .toList()));
            return new Run(rankings);
        }
    }
}
