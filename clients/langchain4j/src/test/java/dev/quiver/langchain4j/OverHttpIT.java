package dev.quiver.langchain4j;

import static dev.langchain4j.store.embedding.filter.MetadataFilterBuilder.metadataKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Query;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.quiver.client.CreateCollectionRequest;
import dev.quiver.client.CreateSettings;
import dev.quiver.client.Metric;
import dev.quiver.client.QuiverClient;
import dev.quiver.client.QuiverException;
import dev.quiver.client.UpsertRecord;
import dev.quiver.client.UpsertRequest;
import dev.quiver.testing.Snippets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What LangChain4j's suites do not ask of a store over HTTP, and the content retriever, against the packaged server. */
class OverHttpIT {
    private static final Path SOURCE = Path.of("src/test/java/dev/quiver/langchain4j/OverHttpIT.java");
    private static final Path PAGE = Path.of("../../docs/langchain4j.md");

    @RegisterExtension
    private static final PackagedServer SERVER = new PackagedServer();

    private static String notes() {
        String name = PackagedServer.newCollection();
        SERVER.client()
                .upsert(UpsertRequest.of(
                                name,
                                List.of(
                                        UpsertRecord.ofText("1", "To roll back a deployment, run deploy --to previous.")
                                                .withAttributes(Map.of("year", 2026, "team", "blue")),
                                        UpsertRecord.ofText("2", "The canteen opens at noon.")
                                                .withAttributes(Map.of("year", 2024, "team", "red"))))
                        .creating(CreateSettings.defaults()));
        return name;
    }

    @Test
    void theServerEmbedsWhatIsAsked() {
        QuiverClient client = SERVER.client();
        String collection = notes();
        // begin retriever
        ContentRetriever retriever = QuiverContentRetriever.builder(client, collection)
                .maxResults(3)
                .minScore(0.6)
                .filter(metadataKey("year").isGreaterThan(2020))
                .build();
        List<Content> contents = retriever.retrieve(Query.from("how do I undo a deployment?"));
        // end retriever
        assertThat(contents).hasSize(1);
        assertThat(contents.getFirst().textSegment().text()).contains("deploy --to previous");
        assertThat(contents.getFirst().textSegment().metadata().getInteger("year"))
                .isEqualTo(2026);
        assertThat(contents.getFirst().metadata()).containsEntry(ContentMetadata.EMBEDDING_ID, "1");
        assertThat((Double) contents.getFirst().metadata().get(ContentMetadata.SCORE))
                .isBetween(0.6, 1.0);
        assertThat(Snippets.page(PAGE)).contains(Snippets.region(SOURCE, "retriever"));
    }

    @Test
    void theFilterMayFollowFromTheQuery() {
        QuiverContentRetriever retriever = QuiverContentRetriever.builder(SERVER.client(), notes())
                .dynamicFilter(query ->
                        query.text().startsWith("red:") ? metadataKey("team").isEqualTo("red") : null)
                .build();
        assertThat(retriever.retrieve(Query.from("red: deployment")))
                .extracting(c -> c.metadata().get(ContentMetadata.EMBEDDING_ID))
                .containsExactly("2");
        assertThat(retriever.retrieve(Query.from("deployment"))).hasSize(2);
    }

    @Test
    void aStoreThatIsThereAsThePageShows() {
        QuiverClient client = SERVER.client();
        String collection = notes();
        // begin http
        QuiverEmbeddingStore store = QuiverEmbeddingStore.http(client, collection);
        store.removeAll(metadataKey("year").isLessThan(2025));
        // end http
        assertThat(client.describeCollection(collection).records()).isEqualTo(1);
        store.removeAll();
        assertThat(client.describeCollection(collection).records()).isZero();
        assertThat(Snippets.page(PAGE)).contains(Snippets.region(SOURCE, "http"));
    }

    @Test
    void whatIsTooLargeForOneRequestGoesInSeveral() {
        int dimension = 1536;
        int many = 1500;
        String name = PackagedServer.newCollection();
        QuiverEmbeddingStore store = QuiverEmbeddingStore.http(SERVER.client(), name, dimension);
        Random random = new Random(1);
        List<String> ids = new ArrayList<>();
        List<Embedding> embeddings = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            float[] vector = new float[dimension];
            for (int k = 0; k < dimension; k++) {
                vector[k] = (float) random.nextGaussian() * 1e-5f;
            }
            ids.add("r" + i);
            embeddings.add(Embedding.from(vector));
        }
        store.addAll(ids, embeddings, null);
        assertThat(SERVER.client().describeCollection(name).records()).isEqualTo(many);
        assertThat(SERVER.client().describeCollection(name).sequence()).isGreaterThan(4);
        store.removeAll(ids.subList(0, many - 1));
        assertThat(SERVER.client().describeCollection(name).records()).isEqualTo(1);
    }

    @Test
    void deepFiltersAreTaken() {
        QuiverEmbeddingStore store = QuiverEmbeddingStore.http(SERVER.client(), PackagedServer.newCollection(), 2);
        store.add(Embedding.from(new float[] {1, 0}), TextSegment.from("x"));
        Filter filter = metadataKey("n").isNotEqualTo(0);
        for (int i = 1; i < 200; i++) {
            filter = Filter.and(filter, metadataKey("n").isNotEqualTo(i));
        }
        assertThat(store.search(EmbeddingSearchRequest.builder()
                                .queryEmbedding(Embedding.from(new float[] {1, 0}))
                                .filter(filter)
                                .build())
                        .matches())
                .hasSize(1);
    }

    @Test
    void aCollectionThatDoesNotFitIsRefused() {
        QuiverClient client = SERVER.client();
        String name = PackagedServer.newCollection();
        client.createCollection(CreateCollectionRequest.ofVectors(name, 2).withMetric(Metric.DOT));
        assertThatIllegalArgumentException().isThrownBy(() -> QuiverEmbeddingStore.http(client, name, 2));
        QuiverEmbeddingStore late = QuiverEmbeddingStore.http(client, name);
        EmbeddingSearchRequest request = EmbeddingSearchRequest.builder()
                .queryEmbedding(Embedding.from(new float[] {1, 0}))
                .build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> late.search(request))
                .withMessageContaining("compares by dot");
        assertThat(catchThrowableOfType(QuiverException.class, () -> QuiverEmbeddingStore.http(client, "nowhere")
                                .search(request))
                        .is("collection-not-found"))
                .isTrue();
        String other = PackagedServer.newCollection();
        QuiverEmbeddingStore.http(client, other, 2);
        assertThatIllegalArgumentException().isThrownBy(() -> QuiverEmbeddingStore.http(client, other, 3));
    }
}
