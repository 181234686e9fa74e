package dev.quiver.infra.lambda;

import static dev.quiver.infra.lambda.Packages.order;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The doors of a function, over the wire. The fake answers with its event unless it is told otherwise. */
@Timeout(120)
class HttpFrontTest {

    @TempDir
    static Path folder;

    private static LambdaRuntime lambda;
    private static HttpFront front;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        lambda = LambdaRuntime.start(
                Packages.fake(folder).timeout(Duration.ofSeconds(20)).build());
        front = HttpFront.start(lambda, 0);
    }

    @AfterAll
    static void close() {
        CLIENT.close();
        front.close();
        lambda.close();
    }

    @Test
    void aRequestIsAnEventAndTheAnswerAResponse() throws Exception {
        var response = send("PUT", "/v1/x?a=1", BodyPublishers.ofString("{\"v\":1}"), "application/json");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type")).contains("application/json");
        assertThat(response.headers().firstValue("apigw-requestid")).isPresent();
        JsonNode event = Json.MAPPER.readTree(response.body());
        assertThat(event.at("/requestContext/http/method").asText()).isEqualTo("PUT");
        assertThat(event.get("rawPath").asText()).isEqualTo("/v1/x");
        assertThat(event.get("body").asText()).isEqualTo("{\"v\":1}");
        assertThat(event.at("/headers/content-type").asText()).isEqualTo("application/json");
        assertThat(event.at("/headers/host").asText()).isEqualTo("127.0.0.1:" + front.port());
        assertThat(event.at("/requestContext/http/sourceIp").asText()).isEqualTo("127.0.0.1");
    }

    @Test
    void anAuthorizersFindingsCanBeAdded() throws Exception {
        try (var own = HttpFront.start(
                lambda, 0, HttpFront.Kind.HTTP_API, event -> event.withObject("/requestContext/authorizer/jwt/claims")
                        .put("sub", "me"))) {
            var response = CLIENT.send(HttpRequest.newBuilder(own.endpoint()).build(), BodyHandlers.ofString());
            assertThat(Json.MAPPER
                            .readTree(response.body())
                            .at("/requestContext/authorizer/jwt/claims/sub")
                            .asText())
                    .isEqualTo("me");
        }
    }

    @Test
    void aFailedFunctionIsAnInternalServerError() throws Exception {
        var response = sendOrder("fail");
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(response.body()).isEqualTo("{\"message\":\"Internal Server Error\"}");
    }

    @Test
    void aBodyAboveTheLimitIsRefused() throws Exception {
        var response = send("POST", "/", BodyPublishers.ofByteArray(new byte[11 << 20]), "text/plain");
        assertThat(response.statusCode()).isEqualTo(413);
        // 7 MB pass the gateway, but not Lambda.
        response = send("POST", "/", BodyPublishers.ofString("x".repeat(7 << 20)), "text/plain");
        assertThat(response.statusCode()).isEqualTo(413);
    }

    @Test
    void theInvokeApiPassesThePayloadAsItIs() throws Exception {
        var response = invoke("fake", " [1, 2] ", "RequestResponse");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(" [1, 2] ");
        assertThat(response.headers().firstValue("X-Amz-Function-Error")).isEmpty();
        assertThat(response.headers().firstValue("X-Amz-Executed-Version")).contains("$LATEST");
    }

    @Test
    void theInvokeApiTellsFunctionErrorsInAHeader() throws Exception {
        var response = invoke("fake", order("fail"), "RequestResponse");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("X-Amz-Function-Error")).contains("Unhandled");
        assertThat(response.body()).contains("\"errorType\":\"Bad\"");
        String log = new String(
                Base64.getDecoder()
                        .decode(response.headers()
                                .firstValue("X-Amz-Log-Result")
                                .orElseThrow()),
                StandardCharsets.UTF_8);
        assertThat(log).contains("about to fail").contains("REPORT RequestId: ");
    }

    @Test
    void theInvokeApiRefusesWhatLambdaRefuses() throws Exception {
        assertThat(invoke("other", "{}", "RequestResponse").statusCode()).isEqualTo(404);
        var notJson = invoke("fake", "{", "RequestResponse");
        assertThat(notJson.statusCode()).isEqualTo(400);
        assertThat(notJson.headers().firstValue("X-Amzn-ErrorType")).contains("InvalidRequestContentException");
        var large = invoke("fake", "\"" + "x".repeat(LambdaRuntime.PAYLOAD_LIMIT) + "\"", "RequestResponse");
        assertThat(large.statusCode()).isEqualTo(413);
        assertThat(invoke("fake", "{}", "DryRun").statusCode()).isEqualTo(204);
    }

    @Test
    void anEventInvocationIsAcceptedAtOnce() throws Exception {
        int before = lambda.reports().size();
        assertThat(invoke("fake", "{}", "Event").statusCode()).isEqualTo(202);
        while (lambda.reports().size() == before) {
            Thread.sleep(10);
        }
    }

    @Test
    void headHasNoBody() throws Exception {
        var response = send("HEAD", "/", BodyPublishers.noBody(), "text/plain");
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEmpty();
    }

    private HttpResponse<String> sendOrder(String command) throws Exception {
        // In the event it is a field "do" of the headers, and the fake finds it there.
        return CLIENT.send(
                HttpRequest.newBuilder(front.endpoint().resolve("/"))
                        .header("do", command)
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> send(String method, String path, BodyPublisher body, String type) throws Exception {
        return CLIENT.send(
                HttpRequest.newBuilder(front.endpoint().resolve(path))
                        .method(method, body)
                        .header("Content-Type", type)
                        .build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> invoke(String name, String payload, String type) throws Exception {
        URI uri = front.endpoint().resolve("/2015-03-31/functions/" + name + "/invocations");
        return CLIENT.send(
                HttpRequest.newBuilder(uri)
                        .POST(BodyPublishers.ofString(payload))
                        .header("X-Amz-Invocation-Type", type)
                        .header("X-Amz-Log-Type", "Tail")
                        .build(),
                BodyHandlers.ofString());
    }
}
