package dev.quiver.functions.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.embedding.onnx.bgesmallenv15q.BgeSmallEnV15QuantizedEmbeddingModel;
import dev.quiver.functions.embedding.TextEmbedder.Embedded;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import dev.quiver.functions.embedding.TextEmbedder.Truncation;
import dev.quiver.index.vector.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * Holds the models in this process to their reference: the same files run by LangChain4j give the same vectors. What is our own beside that: a text's vector is its
 * own whatever it is embedded together with, and a text that is longer than the window is reported and stands for its start.
 */
class OnnxTextEmbedderTest {
    private static final OnnxTextEmbedder MINILM = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 2);
    private static final OnnxTextEmbedder BGE = new OnnxTextEmbedder(OnnxTextEmbedder.BGE_SMALL_EN_V1_5, 2);

    private static final List<String> TEXTS = List.of(
            "How do I roll back a deployment?",
            "a",
            "The quick brown fox jumps over the lazy dog, then rests; it's 7:30 in the morning — naïve café, 東京, 😀.",
            "UPPER lower MiXeD 12345 foo_bar(baz) == null && x != \"y\"",
            "Transpiration cooling of a hypersonic wing's leading edge reduces the heat transfer to the wall. "
                    .repeat(5));

    @AfterAll
    static void close() {
        MINILM.close();
        BGE.close();
    }

    @Test
    void minilmGivesTheVectorsThatLangChain4jGives() {
        givesTheVectorsOf(new AllMiniLmL6V2QuantizedEmbeddingModel(), MINILM);
    }

    @Test
    void bgeGivesTheVectorsThatLangChain4jGives() {
        givesTheVectorsOf(new BgeSmallEnV15QuantizedEmbeddingModel(), BGE);
    }

    private static void givesTheVectorsOf(EmbeddingModel reference, OnnxTextEmbedder ours) {
        Embedded embedded = ours.embed(TEXTS, Purpose.DOCUMENT);
        assertThat(embedded.truncations()).isEmpty();
        for (int i = 0; i < TEXTS.size(); i++) {
            float[] expected = reference.embed(TEXTS.get(i)).content().vector();
            assertThat(cosine(embedded.vectors().get(i), expected))
                    .as(TEXTS.get(i))
                    .isGreaterThan(0.9999);
        }
    }

    @Test
    void minilmSeesWhatLangChain4jCutsOffAt128Tokens() {
        EmbeddingModel reference = new AllMiniLmL6V2QuantizedEmbeddingModel();
        String text = "word ".repeat(126) + "and then something quite different about submarines";
        assertThat(cosine(
                        reference.embed(text).content().vector(),
                        MINILM.embed(List.of("word ".repeat(126)), Purpose.DOCUMENT)
                                .vectors()
                                .getFirst()))
                .isGreaterThan(0.9999);
        assertThat(cosine(
                        reference.embed(text).content().vector(),
                        MINILM.embed(List.of(text), Purpose.DOCUMENT).vectors().getFirst()))
                .isLessThan(0.99);
    }

    @Test
    void vectorsHaveTheDimensionThatIsSaidAndUnitLength() {
        for (OnnxTextEmbedder model : List.of(MINILM, BGE)) {
            for (float[] v : model.embed(TEXTS, Purpose.DOCUMENT).vectors()) {
                assertThat(v).hasSize(model.dimension());
                assertThat(Vectors.norm(v)).isCloseTo(1, within(1e-5));
            }
        }
    }

    @Test
    void aTextsVectorDoesNotDependOnItsBatch() {
        List<float[]> together = MINILM.embed(TEXTS, Purpose.DOCUMENT).vectors();
        for (int i = 0; i < TEXTS.size(); i++) {
            assertThat(MINILM.embed(List.of(TEXTS.get(i)), Purpose.DOCUMENT)
                            .vectors()
                            .getFirst())
                    .isEqualTo(together.get(i));
        }
        List<String> reversed = TEXTS.reversed();
        assertThat(MINILM.embed(reversed, Purpose.DOCUMENT).vectors().getLast()).isEqualTo(together.getFirst());
    }

    @Test
    void noTextsGiveNoVectors() {
        assertThat(MINILM.embed(List.of(), Purpose.DOCUMENT))
                .isEqualTo(new Embedded(List.of(), List.of(), OptionalLong.of(0)));
    }

    @Test
    void theTokensThatItHasReadAreCounted() {
        assertThat(MINILM.embed(List.of("one", "two words"), Purpose.DOCUMENT).tokens())
                .hasValue(MINILM.countTokens("one") + MINILM.countTokens("two words"));
        assertThat(MINILM.embed(List.of("word ".repeat(300)), Purpose.DOCUMENT).tokens())
                .as("and no more than that")
                .hasValue(256);
    }

    @Test
    void aTextThatFillsTheWindowIsSeenWhole() {
        String full = "word ".repeat(254).strip();
        assertThat(MINILM.countTokens(full)).isEqualTo(256);
        Embedded embedded = MINILM.embed(List.of(full), Purpose.DOCUMENT);
        assertThat(embedded.truncations()).isEmpty();
        assertThat(embedded.vectors().getFirst())
                .isNotEqualTo(MINILM.embed(List.of("word ".repeat(253).strip()), Purpose.DOCUMENT)
                        .vectors()
                        .getFirst());
    }

    @Test
    void aTextLongerThanTheWindowIsReportedAndStandsForItsStart() {
        String start = "word ".repeat(254).strip();
        String whole = start + " and then something quite different about submarines";
        int tokens = MINILM.countTokens(whole);
        Embedded embedded = MINILM.embed(List.of("short", whole, "short"), Purpose.DOCUMENT);
        assertThat(embedded.truncations()).containsExactly(new Truncation(1, tokens, 256));
        assertThat(tokens).isEqualTo(256 + 7);
        assertThat(embedded.vectors().get(1))
                .isEqualTo(
                        MINILM.embed(List.of(start), Purpose.DOCUMENT).vectors().getFirst());
    }

    @Test
    void theWindowsAreThoseOfTheTraining() {
        assertThat(MINILM.window()).hasValue(256);
        assertThat(BGE.window()).hasValue(512);
        assertThat(BGE.embed(List.of("word ".repeat(510).strip()), Purpose.DOCUMENT)
                        .truncations())
                .isEmpty();
        assertThat(BGE.embed(List.of("word ".repeat(511).strip()), Purpose.DOCUMENT)
                        .truncations())
                .containsExactly(new Truncation(0, 513, 512));
    }

    @Test
    void bgeMarksAQueryAsItWasTrainedTo() {
        String question = "How do I roll back?";
        assertThat(BGE.embed(List.of(question), Purpose.QUERY).vectors().getFirst())
                .isEqualTo(BGE.embed(
                                List.of("Represent this sentence for searching relevant passages: " + question),
                                Purpose.DOCUMENT)
                        .vectors()
                        .getFirst());
        assertThat(MINILM.embed(List.of(question), Purpose.QUERY).vectors().getFirst())
                .isEqualTo(MINILM.embed(List.of(question), Purpose.DOCUMENT)
                        .vectors()
                        .getFirst());
    }

    @Test
    void aParaphraseIsNearerThanSomethingElse() {
        for (OnnxTextEmbedder model : List.of(MINILM, BGE)) {
            List<float[]> v = model.embed(
                            List.of(
                                    "How do I undo a release?",
                                    "Return to the previous version of the software after a failed deployment.",
                                    "The blue whale is the largest animal that has ever lived."),
                            Purpose.DOCUMENT)
                    .vectors();
            assertThat(cosine(v.get(0), v.get(1))).as(model.model()).isGreaterThan(cosine(v.get(0), v.get(2)) + 0.1);
        }
    }

    @Test
    void whatIsAboutTheSameThingIsAboveTheRelevanceLimitAndWhatIsNotIsBelow() {
        for (OnnxTextEmbedder model : List.of(MINILM, BGE)) {
            float[] question = model.embed(List.of("How do I roll back a deployment?"), Purpose.QUERY)
                    .vectors()
                    .getFirst();
            List<float[]> passages = model.embed(
                            List.of(
                                    "To roll back, run deploy --to previous. The old version is live within a minute.",
                                    "Slice the onions and fry them gently in butter until they are golden."),
                            Purpose.DOCUMENT)
                    .vectors();
            assertThat(cosine(question, passages.get(0))).as(model.model()).isGreaterThan(model.relevance());
            assertThat(cosine(question, passages.get(1))).as(model.model()).isLessThan(model.relevance());
        }
    }

    @Test
    void manyThreadsGetWhatOneThreadGets() throws Exception {
        List<float[]> expected = MINILM.embed(TEXTS, Purpose.DOCUMENT).vectors();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Future<List<float[]>>> running = new ArrayList<>();
            for (int t = 0; t < 24; t++) {
                int from = t % TEXTS.size();
                running.add(threads.submit(() -> MINILM.embed(TEXTS.subList(from, TEXTS.size()), Purpose.DOCUMENT)
                        .vectors()));
            }
            for (int t = 0; t < running.size(); t++) {
                List<float[]> vectors = running.get(t).get();
                for (int i = 0; i < vectors.size(); i++) {
                    assertThat(vectors.get(i)).isEqualTo(expected.get(t % TEXTS.size() + i));
                }
            }
        }
    }

    @Test
    void threadsThatMeetAtTheFirstUseLoadTheModelOnce() throws Exception {
        try (OnnxTextEmbedder fresh = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 2);
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> running = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                running.add(threads.submit(() -> fresh.countTokens("one two three")));
            }
            for (Future<Integer> f : running) {
                assertThat(f.get()).isEqualTo(5);
            }
            assertThat(fresh.sessionNanos()).isZero();
            fresh.embed(List.of("one"), Purpose.DOCUMENT);
            assertThat(fresh.sessionNanos()).isPositive();
        }
    }

    @Test
    void closingTwiceOrBeforeUseIsNoError() {
        OnnxTextEmbedder unused = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 1);
        unused.close();
        unused.countTokens("one");
        unused.close();
        unused.close();
        assertThat(unused.countTokens("one")).isEqualTo(3);
        unused.close();
    }

    private static double cosine(float[] a, float[] b) {
        double dot = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
        }
        return dot / Vectors.norm(a) / Vectors.norm(b);
    }
}
