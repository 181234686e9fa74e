package dev.quiver.examples;

import dev.quiver.embeddings.evaluation.Auroc;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
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
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What is unlike all that was seen? Knows usual texts only, one a {@code .txt} in a folder, and scores others by their mean distance to the nearest of these (Ramaswamy, Rastogi and Shim 2000), as the operation {@code outliers} does.
 * With a folder of unusual ones it tells how well that works: the area under the ROC curve.
 *
 * <pre>FindAnomalies mail/ham mail/spam</pre>
 */
public final class FindAnomalies {
    private static final int NEIGHBOURS = 10;
    private static final int MOST = 2000;

    private FindAnomalies() {}

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: FindAnomalies FOLDER-OF-USUAL-TEXTS FOLDER-OF-UNUSUAL-TEXTS");
            System.exit(2);
        }
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(
                OnnxTextEmbedder.ALL_MINILM_L6_V2, Runtime.getRuntime().availableProcessors())) {
            List<String> usual = read(Path.of(args[0]));
            List<String> unusual = read(Path.of(args[1]));
            System.out.printf(
                    Locale.ROOT,
                    "%,d usual, %,d unusual texts; AUROC %.3f%n",
                    usual.size(),
                    unusual.size(),
                    area(usual, unusual, embedder));
        }
    }

    /** Bodies of mails: of an unusual sender nothing is to be learned from the head. */
    static List<String> read(Path folder) throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file :
                    files.filter(f -> f.toString().endsWith(".txt")).sorted().toList()) {
                String mail =
                        Files.readString(file, StandardCharsets.ISO_8859_1).replace("\r", "");
                int body = mail.indexOf("\n\n");
                String text = (body < 0 ? mail : mail.substring(body))
                        .replaceAll("<[^>]*>", " ")
                        .replaceAll("\\s+", " ")
                        .strip();
                if (!text.isEmpty()) {
                    texts.add(text);
                }
            }
        }
        Collections.shuffle(texts, new Random(1));
        if (texts.size() < 4) {
            throw new IllegalArgumentException(folder + " has " + texts.size()
                    + " texts (.txt); at least 4 are wanted, to know three and to ask for one.");
        }
        return texts.subList(0, Math.min(MOST, texts.size()));
    }

    /** Three quarters of the usual texts are known; the others are to be less unusual than the unusual ones. */
    static double area(List<String> usual, List<String> unusual, TextEmbedder embedder) {
        int known = usual.size() * 3 / 4;
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection collection =
                    database.create("usual", new Schema(embedder.dimension(), Metric.COSINE, embedder.model()));
            List<float[]> vectors = vectors(usual.subList(0, known), embedder);
            Batch.Builder batch = Batch.builder();
            for (int i = 0; i < vectors.size(); i++) {
                batch.upsert(new Record(Integer.toString(i), vectors.get(i), null, Map.of()));
            }
            collection.apply(batch.build());
            return Auroc.of(
                    scores(vectors(unusual, embedder), collection),
                    scores(vectors(usual.subList(known, usual.size()), embedder), collection));
        }
    }

    /** What the window of the model does not hold is of no use to it, and long mails would only take long. */
    private static List<float[]> vectors(List<String> texts, TextEmbedder embedder) {
        List<String> begun = texts.stream()
                .map(t -> t.substring(0, Math.min(1000, t.length())))
                .toList();
        return embedder.embed(begun, Purpose.DOCUMENT).vectors();
    }

    private static double[] scores(List<float[]> vectors, Collection collection) {
        return vectors.stream()
                .mapToDouble(v -> collection.search(SearchRequest.of(v, NEIGHBOURS)).hits().stream()
                        .mapToDouble(h -> -h.score())
                        .average()
                        .orElseThrow())
                .toArray();
    }
}
