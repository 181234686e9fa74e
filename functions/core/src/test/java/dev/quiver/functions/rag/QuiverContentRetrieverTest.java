package dev.quiver.functions.rag;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.rag.AugmentationRequest;
import dev.langchain4j.rag.AugmentationResult;
import dev.langchain4j.rag.DefaultRetrievalAugmentor;
import dev.langchain4j.rag.content.Content;
import dev.langchain4j.rag.content.ContentMetadata;
import dev.langchain4j.rag.content.retriever.ContentRetriever;
import dev.langchain4j.rag.query.Metadata;
import dev.langchain4j.rag.query.Query;
import dev.quiver.functions.Fixtures;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.index.Collection;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.vector.Metric;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds down that LangChain4j can use a collection as it uses any content retriever, and what counts as relevant under each metric. */
class QuiverContentRetrieverTest {
    private final Database database = new Database(new MemoryStore(), Settings.defaults());

    @AfterEach
    void close() {
        database.close();
    }

    private Collection collection(Metric metric, Map<String, Object> attributes) {
        Collection collection = database.create("docs", new Schema(384, metric, "all-minilm-l6-v2"));
        List<String> texts = List.of(
                "To roll back a deployment, run deploy --to previous.",
                "The blue whale is the largest animal that has ever lived.");
        List<float[]> vectors =
                Fixtures.minilm().embed(texts, TextEmbedder.Purpose.DOCUMENT).vectors();
        collection.apply(Batch.builder()
                .upsert(new Record("a", vectors.get(0), texts.get(0), attributes))
                .upsert(new Record("b", vectors.get(1), texts.get(1), Map.of()))
                .upsert(new Record("without-text", vectors.get(0), null, Map.of()))
                .upsert(new Record("blank", vectors.get(0), "  ", Map.of()))
                .build());
        return collection;
    }

    private static ContentRetriever retriever(Collection collection, Filter filter) {
        return new QuiverContentRetriever(collection, Fixtures.minilm(), 5, filter);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void whatIsRelevantIsFoundUnderEveryMetric(Metric metric) {
        List<Content> found = retriever(collection(metric, Map.of("source", "a.md")), new Filter.All())
                .retrieve(Query.from("how do I roll back?"));
        assertThat(found).hasSize(1);
        assertThat(found.getFirst().textSegment().text()).startsWith("To roll back");
        assertThat(found.getFirst().metadata()).containsEntry(ContentMetadata.EMBEDDING_ID, "a");
        assertThat((double) found.getFirst().metadata().get(ContentMetadata.SCORE))
                .isBetween(0.4, 1.0);
    }

    @Test
    void attributesComeAlongInTypesThatLangChain4jKeeps() {
        Collection collection = collection(
                Metric.COSINE,
                Map.of(
                        "source",
                        "a.md",
                        "page",
                        7L,
                        "weight",
                        0.5,
                        "draft",
                        true,
                        "tags",
                        List.of("x", "y"),
                        " ",
                        "blank name"));
        var metadata = retriever(collection, new Filter.All())
                .retrieve(Query.from("how do I roll back?"))
                .getFirst()
                .textSegment()
                .metadata();
        assertThat(metadata.getString("source")).isEqualTo("a.md");
        assertThat(metadata.getLong("page")).isEqualTo(7);
        assertThat(metadata.getDouble("weight")).isEqualTo(0.5);
        assertThat(metadata.getString("draft")).isEqualTo("true");
        assertThat(metadata.getString("tags")).isEqualTo("[x, y]");
    }

    @Test
    void theFilterHolds() {
        Collection collection = collection(Metric.COSINE, Map.of("lang", "en"));
        Filter german = new Filter.Compare("lang", Filter.Operator.EQ, "de");
        assertThat(retriever(collection, german).retrieve(Query.from("how do I roll back?")))
                .isEmpty();
    }

    @Test
    void itFeedsARetrievalAugmentor() {
        var augmentor = DefaultRetrievalAugmentor.builder()
                .contentRetriever(retriever(collection(Metric.COSINE, Map.of()), new Filter.All()))
                .build();
        UserMessage question = UserMessage.from("How do I roll back a deployment?");
        AugmentationResult result =
                augmentor.augment(new AugmentationRequest(question, Metadata.from(question, null, List.of())));
        assertThat(result.contents()).hasSize(1);
        assertThat(((UserMessage) result.chatMessage()).singleText()).contains("deploy --to previous");
    }
}
