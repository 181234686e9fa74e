package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The Runtime API as a runtime sees it, call by call. */
@Timeout(60)
class RuntimeApiTest {

    private static final String OK = "{\"status\":\"OK\"}\n";

    private final LinkedBlockingQueue<RuntimeApi.Signal> signals = new LinkedBlockingQueue<>();
    private final RuntimeApi api = new RuntimeApi(signals::add);
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void close() {
        api.close();
        client.close();
    }

    @Test
    void anEventComesWithItsHeaders() throws Exception {
        var poll = next();
        assertThat(signal()).isInstanceOf(RuntimeApi.Signal.Ready.class);
        assertThat(poll).isNotDone();
        hand("r1", "{\"a\":1}");
        HttpResponse<String> event = poll.get();
        assertThat(event.statusCode()).isEqualTo(200);
        assertThat(event.body()).isEqualTo("{\"a\":1}");
        assertThat(event.headers().map())
                .containsEntry("lambda-runtime-aws-request-id", List.of("r1"))
                .containsEntry("lambda-runtime-deadline-ms", List.of("1700000000123"))
                .containsEntry("lambda-runtime-invoked-function-arn", List.of("arn:f"))
                .containsEntry("lambda-runtime-trace-id", List.of("Root=1"))
                .containsEntry("content-type", List.of("application/json"));
    }

    @Test
    void anAnswerIsAcceptedOnce() throws Exception {
        begin("r1");
        HttpResponse<String> accepted = post("invocation/r1/response", "42", null);
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.body()).isEqualTo(OK);
        var answered = (RuntimeApi.Signal.Answered) signal();
        assertThat(answered.payload()).isEqualTo(bytes("42"));
        assertThat(answered.errorType()).isEmpty();

        HttpResponse<String> again = post("invocation/r1/response", "43", null);
        assertThat(again.statusCode()).isEqualTo(403);
        assertThat(again.body()).contains("InvalidStateTransition").contains("from ResponseSent to InvocationResponse");
        assertThat(signals).isEmpty();
    }

    @Test
    void anErrorIsAnAnswerWithItsType() throws Exception {
        begin("r1");
        assertThat(post("invocation/r1/error", "{\"errorMessage\":\"no\"}", "Bad.Thing")
                        .statusCode())
                .isEqualTo(202);
        var answered = (RuntimeApi.Signal.Answered) signal();
        assertThat(answered.errorType()).contains("Bad.Thing");
        assertThat(answered.payload()).isEqualTo(bytes("{\"errorMessage\":\"no\"}"));
    }

    @Test
    void anotherRequestsIdIsRefused() throws Exception {
        begin("r1");
        HttpResponse<String> wrong = post("invocation/r0/response", "42", null);
        assertThat(wrong.statusCode()).isEqualTo(400);
        assertThat(wrong.body()).contains("InvalidRequestID");
        assertThat(post("invocation/r1/response", "42", null).statusCode()).isEqualTo(202);
    }

    @Test
    void theLongestAnswerPassesAndOneByteMoreDoesNot() throws Exception {
        begin("r1");
        String longest = "x".repeat(RuntimeApi.RESPONSE_LIMIT);
        assertThat(post("invocation/r1/response", longest, null).statusCode()).isEqualTo(202);
        assertThat(((RuntimeApi.Signal.Answered) signal()).payload()).hasSize(RuntimeApi.RESPONSE_LIMIT);

        begin("r2");
        HttpResponse<String> refused = post("invocation/r2/response", longest + "x", null);
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body()).contains("RequestEntityTooLarge").contains("6291556 bytes");
        var answered = (RuntimeApi.Signal.Answered) signal();
        assertThat(answered.errorType()).contains("Function.ResponseSizeTooLarge");
        assertThat(new String(answered.payload(), StandardCharsets.UTF_8)).contains("6291556 bytes");

        begin("r3"); // the environment lives on
    }

    @Test
    void initErrorIsForInitOnly() throws Exception {
        HttpResponse<String> accepted = post("init/error", "{\"errorMessage\":\"no bucket\"}", "NoBucket");
        assertThat(accepted.statusCode()).isEqualTo(202);
        assertThat(accepted.body()).isEqualTo(OK);
        var failed = (RuntimeApi.Signal.InitFailed) signal();
        assertThat(failed.errorType()).isEqualTo("NoBucket");
        assertThat(failed.payload()).isEqualTo(bytes("{\"errorMessage\":\"no bucket\"}"));
        assertThat(post("init/error", "{}", null).statusCode()).isEqualTo(403);
        assertThat(next().get().statusCode()).isEqualTo(403);
    }

    @Test
    void afterInitThereIsNoInitError() throws Exception {
        begin("r1");
        assertThat(post("init/error", "{}", null).statusCode()).isEqualTo(403);
    }

    @Test
    void whoPollsAgainGetsTheSameEvent() throws Exception {
        begin("r1");
        assertThat(next().get().headers().firstValue("Lambda-Runtime-Aws-Request-Id"))
                .contains("r1");
        assertThat(signals).isEmpty();
    }

    @Test
    void answersWithoutAnEventAreRefused() throws Exception {
        assertThat(post("invocation/r1/response", "42", null).statusCode()).isEqualTo(403);
        assertThat(post("invocation/r1/error", "42", null).statusCode()).isEqualTo(403);
    }

    @Test
    void otherPathsAreNotThere() throws Exception {
        assertThat(post("invocation/r1/other", "42", null).statusCode()).isEqualTo(404);
        assertThat(post("invocation/next", "42", null).statusCode()).isEqualTo(404);
    }

    @Test
    void anEventNeedsAWaitingRuntime() {
        assertThatThrownBy(() -> hand("r1", "{}")).isInstanceOf(IllegalStateException.class);
    }

    /** Takes an event, as a runtime that has just finished the one before. */
    private void begin(String requestId) throws Exception {
        var poll = next();
        assertThat(signal()).isInstanceOf(RuntimeApi.Signal.Ready.class);
        hand(requestId, "{}");
        poll.get();
    }

    private void hand(String requestId, String event) {
        api.hand(new RuntimeApi.Invocation(
                requestId, bytes(event), Instant.ofEpochMilli(1_700_000_000_123L), "arn:f", "Root=1"));
    }

    private RuntimeApi.Signal signal() throws InterruptedException {
        return Optional.ofNullable(signals.poll(30, TimeUnit.SECONDS)).orElseThrow();
    }

    private CompletableFuture<HttpResponse<String>> next() {
        return client.sendAsync(
                HttpRequest.newBuilder(uri("invocation/next")).build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, String body, String errorType) throws Exception {
        var request = HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body));
        if (errorType != null) {
            request.header("Lambda-Runtime-Function-Error-Type", errorType);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private URI uri(String path) {
        return URI.create("http://" + api.address() + "/2018-06-01/runtime/" + path);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
