package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests and answers by AWS's page "Create AWS Lambda proxy integrations for HTTP APIs in API Gateway". */
class HttpApiEventsTest {

    private static final byte[] NOTHING = {};

    /** The documented example for format 2.0, without the parts that need a client certificate or an authorizer. */
    private static final String DOCUMENTED = """
            {
              "version": "2.0",
              "routeKey": "$default",
              "rawPath": "/my/path",
              "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=value",
              "cookies": ["cookie1", "cookie2"],
              "headers": {
                "header1": "value1",
                "header2": "value1,value2",
                "host": "id.execute-api.us-east-1.amazonaws.com",
                "user-agent": "agent",
                "x-forwarded-for": "192.0.2.1",
                "x-forwarded-port": "443",
                "x-forwarded-proto": "https"
              },
              "queryStringParameters": {
                "parameter1": "value1,value2",
                "parameter2": "value"
              },
              "requestContext": {
                "accountId": "123456789012",
                "apiId": "local",
                "domainName": "id.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "id",
                "http": {
                  "method": "POST",
                  "path": "/my/path",
                  "protocol": "HTTP/1.1",
                  "sourceIp": "192.0.2.1",
                  "userAgent": "agent"
                },
                "requestId": "id",
                "routeKey": "$default",
                "stage": "$default",
                "time": "12/Mar/2020:19:03:58 +0000",
                "timeEpoch": 1584039838000
              },
              "body": "Hello from Lambda",
              "isBase64Encoded": false
            }
            """;

    @Test
    void theDocumentedExampleComesOut() throws Exception {
        var headers = new LinkedHashMap<String, List<String>>();
        headers.put("Header1", List.of("value1"));
        headers.put("Header2", List.of("value1", "value2"));
        headers.put("Cookie", List.of("cookie1; cookie2"));
        headers.put("Host", List.of("id.execute-api.us-east-1.amazonaws.com"));
        headers.put("User-Agent", List.of("agent"));
        var request = new HttpApiEvents.Request(
                "POST",
                "HTTP/1.1",
                "/my/path",
                "parameter1=value1&parameter1=value2&parameter2=value",
                headers,
                utf8("Hello from Lambda"),
                "192.0.2.1");
        JsonNode event =
                HttpApiEvents.event(request, HttpFront.Kind.HTTP_API, "id", Instant.parse("2020-03-12T19:03:58Z"));
        // Through text, so that the kinds of numbers do not matter.
        assertThat(Json.MAPPER.readTree(event.toString())).isEqualTo(Json.MAPPER.readTree(DOCUMENTED));
    }

    @Test
    void withoutBodyQueryAndCookiesTheirFieldsAreAbsent() {
        JsonNode event = event("GET", "/", "", Map.of(), NOTHING);
        assertThat(event.has("body")).isFalse();
        assertThat(event.has("queryStringParameters")).isFalse();
        assertThat(event.has("cookies")).isFalse();
        assertThat(event.get("rawQueryString").asText()).isEmpty();
        assertThat(event.get("isBase64Encoded").asBoolean()).isFalse();
    }

    @Test
    void anHttpApiDecodesThePathAndAFunctionUrlDoesNot() {
        var request = new HttpApiEvents.Request(
                "GET", "HTTP/1.1", "/a%20b/c%2Fd+e", "q=a%20b%26c+d&flag", Map.of(), NOTHING, "::1");
        JsonNode api = HttpApiEvents.event(request, HttpFront.Kind.HTTP_API, "id", Instant.EPOCH);
        assertThat(api.get("rawPath").asText()).isEqualTo("/a b/c/d+e");
        JsonNode url = HttpApiEvents.event(request, HttpFront.Kind.FUNCTION_URL, "id", Instant.EPOCH);
        assertThat(url.get("rawPath").asText()).isEqualTo("/a%20b/c%2Fd+e");
        assertThat(url.at("/requestContext/http/path").asText()).isEqualTo("/a%20b/c%2Fd+e");
        for (JsonNode event : List.of(api, url)) {
            assertThat(event.get("rawQueryString").asText()).isEqualTo("q=a%20b%26c+d&flag");
            assertThat(event.at("/queryStringParameters/q").asText()).isEqualTo("a b&c d");
            assertThat(event.at("/queryStringParameters/flag").asText()).isEmpty();
        }
    }

    @Test
    void bodiesThatAreNotTextComeInBase64() {
        byte[] bytes = {0, (byte) 0xff, 1};
        for (String type : List.of("application/octet-stream", "image/png", "application/x-www-form-urlencoded")) {
            JsonNode event = event("POST", "/", "", Map.of("Content-Type", List.of(type)), bytes);
            assertThat(event.get("isBase64Encoded").asBoolean()).isTrue();
            assertThat(event.get("body").asText()).isEqualTo("AP8B");
        }
        for (String type : List.of("application/json; charset=utf-8", "text/plain", "application/problem+json")) {
            JsonNode event = event("POST", "/", "", Map.of("Content-Type", List.of(type)), utf8("{\"ä\":1}"));
            assertThat(event.get("isBase64Encoded").asBoolean()).isFalse();
            assertThat(event.get("body").asText()).isEqualTo("{\"ä\":1}");
        }
        var notText = Map.of("Content-Type", List.of("application/json"));
        assertThat(event("POST", "/", "", notText, bytes).get("isBase64Encoded").asBoolean())
                .isTrue();
        var packed = Map.of("Content-Type", List.of("application/json"), "Content-Encoding", List.of("gzip"));
        assertThat(event("POST", "/", "", packed, utf8("{}"))
                        .get("isBase64Encoded")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void anAnswerBecomesAResponse() throws Exception {
        var response = HttpApiEvents.response(utf8("""
                {"statusCode": 201, "headers": {"Content-Type": "text/html", "X-Count": 3},
                 "cookies": ["a=1", "b=2; Secure"], "body": "<p>ü", "isBase64Encoded": false}"""));
        assertThat(response.status()).isEqualTo(201);
        assertThat(response.headers())
                .isEqualTo(Map.of(
                        "content-type", List.of("text/html"),
                        "x-count", List.of("3"),
                        "set-cookie", List.of("a=1", "b=2; Secure")));
        assertThat(response.body()).isEqualTo(utf8("<p>ü"));
    }

    @Test
    void aBase64BodyIsDecoded() throws Exception {
        var response = HttpApiEvents.response(utf8("{\"statusCode\":200,\"body\":\"AP8B\",\"isBase64Encoded\":true}"));
        assertThat(response.body()).isEqualTo(new byte[] {0, (byte) 0xff, 1});
    }

    @Test
    void answersWithoutAStatusAreBodies() throws Exception {
        var object = HttpApiEvents.response(utf8("{\"message\":\"hi\"}"));
        assertThat(object.status()).isEqualTo(200);
        assertThat(object.headers()).isEqualTo(Map.of("content-type", List.of("application/json")));
        assertThat(object.body()).isEqualTo(utf8("{\"message\":\"hi\"}"));
        assertThat(HttpApiEvents.response(utf8("\"Hello\"")).body()).isEqualTo(utf8("Hello"));
    }

    @Test
    void malformedAnswersAreRefused() {
        for (String answer : List.of(
                "no json",
                "{\"statusCode\":\"many\"}",
                "{\"statusCode\":99}",
                "{\"statusCode\":200,\"body\":\"%\",\"isBase64Encoded\":true}")) {
            assertThatThrownBy(() -> HttpApiEvents.response(utf8(answer))).isInstanceOf(IOException.class);
        }
    }

    private static ObjectNode event(
            String method, String path, String query, Map<String, List<String>> headers, byte[] body) {
        var request = new HttpApiEvents.Request(method, "HTTP/1.1", path, query, headers, body, "127.0.0.1");
        return HttpApiEvents.event(request, HttpFront.Kind.HTTP_API, "id", Instant.EPOCH);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
