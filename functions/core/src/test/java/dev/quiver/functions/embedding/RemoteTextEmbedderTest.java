package dev.quiver.functions.embedding;

import static dev.quiver.functions.Fixtures.config;
import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quiver.functions.embedding.TextEmbedder.Embedded;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.functions.embedding.TextEmbedder.Truncation;
import dev.quiver.functions.problem.Problem;
import dev.quiver.testing.ScriptedProvider;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Holds down what is asked of a model at a provider and what is made of its answers, against a provider that the test plays: prefixes, batches, the window, and
 * every way in which an answer can be none.
 */
class RemoteTextEmbedderTest {
    private ScriptedProvider provider;

    @BeforeEach
    void start() {
        provider = ScriptedProvider.start();
        // A text's length is its vector, so an answer shows which text it is for.
        provider.embedsBy(
                texts -> texts.stream().map(t -> new float[] {t.length(), 1, 0}).toList());
    }

    @AfterEach
    void stop() {
        provider.close();
    }

    private TextEmbedder model(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "quiver.embedding.models.far.provider", "openai",
                "quiver.embedding.models.far.model-name", "text-embedding-far",
                "quiver.embedding.models.far.base-url", provider.baseUrl(),
                "quiver.embedding.models.far.dimension", "3"));
        all.addAll(List.of(settings));
        return new EmbeddingModels(config(all.toArray(String[]::new))).get("far", "/model");
    }

    private List<String> sent() {
        List<String> texts = new ArrayList<>();
        provider.calls().forEach(c -> c.body().path("input").forEach(t -> texts.add(t.asText())));
        return texts;
    }

    @Test
    void itIsKnownByItsNameHereAndAskedForByItsNameThere() {
        TextEmbedder model = model();
        Embedded embedded = model.embed(List.of("a", "bcd"), Purpose.DOCUMENT);
        assertThat(model.model()).isEqualTo("far");
        assertThat(model.dimension()).isEqualTo(3);
        assertThat(embedded.vectors()).containsExactly(new float[] {1, 1, 0}, new float[] {3, 1, 0});
        assertThat(embedded.truncations()).isEmpty();
        assertThat(provider.lastCall().body().path("model").asText()).isEqualTo("text-embedding-far");
    }

    @Test
    void queriesAndDocumentsGetTheirPrefixes() {
        TextEmbedder model = model(
                "quiver.embedding.models.far.query-prefix", "query: ",
                "quiver.embedding.models.far.document-prefix", "passage: ");
        model.embed(List.of("how?"), Purpose.QUERY);
        model.embed(List.of("so."), Purpose.DOCUMENT);
        assertThat(sent()).containsExactly("query: how?", "passage: so.");
    }

    @Test
    void manyTextsGoInSeveralRequestsAndComeBackInOrder() {
        List<String> texts = IntStream.rangeClosed(1, 150).mapToObj("x"::repeat).toList();
        Embedded embedded = model().embed(texts, Purpose.DOCUMENT);
        assertThat(embedded.tokens())
                .as("as the provider has counted them, request by request")
                .hasValue(3 * ScriptedProvider.INPUT_TOKENS);
        assertThat(embedded.vectors()).hasSize(150);
        for (int i = 0; i < 150; i++) {
            assertThat(embedded.vectors().get(i)[0]).isEqualTo(i + 1f);
        }
        assertThat(provider.calls()).hasSize(3);
    }

    @Test
    void aTextLongerThanTheWindowIsCutAndReported() {
        TextEmbedder model = model("quiver.embedding.models.far.window", "16");
        String text = "word ".repeat(40).strip();
        Embedded embedded = model.embed(List.of("short", text), Purpose.DOCUMENT);
        assertThat(embedded.truncations()).containsExactly(new Truncation(1, model.countTokens(text), 16));
        String cut = sent().get(1);
        assertThat(text).startsWith(cut);
        assertThat(model.countTokens(cut)).isEqualTo(16);
    }

    @Test
    void aWindowLargerThanThatOfTheTokenizersOwnModelIsCountedRight() {
        TextEmbedder model = model("quiver.embedding.models.far.window", "1000");
        Embedded embedded = model.embed(List.of("word ".repeat(990), "word ".repeat(1100)), Purpose.DOCUMENT);
        assertThat(embedded.truncations()).hasSize(1);
        Truncation cut = embedded.truncations().getFirst();
        assertThat(cut.index()).isEqualTo(1);
        assertThat(cut.tokens()).isBetween(1100, 1102);
        assertThat(cut.used()).isEqualTo(1000);
    }

    @Test
    void thePrefixIsNeverWhatIsCut() {
        TextEmbedder model = model(
                "quiver.embedding.models.far.window", "16", "quiver.embedding.models.far.document-prefix", "passage: ");
        Embedded embedded = model.embed(List.of("word ".repeat(40)), Purpose.DOCUMENT);
        assertThat(sent().getFirst()).startsWith("passage: word word");
        assertThat(embedded.truncations()).hasSize(1);
    }

    @Test
    void aCutDoesNotTearACharacterApart() {
        TextEmbedder model = model("quiver.embedding.models.far.window", "16");
        for (int before = 0; before < 3; before++) {
            model.embed(List.of("x".repeat(before) + "😀".repeat(2000)), Purpose.DOCUMENT);
        }
        assertThat(sent()).hasSize(3).allSatisfy(t -> assertThat(t).doesNotContain("?", "\uFFFD"));
    }

    @Test
    void withoutAWindowTextsGoAsTheyAre() {
        String text = "word ".repeat(5000);
        Embedded embedded = model().embed(List.of(text), Purpose.DOCUMENT);
        assertThat(sent()).containsExactly(text);
        assertThat(embedded.truncations()).isEmpty();
    }

    @Test
    void anotherDimensionThanConfiguredIsRefusedWithBoth() {
        provider.embedsBy(texts -> texts.stream().map(_ -> new float[5]).toList());
        Problem p = problemOf(() -> model().embed(List.of("a"), Purpose.DOCUMENT));
        assertThat(p.type()).isEqualTo("urn:quiver:problem:model-mismatch");
        assertThat(p.detail()).contains("'far'", "3 dimensions", "with 5", "dimension=5");
    }

    @Test
    void aProviderThatFailsIsA502ThatNamesModelAndReason() {
        provider.failsToEmbedWith(400, "your quota is used up");
        Problem p = problemOf(() -> model().embed(List.of("a"), Purpose.DOCUMENT));
        assertThat(p.status()).isEqualTo(502);
        assertThat(p.type()).isEqualTo("urn:quiver:problem:model-failed");
        assertThat(p.detail()).contains("'far'", "'openai'", "your quota is used up");
    }

    @Test
    void aProviderThatIsNotThereIsA502() {
        TextEmbedder model = model();
        provider.close();
        assertThat(problemOf(() -> model.embed(List.of("a"), Purpose.DOCUMENT)).status())
                .isEqualTo(502);
    }

    @Test
    void aProviderThatAnswersWithTooFewVectorsIsA502() {
        provider.embedsBy(texts -> List.of(new float[3]));
        Problem p = problemOf(() -> model().embed(List.of("a", "b"), Purpose.DOCUMENT));
        assertThat(p.status()).isEqualTo(502);
        assertThat(p.detail()).contains("1 vectors for 2 texts");
    }

    @Test
    void anUnknownProviderIsRefusedBeforeTheFirstUse() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> model("quiver.embedding.models.far.provider", "clippy"))
                .withMessageContaining("\"far\"")
                .withMessageContaining("'clippy'")
                .withMessageContaining("openai, ollama, bedrock");
    }

    @Test
    void theNameOfABuiltInModelIsTaken() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingModels(config(
                        "quiver.embedding.models.\"all-minilm-l6-v2\".provider", "openai",
                        "quiver.embedding.models.\"all-minilm-l6-v2\".model-name", "x",
                        "quiver.embedding.models.\"all-minilm-l6-v2\".dimension", "3")))
                .withMessageContaining("all-minilm-l6-v2");
    }

    @Test
    void theDefaultModelMustExist() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EmbeddingModels(config("quiver.embedding.model", "gone")))
                .withMessageContaining("'gone'")
                .withMessageContaining("bge-small-en-v1.5");
    }

    @Test
    void aModelThatIsNotThereIsA404ThatListsThoseThatAre() {
        try (EmbeddingModels models = new EmbeddingModels(config())) {
            assertThat(models.get(null, "/model").model()).isEqualTo("all-minilm-l6-v2");
            Problem p = problemOf(() -> models.get("gpt-9", "/model"));
            assertThat(p.status()).isEqualTo(404);
            assertThat(p.type()).isEqualTo("urn:quiver:problem:model-not-found");
            assertThat(p.detail()).contains("'gpt-9'", "all-minilm-l6-v2", "bge-small-en-v1.5");
        }
    }
}
