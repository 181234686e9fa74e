package dev.quiver.api;

import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quiver.testing.ScriptedProvider;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Holds down the answer as server-sent events, with a language model that the test plays: tokens come as they are written and join to the answer that closes the
 * stream; a failure is an ordinary problem before the first event and an event after it.
 */
@QuarkusTest
@QuarkusTestResource(value = LanguageModel.class, restrictToAnnotatedClass = true)
class RagStreamTest {
    private static final String QUESTION =
            "{'collection': 'docs', 'question': 'How do I roll back a deployment?', 'stream': true}";

    ScriptedProvider provider;

    @TestHTTPResource("/")
    URI server;

    record Event(String name, JsonNode data) {}

    @BeforeEach
    void documents() {
        provider.forget();
        post("upsert", """
                {'collection': 'docs', 'create': {}, 'records': [
                  {'id': 'a', 'text': 'To roll back a deployment, run deploy --to previous.', 'attributes': {'source': 'ops.md'}},
                  {'id': 'b', 'text': 'A deployment needs two people who agree, and green tests.'}]}""");
    }

    /** Strictly as the HTML standard has them; anything else in the body fails. */
    private static List<Event> events(String body) {
        List<Event> events = new ArrayList<>();
        assertThat(body).endsWith("\n\n");
        for (String block : body.substring(0, body.length() - 2).split("\n\n", -1)) {
            String[] lines = block.split("\n");
            assertThat(lines).hasSize(2);
            assertThat(lines[0]).startsWith("event: ");
            assertThat(lines[1]).startsWith("data: ");
            events.add(new Event(lines[0].substring(7), Http.tree(lines[1].substring(6))));
        }
        return events;
    }

    private static List<Event> stream(String json) {
        Response response = send("rag", json);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        assertThat(response.contentType()).isEqualTo("text/event-stream");
        assertThat(response.header("Cache-Control")).isEqualTo("no-store");
        return events(new String(response.asByteArray(), StandardCharsets.UTF_8));
    }

    @Test
    void tokensComeAsTheyAreWrittenAndJoinToTheAnswer() {
        provider.answers("Run `deploy", " --to previous` ", "[", "1", "]", ",\n\nthen “wait” 😀 [7].");
        List<Event> events = stream(QUESTION);
        List<String> tokens = events.stream()
                .filter(e -> e.name.equals("token"))
                .map(e -> e.data.path("text").asText())
                .toList();
        assertThat(events).hasSize(tokens.size() + 1);
        assertThat(tokens).hasSizeGreaterThan(3);
        Event last = events.getLast();
        assertThat(last.name).isEqualTo("answer");
        assertThat(last.data.path("answer").asText())
                .isEqualTo("Run `deploy --to previous` [1],\n\nthen “wait” 😀 .")
                .isEqualTo(String.join("", tokens));
        assertThat(last.data.path("answered").asBoolean()).isTrue();
        assertThat(last.data.path("writer").asText()).isEqualTo("openai:gpt-scripted");
        assertThat(last.data.path("citations").findValuesAsText("id")).containsExactly("a");
        assertThat(last.data.path("usage").path("outputTokens").asInt()).isEqualTo(ScriptedProvider.OUTPUT_TOKENS);
    }

    @Test
    void theFirstTokenArrivesBeforeTheModelHasFinished() throws IOException {
        CountDownLatch read = new CountDownLatch(1);
        provider.answersBy(_ -> new ScriptedProvider.Reply.Paced(List.of("Run ", "deploy [1]."), read));
        try (Socket socket = open(QUESTION)) {
            assertThat(firstData(socket)).isEqualTo("data: {\"text\":\"Run \"}");
            read.countDown();
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("event: answer\n");
        }
    }

    /** Byte by byte, so that nothing that follows is taken. */
    private static String firstData(Socket socket) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = socket.getInputStream().read()) >= 0; ) {
            if (c != '\n') {
                line.append((char) c);
            } else if (line.indexOf("data: ") == 0) {
                return line.toString();
            } else {
                line.setLength(0);
            }
        }
        throw new AssertionError("no data came");
    }

    @Test
    void withoutStreamTheAnswerIsOneDocument() {
        provider.answers("Run ", "deploy [1].");
        JsonNode answer = post("rag", QUESTION.replace("true", "false"));
        assertThat(answer.path("answer").asText()).isEqualTo("Run deploy [1].");
        assertThat(provider.lastCall().body().path("stream").asBoolean()).isFalse();
    }

    @Test
    void thatTheDocumentsDoNotAnswerIsStreamedToo() {
        provider.answers("NOT_IN_", "DOCUMENTS");
        List<Event> events = stream(QUESTION);
        assertThat(events).extracting(Event::name).containsExactly("token", "answer");
        assertThat(events.getLast().data.path("answered").asBoolean()).isFalse();
        assertThat(events.getFirst().data.path("text").asText())
                .isEqualTo("The documents in 'docs' do not answer this question.");
        provider.forget();
        assertThat(stream(QUESTION.replace("roll back a deployment", "cook pumpkin soup with ginger"))
                        .getLast()
                        .data
                        .path("answered")
                        .asBoolean())
                .isFalse();
        assertThat(provider.calls()).isEmpty();
    }

    @Test
    void aFailureBeforeTheFirstEventIsAnOrdinaryProblem() {
        provider.failsWith(401, "the key is wrong");
        assertThat(problem(send("rag", QUESTION), 502, "model-failed")
                        .path("detail")
                        .asText())
                .contains("the key is wrong");
        problem(send("rag", QUESTION.replace("docs", "nowhere")), 404, "collection-not-found");
        problem(
                send("rag", QUESTION.replace("'stream'", "'topK': 99, 'stream'")),
                400,
                "invalid-request",
                "/topK",
                "1 to 50");
        problem(
                send("rag", QUESTION.replace("'stream'", "'filter': {'$x': 1}, 'stream'")),
                400,
                "invalid-filter",
                "/filter/$x");
        problem(send("rag", QUESTION.replace("'stream'", "'strm'")), 400, "unknown-field", "/strm");
        assertThat(provider.calls()).hasSize(1);
    }

    @Test
    void aFailureAfterTheFirstEventIsAnEvent() throws IOException {
        CountDownLatch read = new CountDownLatch(1);
        provider.breaksAfter(read, "Run ", "deploy ");
        try (Socket socket = open(QUESTION)) {
            assertThat(firstData(socket)).isEqualTo("data: {\"text\":\"Run \"}");
            assertThat(firstData(socket)).isEqualTo("data: {\"text\":\"deploy \"}");
            read.countDown();
            JsonNode problem = Http.tree(firstData(socket).substring("data: ".length()));
            assertThat(problem.path("type").asText()).isEqualTo("urn:quiver:problem:model-failed");
            assertThat(problem.path("status").asInt()).isEqualTo(502);
            assertThat(problem.path("detail").asText()).contains("openai:gpt-scripted");
            assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                    .doesNotContain("event:");
        }
    }

    @Test
    void aClientThatGoesAwayHarmsNobody() throws IOException {
        CountDownLatch gone = new CountDownLatch(1);
        provider.answersBy(_ -> new ScriptedProvider.Reply.Paced(java.util.Collections.nCopies(50, "word "), gone));
        try (Socket socket = open(QUESTION)) {
            assertThat(firstData(socket)).isEqualTo("data: {\"text\":\"word \"}");
            socket.setSoLinger(true, 0);
        }
        gone.countDown();
        provider.answers("Still here [1].");
        assertThat(stream(QUESTION).getLast().data.path("answer").asText()).isEqualTo("Still here [1].");
    }

    @Test
    void anotherContentTypeOrMethodIsRefusedHereToo() {
        problem(given().contentType("text/plain").body("{}").post("/rag"), 415, "unsupported-media-type");
        problem(given().get("/rag"), 405, "method-not-allowed");
    }

    private Socket open(String json) throws IOException {
        byte[] body = json.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        Socket socket = new Socket(server.getHost(), server.getPort());
        socket.getOutputStream()
                .write(
                        ("POST /rag HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
                                        + body.length + "\r\n\r\n")
                                .getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().write(body);
        return socket;
    }
}
