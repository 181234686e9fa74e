package dev.quiver.examples;

import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What else to read? Keeps the texts of a folder, one a {@code .txt}, in a collection of files, and names those that are most like one of them; without a name, all pairs that are nearly the same. A second run embeds only what is new.
 *
 * <pre>
 * SimilarArticles articles data wings.txt
 * SimilarArticles articles data
 * </pre>
 */
public final class SimilarArticles implements AutoCloseable {
    private static final int SHOWN = 5;
    /** Look at your own texts before you go by it. */
    private static final float NEARLY_THE_SAME = 0.95f;

    private static final int AT_ONCE = 100;

    private final Database database;
    private final Collection collection;
    private final TextEmbedder embedder;

    SimilarArticles(Path data, TextEmbedder embedder) throws IOException {
        this.embedder = embedder;
        this.database = new Database(new FileStore(data), Settings.defaults());
        this.collection = database.exists("articles")
                ? database.collection("articles")
                : database.create("articles", new Schema(embedder.dimension(), Metric.COSINE, embedder.model()));
    }

    /** An article that is like another. */
    record Similar(String article, String other, float similarity) {}

    public static void main(String[] args) throws IOException {
        if (args.length < 2 || args.length > 3) {
            System.err.println("usage: SimilarArticles FOLDER-OF-TEXTS FOLDER-OF-THE-COLLECTION [TEXT.txt]");
            System.exit(2);
        }
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(
                        OnnxTextEmbedder.ALL_MINILM_L6_V2, Runtime.getRuntime().availableProcessors());
                SimilarArticles articles = new SimilarArticles(Path.of(args[1]), embedder)) {
            System.err.printf("%,d new texts%n", articles.add(Path.of(args[0])));
            List<Similar> found = args.length == 3 ? articles.similar(args[2]) : articles.nearlyTheSame();
            for (Similar s : found) {
                System.out.printf(Locale.ROOT, "%.3f  %s  %s%n", s.similarity, s.article, s.other);
            }
        }
    }

    /** @return how many were not known */
    int add(Path folder) throws IOException {
        List<Path> fresh = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                String id = file.getFileName().toString();
                if (collection.fetch(List.of(id), Consistency.STRONG).records().isEmpty()) {
                    fresh.add(file);
                }
            }
        }
        for (int at = 0; at < fresh.size(); at += AT_ONCE) {
            List<Path> some = fresh.subList(at, Math.min(fresh.size(), at + AT_ONCE));
            List<String> texts = new ArrayList<>();
            for (Path file : some) {
                texts.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            List<float[]> vectors = embedder.embed(texts, Purpose.DOCUMENT).vectors();
            Batch.Builder batch = Batch.builder();
            for (int i = 0; i < some.size(); i++) {
                String id = some.get(i).getFileName().toString();
                batch.upsert(new Record(id, vectors.get(i), texts.get(i), Map.of()));
            }
            collection.apply(batch.build());
            collection.maintain();
        }
        return fresh.size();
    }

    /** Best first, without the article itself. */
    List<Similar> similar(String article) {
        List<Record> found =
                collection.fetch(List.of(article), Consistency.STRONG).records();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("There is no article '" + article + "'. Name a .txt of the folder.");
        }
        return collection.search(SearchRequest.of(found.getFirst().vector(), SHOWN + 1)).hits().stream()
                .filter(h -> !h.record().id().equals(article))
                .map(h -> new Similar(article, h.record().id(), h.score()))
                .limit(SHOWN)
                .toList();
    }

    /** Each pair once. */
    List<Similar> nearlyTheSame() {
        return collection.list("", "", Integer.MAX_VALUE, Consistency.STRONG).records().stream()
                .flatMap(r -> similar(r.id()).stream())
                .filter(s -> s.similarity >= NEARLY_THE_SAME && s.article.compareTo(s.other) < 0)
                .toList();
    }

    @Override
    public void close() {
        database.close();
    }
}
