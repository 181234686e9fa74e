package dev.quiver.functions.rerank;

import static dev.quiver.functions.Fixtures.config;
import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.quiver.functions.problem.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What rerankers are asked and what is made of their answers: of a cross-encoder in this process, and of providers that the test plays. */
class RerankersTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Instant NOW = Instant.parse("2026-11-23T10:15:30Z");

    /** What a provider was sent. */
    private record Call(String path, String authorization, JsonNode body) {}

    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private volatile String answer = "";
    private volatile int status = 200;
    /** Before {@link #status}, one after the other; 0 hangs up. */
    private final Deque<Integer> failures = new ConcurrentLinkedDeque<>();

    private volatile String retryAfter;
    private final List<Duration> pauses = new CopyOnWriteArrayList<>();
    private HttpServer provider;

    @TempDir
    Path folder;

    @BeforeEach
    void start() throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/", exchange -> {
            calls.add(new Call(
                    exchange.getRequestURI().getRawPath(),
                    exchange.getRequestHeaders().getFirst("Authorization"),
                    JSON.readTree(exchange.getRequestBody().readAllBytes())));
            Integer failure = failures.poll();
            if (failure != null && failure == 0) {
                exchange.close();
                return;
            }
            if (retryAfter != null) {
                exchange.getResponseHeaders().set("Retry-After", retryAfter);
            }
            byte[] body = answer.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(failure == null ? status : failure, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        // One that is never answered does not hold up the next.
        provider.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        provider.start();
    }

    @AfterEach
    void stop() {
        provider.stop(0);
    }

    private String address() {
        return "http://127.0.0.1:" + provider.getAddress().getPort();
    }

    /** Waits are noted and not waited for. */
    private Rerankers rerankers(String... settings) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < settings.length; i += 2) {
            all.add("quiver.rerank." + settings[i]);
            all.add(settings[i + 1]);
        }
        return new Rerankers(
                config(all.toArray(String[]::new)),
                retries -> new Backoff(retries, pauses::add, new Random(1), InstantSource.fixed(NOW)));
    }

    private Rerankers remote(String provider, String... more) {
        List<String> all = new ArrayList<>(List.of(
                "models.far.provider",
                provider,
                "models.far.model-name",
                "rerank-far",
                "models.far.api-key",
                "secret",
                "models.far.base-url",
                address() + "/base/"));
        all.addAll(List.of(more));
        return rerankers(all.toArray(String[]::new));
    }

    private Rerankers local(String... more) {
        List<String> all = new ArrayList<>(List.of(
                "models.near.provider", "onnx",
                "models.near.file", TinyCrossEncoder.write(folder).toString(),
                "models.near.tokenizer", TinyCrossEncoder.tokenizer(folder).toString()));
        all.addAll(List.of(more));
        return rerankers(all.toArray(String[]::new));
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void aCrossEncoderReadsQueryAndTextTogether() {
        try (Rerankers rerankers = local()) {
            List<Double> scores = rerankers.score(
                    "near", "", "blue whale song", List.of("nothing of it", "the blue whale", "whale, blue whale!"));
            assertThat(scores.get(0)).isCloseTo(sigmoid(1), within(1e-6));
            assertThat(scores.get(1)).isCloseTo(sigmoid(3), within(1e-6));
            assertThat(scores.get(2)).isCloseTo(sigmoid(4), within(1e-6));
            assertThat(rerankers.score(null, "", "a", List.of())).isEmpty();
        }
    }

    @Test
    void ofALongPairTheEndOfTheTextIsNotRead() {
        try (Rerankers rerankers = local("models.near.window", "8")) {
            assertThat(rerankers.score(null, "", "whale", List.of("a b c whale", "a b c d whale")))
                    .as("three marks, the query and four words are eight tokens")
                    .satisfiesExactly(s -> assertThat(s).isCloseTo(sigmoid(2), within(1e-6)), s -> assertThat(s)
                            .isCloseTo(sigmoid(1), within(1e-6)));
        }
    }

    @Test
    void aModelThatDoesNotRankIsToldSo() {
        try (Rerankers rerankers = rerankers(
                "models.near.provider", "onnx",
                "models.near.file", TinyCrossEncoder.writeWrong(folder).toString(),
                "models.near.tokenizer", TinyCrossEncoder.tokenizer(folder).toString())) {
            Problem p = problemOf(() -> rerankers.score(null, "", "a", List.of("b")));
            assertThat(p.status()).isEqualTo(502);
            assertThat(p.detail()).contains("'near'", "5 numbers for a pair", "a cross-encoder for ranking");
        }
        try (Rerankers rerankers = rerankers(
                "models.near.provider", "onnx",
                "models.near.file", folder.resolve("nowhere.onnx").toString(),
                "models.near.tokenizer", folder.resolve("nowhere.json").toString())) {
            assertThat(problemOf(() -> rerankers.score(null, "", "a", List.of("b")))
                            .detail())
                    .contains("could not be loaded", "nowhere");
        }
    }

    @ParameterizedTest
    @CsvSource({"cohere, results", "jina, results", "voyage, data"})
    void aProviderIsAskedOnceForAllTexts(String provider, String field) {
        answer =
                "{'%s': [{'index': 2, 'relevance_score': 0.9}, {'index': 0, 'relevance_score': 0.25}, {'index': 1, 'relevance_score': 0}], 'meta': {}}"
                        .formatted(field)
                        .replace('\'', '"');
        try (Rerankers rerankers = remote(provider)) {
            assertThat(rerankers.score(null, "", "which?", List.of("a", "b", "c")))
                    .containsExactly(0.25, 0.0, 0.9);
        }
        assertThat(calls).hasSize(1);
        assertThat(calls.getFirst().path()).isEqualTo("/base/rerank");
        assertThat(calls.getFirst().authorization()).isEqualTo("Bearer secret");
        assertThat(calls.getFirst().body().toString())
                .isEqualTo("{\"query\":\"which?\",\"documents\":[\"a\",\"b\",\"c\"],\"model\":\"rerank-far\"}");
    }

    @Test
    void bedrockIsAskedAsItsModelsWant() {
        Map<String, String> credentials = Map.of("aws.accessKeyId", "AKIATEST", "aws.secretAccessKey", "secret");
        credentials.forEach(System::setProperty);
        answer = "{\"results\": [{\"index\": 0, \"relevance_score\": 0.5}]}";
        try (Rerankers rerankers = new Rerankers(config(
                "quiver.s3.region", "eu-central-1",
                "quiver.rerank.models.far.provider", "bedrock",
                "quiver.rerank.models.far.model-name", "cohere.rerank-v3-5:0",
                "quiver.rerank.models.far.base-url", address()))) {
            assertThat(rerankers.score(null, "", "which?", List.of("a"))).containsExactly(0.5);
        } finally {
            credentials.keySet().forEach(System::clearProperty);
        }
        assertThat(calls.getFirst().path()).isEqualTo("/model/cohere.rerank-v3-5%3A0/invoke");
        assertThat(calls.getFirst().authorization()).startsWith("AWS4-HMAC-SHA256 Credential=AKIATEST/");
        assertThat(calls.getFirst().body().toString())
                .isEqualTo("{\"query\":\"which?\",\"documents\":[\"a\"],\"api_version\":2}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{}",
                "{'results': []}",
                "{'results': [{'index': 0, 'relevance_score': 1}]}",
                "{'results': [{'index': 0, 'relevance_score': 1}, {'index': 0, 'relevance_score': 1}]}",
                "{'results': [{'index': 0, 'relevance_score': 1}, {'index': 2, 'relevance_score': 1}]}",
                "{'results': [{'index': 0, 'relevance_score': 1}, {'relevance_score': 1}]}",
                "{'results': [{'index': 0, 'relevance_score': 1}, {'index': 1, 'relevance_score': 'high'}]}",
                "{'results': [{'index': 0, 'relevance_score': 1}, {'index': 1, 'relevance_score': 1e999}]}"
            })
    void anAnswerThatIsNoneIsTheModelsFailure(String wrong) {
        answer = wrong.replace('\'', '"');
        try (Rerankers rerankers = remote("cohere")) {
            Problem p = problemOf(() -> rerankers.score("far", "", "which?", List.of("a", "b")));
            assertThat(p.type()).endsWith("model-failed");
            assertThat(p.detail()).startsWith("The reranker 'far' failed: ");
        }
    }

    @Test
    void aFailureOfTheProviderIsTold() {
        status = 429;
        answer = "{\"message\": \"too many requests of this trial key\"}";
        try (Rerankers rerankers = remote("jina")) {
            Problem p = problemOf(() -> rerankers.score("far", "", "which?", List.of("a")));
            assertThat(p.status()).isEqualTo(502);
            assertThat(p.detail()).contains("trial key");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 408, 429, 500, 502, 503, 504, 529})
    void whatFailsForAPassingReasonIsSentAgain(int failure) {
        answer = "{\"results\": [{\"index\": 0, \"relevance_score\": 0.5}]}";
        failures.addAll(List.of(failure, failure));
        try (Rerankers rerankers = remote("cohere")) {
            assertThat(rerankers.score("far", "", "which?", List.of("a"))).containsExactly(0.5);
            assertThat(calls).hasSize(3);
            assertThat(calls)
                    .extracting(Call::body)
                    .containsOnly(calls.getFirst().body());
            assertThat(pauses).hasSize(2).allMatch(p -> p.compareTo(Duration.ofMillis(500)) <= 0);
            failures.addAll(List.of(failure, failure, failure));
            assertThat(problemOf(() -> rerankers.score("far", "", "which?", List.of("a")))
                            .detail())
                    .contains("in 3 attempts");
            assertThat(calls).hasSize(6);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 413, 422})
    void whatWillNotBeBetterIsNotSentAgain(int failure) {
        failures.add(failure);
        try (Rerankers rerankers = remote("voyage")) {
            assertThat(problemOf(() -> rerankers.score("far", "", "which?", List.of("a")))
                            .detail())
                    .contains("status " + failure);
        }
        assertThat(calls).hasSize(1);
        assertThat(pauses).isEmpty();
    }

    @Test
    void aProviderThatNeverAnswersIsAskedAgainAndThenToldOf() {
        CountDownLatch over = new CountDownLatch(1);
        provider.removeContext("/");
        AtomicInteger asked = new AtomicInteger();
        provider.createContext("/", exchange -> {
            asked.incrementAndGet();
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        try (Rerankers rerankers = remote("jina", "models.far.timeout", "PT0.2S", "models.far.max-retries", "1")) {
            assertThat(problemOf(() -> rerankers.score("far", "", "which?", List.of("a")))
                            .detail())
                    .contains("in 2 attempts", "nothing within PT0.2S");
        } finally {
            over.countDown();
        }
        assertThat(asked).hasValue(2);
        assertThat(pauses).hasSize(1);
    }

    @Test
    void nobodyComesBackBeforeTheProviderWantsIt() {
        answer = "{\"results\": [{\"index\": 0, \"relevance_score\": 0.5}]}";
        try (Rerankers rerankers = remote("cohere")) {
            for (String said : List.of("7", "Mon, 23 Nov 2026 10:15:37 GMT")) {
                retryAfter = said;
                pauses.clear();
                failures.add(429);
                rerankers.score("far", "", "which?", List.of("a"));
                assertThat(pauses).as(said).containsExactly(Duration.ofSeconds(7));
            }
            for (String said : List.of("soon", "-1", "Mon, 23 Nov 2026 10:15:20 GMT", "")) {
                retryAfter = said;
                pauses.clear();
                failures.add(503);
                rerankers.score("far", "", "which?", List.of("a"));
                assertThat(pauses).as(said).hasSize(1).allMatch(p -> p.compareTo(Duration.ofMillis(250)) <= 0);
            }
            pauses.clear();
            retryAfter = "3600";
            failures.add(429);
            assertThat(problemOf(() -> rerankers.score("far", "", "which?", List.of("a")))
                            .detail())
                    .as("nor waits for an hour")
                    .contains("status 429");
            assertThat(pauses).isEmpty();
        }
    }

    @Test
    void bedrockIsAskedAgain() {
        Map<String, String> credentials = Map.of("aws.accessKeyId", "AKIATEST", "aws.secretAccessKey", "secret");
        credentials.forEach(System::setProperty);
        answer = "{\"results\": [{\"index\": 0, \"relevance_score\": 0.5}]}";
        failures.addAll(List.of(503, 500));
        try (Rerankers rerankers = new Rerankers(config(
                "quiver.s3.region", "eu-central-1",
                "quiver.rerank.models.far.provider", "bedrock",
                "quiver.rerank.models.far.model-name", "amazon.rerank-v1:0",
                "quiver.rerank.models.far.base-url", address()))) {
            assertThat(rerankers.score(null, "", "which?", List.of("a"))).containsExactly(0.5);
            assertThat(calls).hasSize(3);
            failures.addAll(List.of(503, 503, 503));
            assertThat(problemOf(() -> rerankers.score(null, "", "which?", List.of("a")))
                            .status())
                    .isEqualTo(502);
            assertThat(calls).hasSize(6);
        } finally {
            credentials.keySet().forEach(System::clearProperty);
        }
    }

    @Test
    void aModelThatIsNotConfiguredIsNotFound() {
        try (Rerankers none = rerankers();
                Rerankers two = rerankers(
                        "models.a.provider",
                        "cohere",
                        "models.a.model-name",
                        "x",
                        "models.b.provider",
                        "jina",
                        "models.b.model-name",
                        "y")) {
            assertThat(problemOf(() -> none.score(null, "/rerank/model", "q", List.of("a"))))
                    .returns(404, Problem::status)
                    .satisfies(p -> assertThat(p.detail()).contains("quiver.rerank.models"));
            assertThat(problemOf(() -> two.score("c", "/rerank/model", "q", List.of("a")))
                            .detail())
                    .contains("no reranker 'c'", "a, b");
            assertThat(problemOf(() -> two.score(null, "/rerank/model", "q", List.of("a")))
                            .errors()
                            .getFirst()
                            .pointer())
                    .isEqualTo("/rerank/model");
        }
    }

    @Test
    void aConfigurationThatCannotBeMeantIsRefusedAtTheStart() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rerankers("models.a.provider", "openai"))
                .withMessageContaining("onnx, cohere, jina, voyage, bedrock");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rerankers("models.a.provider", "onnx", "models.a.file", "model.onnx"))
                .withMessageContaining("tokenizer.json");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> remote("cohere", "models.far.max-retries", "11"))
                .withMessageContaining("0 to 10");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rerankers("models.a.provider", "cohere"))
                .withMessageContaining("model-name");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rerankers("model", "b", "models.a.provider", "cohere", "models.a.model-name", "x"))
                .withMessageContaining("quiver.rerank.model is 'b'");
    }
}
