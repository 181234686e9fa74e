package dev.quiver.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the client sends, what it sends again and what not, and what it says when that did not help. */
class QuiverClientTest {
    private static final String UPSERTED =
            "{\"sequence\": 7, \"upserted\": 1, \"superseded\": 0, \"truncated\": [], \"fromTheFuture\": {\"a\": 1}}";
    private static final String NO_HITS =
            "{\"hits\": [], \"scoring\": \"cosine\", \"metric\": \"cosine\", \"higherIsNearer\": true, \"exhausted\": true, \"sequence\": 1, \"took\": {\"total\": 1.5, \"embed\": 0, \"look\": 1, \"search\": 0.5}}";
    private static final String DESCRIBED =
            "{\"name\": \"docs\", \"dimension\": 3, \"metric\": \"dot\", \"records\": 0, \"segments\": 0, \"segmentBytes\": 0, \"logOperations\": 0, \"sequence\": 0, \"createdAt\": \"2026-11-23T10:15:30Z\", \"retention\": \"PT0S\"}";
    private static final String ANSWER =
            "{\"answer\": \"So [1].\", \"answered\": true, \"writer\": \"w\", \"citations\": [{\"number\": 1, \"id\": \"a\", \"passage\": \"p\", \"score\": 0.5, \"attributes\": {\"year\": 2026}, \"at\": [3]}], \"usage\": {\"passages\": 1, \"took\": 2.5}}";
    private static final UpsertRequest UPSERT =
            UpsertRequest.of("docs", List.of(UpsertRecord.ofVector("a", new float[] {1, 0.5f})));

    private final ScriptedServer server;
    private final List<Duration> pauses = new ArrayList<>();
    private final QuiverClient client;

    QuiverClientTest() throws IOException {
        server = new ScriptedServer();
        client = builder(server.address()).build();
    }

    private QuiverClient.Builder builder(URI address) {
        return QuiverClient.builder(address)
                .apiKey("qvr_secret")
                .header("X-Tenant", "a")
                .retries(new RetryPolicy(4, Duration.ofMillis(100), Duration.ofMillis(300)))
                .random(() -> -1L)
                .sleeper(pauses::add);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    private static QuiverException failure(ThrowingCallable call) {
        return catchThrowableOfType(QuiverException.class, call);
    }

    @Test
    void aRequestIsAPostWithTheKeyAndTheHeaders() throws IOException {
        server.then(200, NO_HITS);
        QueryResponse answer = client.query(QueryRequest.ofVector("docs", new float[] {1, 0.25f})
                .withTopK(3)
                .withFilter(Filter.and(Filter.gte("year", 2020), Filter.not(Filter.in("lang", List.of("en", "de")))))
                .including(Include.VECTOR));
        assertThat(answer.metric()).isEqualTo(Metric.COSINE);
        assertThat(answer.took().total()).isEqualTo(1.5);
        ScriptedServer.Call call = server.calls.getFirst();
        assertThat(call.path()).isEqualTo("/query");
        assertThat(call.header("Authorization")).isEqualTo("Bearer qvr_secret");
        assertThat(call.header("X-tenant")).isEqualTo("a");
        assertThat(call.header("Content-type")).isEqualTo("application/json");
        assertThat(call.header("User-agent")).startsWith("quiver-client-java/");
        ObjectMapper json = new ObjectMapper();
        assertThat(json.readTree(call.body()))
                .isEqualTo(
                        json.readTree(
                                "{\"collection\": \"docs\", \"vector\": [1.0, 0.25], \"topK\": 3, \"include\": [\"vector\"], \"filter\": {\"$and\": [{\"year\": {\"$gte\": 2020}}, {\"$not\": {\"lang\": {\"$in\": [\"en\", \"de\"]}}}]}}"));
    }

    @Test
    void theApiMayLieBelowAPath() {
        server.then(200, DESCRIBED);
        try (QuiverClient below =
                builder(URI.create(server.address() + "/prod/")).build()) {
            assertThat(below.describeCollection("docs").model()).isNull();
        }
        assertThat(server.calls.getFirst().path()).isEqualTo("/prod/collections/describe");
    }

    @Test
    void whatIsNotAnAddressIsRefused() {
        for (String wrong : List.of("localhost:8080", "ftp://host", "http:/x", "/path", "https://host?x=1")) {
            assertThatIllegalArgumentException()
                    .as(wrong)
                    .isThrownBy(() -> QuiverClient.connect(wrong))
                    .withMessageContaining("'" + wrong + "'");
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder(server.address()).header("Host", "x").build());
    }

    @Test
    void everyPassingFailureOfAReadIsTriedAgain() {
        server.then(429, "{\"message\": \"Too Many Requests\"}")
                .then(502, "<html>Bad Gateway</html>")
                .thenNothing()
                .then(200, NO_HITS);
        assertThat(client.query(QueryRequest.ofText("docs", "x")).hits()).isEmpty();
        assertThat(server.calls).hasSize(4);
        assertThat(server.calls.stream().map(ScriptedServer.Call::body).distinct())
                .hasSize(1);
    }

    @Test
    void pausesAreByChanceAndTheirBoundDoubles() {
        RetryPolicy policy = new RetryPolicy(10, Duration.ofMillis(100), Duration.ofSeconds(1));
        for (int failed = 1; failed <= 8; failed++) {
            long bound = Math.min(1000, 100L << (failed - 1));
            assertThat(policy.pause(failed, () -> 0L)).isZero();
            assertThat(policy.pause(failed, () -> -1L).toMillis()).isEqualTo(bound - 1);
            assertThat(policy.pause(failed, () -> Long.MIN_VALUE).toMillis()).isEqualTo(bound / 2);
        }
        assertThat(policy.pause(1_000_000, () -> -1L)).isLessThanOrEqualTo(Duration.ofSeconds(1));
        server.then(504, "").then(504, "").then(504, "").then(504, "");
        failure(() -> client.listCollections());
        assertThat(pauses.stream().map(Duration::toMillis)).containsExactly(99L, 199L, 299L);
    }

    @Test
    void theServerMaySayWhenToComeBack() {
        server.then(503, Map.of("Retry-After", "0"), "")
                .then(503, Map.of("Retry-After", "1"), "")
                .then(200, NO_HITS);
        try (QuiverClient patient = builder(server.address())
                .retries(new RetryPolicy(4, Duration.ZERO, Duration.ofSeconds(1)))
                .build()) {
            patient.query(QueryRequest.ofText("docs", "x"));
        }
        assertThat(pauses).containsExactly(Duration.ZERO, Duration.ofSeconds(1));
        server.then(429, Map.of("Retry-After", "3600"), "");
        assertThat(failure(() -> client.query(QueryRequest.ofText("docs", "x"))).status())
                .as("longer than anybody wants to wait in here")
                .isEqualTo(429);
    }

    @Test
    void anUpsertThatIsSentAgainHasTheSameKeyAndTheNextOneAnother() throws IOException {
        server.thenNothing().thenProblem(503, "store-unavailable", "try again").then(200, UPSERTED);
        assertThat(client.upsert(UPSERT).sequence()).isEqualTo(7);
        server.then(200, UPSERTED)
                .then(504, "")
                .then(200, "{\"deleted\": 1, \"sequence\": 8}")
                .then(200, UPSERTED);
        client.upsert(UPSERT);
        client.delete(DeleteRequest.ofIds("docs", List.of("a")));
        client.upsert(UPSERT.withIdempotencyKey("mine"));
        List<String> keys = new ArrayList<>();
        for (ScriptedServer.Call call : server.calls) {
            keys.add(new ObjectMapper()
                    .readTree(call.body())
                    .path("idempotencyKey")
                    .asText());
        }
        assertThat(keys).hasSize(7).doesNotContain("");
        assertThat(keys.subList(0, 3)).containsOnly(keys.getFirst());
        assertThat(keys.subList(4, 6)).containsOnly(keys.get(4));
        assertThat(List.of(keys.get(0), keys.get(3), keys.get(4))).doesNotHaveDuplicates();
        assertThat(keys.getLast()).isEqualTo("mine");
    }

    @Test
    void whatMayHaveBeenDoneIsNotDoneTwice() {
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                () -> client.createCollection(CreateCollectionRequest.named("docs")),
                () -> client.forkCollection("docs", "copy"),
                () -> client.restoreCollection("docs", AsOf.sequence(3)),
                () -> client.deleteCollection("docs"),
                () -> client.call("not-known", Map.of(), Map.class))) {
            server.calls.clear();
            server.thenNothing();
            assertThat(failure(call).status()).isZero();
            server.then(504, "{}");
            assertThat(failure(call).status()).isEqualTo(504);
            server.thenProblem(503, "store-unavailable", "d");
            assertThat(failure(call).is("store-unavailable")).isTrue();
            assertThat(server.calls).hasSize(3);
            server.thenProblem(503, "busy", "nothing was written").then(429, "").then(200, DESCRIBED);
            assertThat(failure(call)).as("refused, and tried again").isNull();
            assertThat(server.calls).hasSize(6);
        }
    }

    @Test
    void whereNobodyListensIsTriedAgainToo() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        try (QuiverClient nobody =
                builder(URI.create("http://127.0.0.1:" + port)).build()) {
            QuiverException e = failure(() -> nobody.createCollection(CreateCollectionRequest.named("docs")));
            assertThat(e.status()).isZero();
            assertThat(e.type()).isEqualTo("about:blank");
            assertThat(e.detail()).contains(":" + port, "attempt 4 of 4");
            assertThat(e).hasCauseInstanceOf(IOException.class);
        }
        assertThat(pauses).hasSize(3);
    }

    @Test
    void aProblemIsToldWhole() {
        server.then(
                400,
                "{\"type\": \"urn:quiver:problem:dimension-mismatch\", \"title\": \"The vector does not fit\", \"status\": 400, \"detail\": \"3 components, not 2.\", \"errors\": [{\"pointer\": \"/vector\", \"detail\": \"3 components, not 2.\"}]}");
        QuiverException e = failure(() -> client.query(QueryRequest.ofVector("docs", new float[3])));
        assertThat(e.is("dimension-mismatch")).isTrue();
        assertThat(e.type()).isEqualTo("urn:quiver:problem:dimension-mismatch");
        assertThat(e.title()).isEqualTo("The vector does not fit");
        assertThat(e.status()).isEqualTo(400);
        assertThat(e.detail()).isEqualTo("3 components, not 2.");
        assertThat(e.errors()).containsExactly(new FieldError("/vector", "3 components, not 2."));
        assertThat(e).hasMessage("400 The vector does not fit: 3 components, not 2.");
        assertThat(server.calls).as("not sent again").hasSize(1);

        server.then(403, "{\"message\": \"Forbidden\"}");
        assertThat(failure(() -> client.listCollections()).detail()).isEqualTo("Forbidden");
        server.then(404, Map.of(), "<h1>" + "x".repeat(1000));
        assertThat(failure(() -> client.listCollections()).detail())
                .contains("status 404", "<h1>xxx")
                .hasSizeLessThan(400);
        server.then(200, "<html>Welcome</html>");
        assertThat(failure(() -> client.listCollections()).detail()).contains("is this the address of a Quiver?");
    }

    @Test
    void anAnswerThatDoesNotComeOrDoesNotEndIsNotWaitedForWithoutEnd() {
        server.thenSilence().then(exchange -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            server.hang();
        });
        try (QuiverClient hasty = builder(server.address())
                .timeout(Duration.ofMillis(200))
                .retries(RetryPolicy.NONE)
                .build()) {
            assertThat(failure(() -> hasty.listCollections()).detail()).contains("nothing within PT0.2S");
            assertThat(failure(() -> hasty.listCollections()).status()).isZero();
        }
    }

    @Test
    void anInterruptedThreadStopsWaitingAndStaysInterrupted() {
        Thread.currentThread().interrupt();
        server.thenSilence();
        QuiverException e = failure(() -> client.listCollections());
        assertThat(Thread.interrupted()).isTrue();
        assertThat(e.detail()).contains("Interrupted");
    }

    @Test
    void pagesComeAsTheyAreNeeded() {
        String page =
                "{\"records\": [{\"id\": \"%s1\", \"version\": 1, \"attributes\": {\"n\": 3000000000, \"i\": 1, \"x\": 0.5}}, {\"id\": \"%s2\", \"version\": 1}], \"sequence\": 1%s}";
        server.then(200, page.formatted("a", "a", ", \"nextToken\": \"t\"")).then(200, page.formatted("b", "b", ""));
        List<RecordAnswer> three =
                client.list(ListRequest.of("docs").withLimit(2)).limit(3).toList();
        assertThat(three).extracting(RecordAnswer::id).containsExactly("a1", "a2", "b1");
        assertThat(three.getFirst().attributes()).isEqualTo(Map.of("n", 3_000_000_000L, "i", 1L, "x", 0.5));
        assertThat(server.calls.get(1).body()).contains("\"nextToken\":\"t\"", "\"limit\":2");
        server.then(200, page.formatted("c", "c", ", \"nextToken\": \"u\""));
        assertThat(client.list(ListRequest.of("docs")).findFirst()).isPresent();
        assertThat(server.calls).as("one page was enough").hasSize(3);
    }

    @Test
    void anAnswerComesPieceByPiece() {
        server.then(503, "")
                .thenEvents(
                        true,
                        ": a comment\nevent: token\ndata: {\"text\": \"So \"}",
                        "event: token\ndata: {\"text\":\ndata: \"[1].\"}",
                        "event: unknown\nid: 4\ndata: 1",
                        "event: answer\ndata: " + ANSWER);
        StringBuilder text = new StringBuilder();
        RagResponse answer = client.rag(RagRequest.of("docs", "why?"), text::append);
        assertThat(text).hasToString("So [1].");
        assertThat(answer.citations().getFirst().attributes()).isEqualTo(Map.of("year", 2026L));
        assertThat(answer.usage().inputTokens()).isNull();
        assertThat(server.calls).hasSize(2);
        assertThat(server.calls.getLast().body()).contains("\"stream\":true");
        assertThat(server.calls.getLast().header("Accept")).startsWith("text/event-stream");
    }

    @Test
    void aStreamThatHasBegunIsNotBegunAnew() {
        RagRequest question = RagRequest.of("docs", "why?");
        List<String> tokens = new ArrayList<>();
        String token = "event: token\ndata: {\"text\": \"So\"}";
        server.thenEvents(
                true,
                token,
                "event: error\ndata: {\"type\": \"urn:quiver:problem:model-failed\", \"title\": \"t\", \"status\": 502, \"detail\": \"it failed\"}");
        QuiverException e = failure(() -> client.rag(question, tokens::add));
        assertThat(e.is("model-failed")).isTrue();
        assertThat(e.status()).isEqualTo(502);
        server.thenEvents(true, token);
        assertThat(failure(() -> client.rag(question, tokens::add)).detail()).contains("ended before");
        server.thenEvents(false, token);
        try (QuiverClient hasty =
                builder(server.address()).timeout(Duration.ofMillis(200)).build()) {
            assertThat(failure(() -> hasty.rag(question, tokens::add)).detail()).contains("nothing within PT0.2S");
        }
        assertThat(tokens).containsExactly("So", "So", "So");
        server.thenProblem(404, "collection-not-found", "there is none");
        assertThat(failure(() -> client.rag(question, tokens::add)).is("collection-not-found"))
                .isTrue();
        assertThat(server.calls).hasSize(4);
        server.thenEvents(false, token);
        assertThat(catchThrowableOfType(
                        IllegalStateException.class,
                        () -> client.rag(question, piece -> {
                            throw new IllegalStateException("enough");
                        })))
                .hasMessage("enough");
    }

    @Test
    void manyVirtualThreadsMayUseOne() throws Exception {
        int many = 200;
        for (int i = 0; i < many; i++) {
            server.then(200, NO_HITS);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<QueryResponse>> answers = new ArrayList<>();
            for (int i = 0; i < many; i++) {
                answers.add(threads.submit(() -> client.query(QueryRequest.ofText("docs", "x"))));
            }
            for (Future<QueryResponse> answer : answers) {
                assertThat(answer.get().exhausted()).isTrue();
            }
        }
        assertThat(server.calls).hasSizeGreaterThanOrEqualTo(many);
    }
}
