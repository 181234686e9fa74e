package dev.quiver.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.filter.MetadataFilterBuilder;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.vector.Metric;
import dev.quiver.testing.Snippets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What LangChain4j's suites do not ask of a store in this process: that it is durable, whole, and told rightly where it cannot be. */
class QuiverEmbeddingStoreTest {
    private static final Path SOURCE = Path.of("src/test/java/dev/quiver/langchain4j/QuiverEmbeddingStoreTest.java");
    private static final Path PAGE = Path.of("../../docs/langchain4j.md");

    @TempDir
    private Path folder;

    private static List<EmbeddingMatch<TextSegment>> nearest(QuiverEmbeddingStore store, int number, float... vector) {
        return nearest(store, number, 0, vector);
    }

    private static List<EmbeddingMatch<TextSegment>> nearest(
            QuiverEmbeddingStore store, int number, double minScore, float... vector) {
        return store.search(EmbeddingSearchRequest.builder()
                        .queryEmbedding(Embedding.from(vector))
                        .maxResults(number)
                        .minScore(minScore)
                        .build())
                .matches();
    }

    @Test
    void whatThePageShows() {
        EmbeddingModel model = RememberingModel.INSTANCE;
        // begin embedded
        try (QuiverEmbeddingStore store = QuiverEmbeddingStore.inFolder(folder, "notes", model.dimension())) {
            TextSegment segment = TextSegment.from(
                    "Roll back with `deploy --to previous`.",
                    Metadata.from(Map.of("year", 2026, "source", "deploy.md")));
            store.add(model.embed(segment).content(), segment);

            List<EmbeddingMatch<TextSegment>> matches = store.search(EmbeddingSearchRequest.builder()
                            .queryEmbedding(
                                    model.embed("how do I undo a release?").content())
                            .filter(MetadataFilterBuilder.metadataKey("year").isGreaterThan(2025))
                            .maxResults(3)
                            .build())
                    .matches();
            matches.forEach(
                    m -> System.out.println(m.score() + " " + m.embedded().text()));

            store.removeAll(MetadataFilterBuilder.metadataKey("source").isEqualTo("deploy.md"));
        }
        // end embedded
        try (QuiverEmbeddingStore again = QuiverEmbeddingStore.inFolder(folder, "notes", model.dimension())) {
            assertThat(nearest(again, 1, model.embed("x").content().vector())).isEmpty();
        }
        assertThat(Snippets.page(PAGE)).contains(Snippets.region(SOURCE, "embedded"));
    }

    @Test
    void anotherProcessFindsWhatWasAdded() {
        try (QuiverEmbeddingStore store = QuiverEmbeddingStore.inFolder(folder, "c", 2)) {
            store.add("a", Embedding.from(new float[] {1, 0}));
            store.addAll(
                    List.of("b", "c"),
                    List.of(Embedding.from(new float[] {0, 1}), Embedding.from(new float[] {-1, 0})),
                    java.util.Arrays.asList(TextSegment.from("north"), null));
        }
        try (QuiverEmbeddingStore store = QuiverEmbeddingStore.inFolder(folder, "c", 2)) {
            List<EmbeddingMatch<TextSegment>> all = nearest(store, 10, 1, 0);
            assertThat(all).extracting(EmbeddingMatch::embeddingId).containsExactly("a", "b", "c");
            assertThat(all).extracting(EmbeddingMatch::score).containsExactly(1.0, 0.5, 0.0);
            assertThat(all.get(1).embedded()).isEqualTo(TextSegment.from("north"));
            assertThat(all.get(2).embedded()).isNull();
        }
    }

    @Test
    void theLowestScoreIsExact() {
        try (QuiverEmbeddingStore store = QuiverEmbeddingStore.inFolder(folder, "c", 2)) {
            for (int i = 0; i < 360; i++) {
                double angle = Math.toRadians(i);
                store.add("r" + i, Embedding.from(new float[] {(float) Math.cos(angle), (float) Math.sin(angle)}));
            }
            List<EmbeddingMatch<TextSegment>> all = nearest(store, 1000, 1, 0);
            assertThat(all).hasSize(360);
            for (EmbeddingMatch<TextSegment> match : all) {
                assertThat(nearest(store, 1000, match.score(), 1, 0)).hasSize((int)
                        all.stream().filter(m -> m.score() >= match.score()).count());
            }
            assertThat(all.getFirst().score()).isCloseTo(1, within(1e-7));
        }
    }

    @Test
    void aLogThatHasGrownIsFoldedBehind() {
        MemoryStore memory = new MemoryStore();
        try (Database database = new Database(memory, Settings.defaults().withFoldRows(50))) {
            try (QuiverEmbeddingStore store = QuiverEmbeddingStore.embedded(database, "c", 2)) {
                for (int i = 0; i < 12; i++) {
                    List<Embedding> ten = new ArrayList<>();
                    for (int k = 0; k < 10; k++) {
                        ten.add(Embedding.from(new float[] {i, k + 1}));
                    }
                    store.addAll(ten);
                }
            }
            assertThat(memory.list("c/segments/", ""))
                    .as("closing waits for the compaction")
                    .isNotEmpty();
            assertThat(nearest(QuiverEmbeddingStore.embedded(database, "c", 2), 1000, 1, 1))
                    .hasSize(120);
        }
    }

    @Test
    void aCollectionThatDoesNotFitIsRefused() {
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            database.create("dot", new Schema(2, Metric.DOT, null));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> QuiverEmbeddingStore.embedded(database, "dot", 2))
                    .withMessageContaining("'dot' compares by dot");
            database.create("two", new Schema(2, Metric.COSINE, null));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> QuiverEmbeddingStore.embedded(database, "two", 3))
                    .withMessageContaining("vectors of 2 components, not of 3");
            QuiverEmbeddingStore store = QuiverEmbeddingStore.embedded(database, "two", 2);
            assertThatIllegalArgumentException().isThrownBy(() -> store.withAccuracy(1.1));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> store.add("a", Embedding.from(new float[] {1, 2, 3})));
            assertThatIllegalArgumentException().isThrownBy(() -> store.addAll(List.of("a"), List.of(), List.of()));
            assertThat(nearest(store.withAccuracy(1), 10, 1, 0)).isEmpty();
        }
    }

    @Test
    void whatLangChain4jHasNoTypeForBecomesText() {
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            database.create("c", new Schema(2, Metric.COSINE, null))
                    .apply(Batch.builder()
                            .upsert(new Record(
                                    "a",
                                    new float[] {1, 0},
                                    "text",
                                    Map.of("sunny", true, "tags", List.of("x", "y"), "n", 3, "half", 0.5, " ", "")))
                            .build());
            assertThat(nearest(QuiverEmbeddingStore.embedded(database, "c", 2), 1, 1, 0)
                            .getFirst()
                            .embedded()
                            .metadata()
                            .toMap())
                    .isEqualTo(Map.of("sunny", "true", "tags", "[x, y]", "n", 3L, "half", 0.5));
        }
    }
}
