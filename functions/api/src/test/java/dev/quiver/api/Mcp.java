package dev.quiver.api;

import static dev.quiver.api.Http.tree;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.restassured.response.Response;
import io.restassured.specification.RequestSpecification;

/** How tests send messages of the Model Context Protocol by hand, where a client would not make the mistake or hides the answer. */
final class Mcp {
    static final String STATELESS = "2026-07-28";
    private static final String META =
            "{'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {}}";

    private Mcp() {}

    /** @param json may have single quotes for double ones */
    static Response send(RequestSpecification request, String json) {
        return request.contentType("application/json")
                .accept("application/json, text/event-stream")
                .body(json.replace('\'', '"'))
                .post("/mcp");
    }

    /** A message of a client that has shaken hands. */
    static JsonNode ask(String method, String params) {
        Response response = send(
                given().header("MCP-Protocol-Version", "2025-11-25"),
                "{'jsonrpc': '2.0', 'id': 7, 'method': '" + method + "', 'params': " + params + "}");
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        assertThat(response.contentType()).startsWith("application/json");
        assertThat(response.header("Mcp-Session-Id")).isNull();
        JsonNode answer = tree(response);
        assertThat(answer.path("jsonrpc").asText()).isEqualTo("2.0");
        assertThat(answer.path("id").asInt()).isEqualTo(7);
        return answer;
    }

    /** What a tool answers, or the result that says why it does not. */
    static JsonNode call(String tool, String arguments) {
        return ask("tools/call", "{'name': '" + tool + "', 'arguments': " + arguments + "}")
                .path("result");
    }

    /** What a tool that succeeds answers. */
    static JsonNode done(String tool, String arguments) {
        JsonNode result = call(tool, arguments);
        assertThat(result.path("isError").asBoolean(true)).as(result.toString()).isFalse();
        JsonNode answer = result.path("structuredContent");
        assertThat(tree(result.at("/content/0/text").asText()))
                .as("for clients that know no structured content")
                .isEqualTo(answer);
        return answer;
    }

    /** A message of a client that shakes no hands, with what it must have. */
    static Response stateless(RequestSpecification request, String method, String name, String params) {
        RequestSpecification with =
                request.header("MCP-Protocol-Version", STATELESS).header("Mcp-Method", method);
        if (name != null) {
            with.header("Mcp-Name", name);
        }
        String meta = "{'_meta': " + META + (params.equals("{}") ? "}" : ", " + params.substring(1));
        return send(with, "{'jsonrpc': '2.0', 'id': 'a', 'method': '" + method + "', 'params': " + meta + "}");
    }

    static JsonNode stateless(String method, String name, String params) {
        Response response = stateless(given(), method, name, params);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        JsonNode answer = tree(response);
        assertThat(answer.path("id").asText()).isEqualTo("a");
        JsonNode result = answer.path("result");
        assertThat(result.path("resultType").asText()).isEqualTo("complete");
        assertThat(result.path("_meta")
                        .path("io.modelcontextprotocol/serverInfo")
                        .path("name")
                        .asText())
                .isEqualTo("quiver");
        return result;
    }
}
