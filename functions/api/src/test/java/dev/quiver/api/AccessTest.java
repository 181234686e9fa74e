package dev.quiver.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.ApiKey.Issued;
import dev.quiver.functions.auth.ApiKeys;
import dev.quiver.functions.auth.Scope;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;

/** With keys, tenants are apart: what a key is not for can be neither read nor inferred. */
@QuarkusTest
@TestProfile(AccessTest.WithKeys.class)
class AccessTest {
    private static final String OPS = secret("ops");
    private static final String A = secret("a");
    private static final String READER = secret("reader");
    private static final String WRITER = secret("writer");

    private static String secret(String id) {
        return ConfigProvider.getConfig().getValue("test.key." + id, String.class);
    }

    public static class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            List<Issued> issued = List.of(
                    ApiKey.issue("ops", Set.of(Scope.values()), List.of("*"), null),
                    ApiKey.issue("a", Set.of(Scope.values()), List.of("a-*"), null),
                    ApiKey.issue("reader", Set.of(Scope.READ), List.of("a-*"), null),
                    ApiKey.issue("writer", Set.of(Scope.WRITE), List.of("a-*"), null));
            Map<String, String> settings = new HashMap<>();
            issued.forEach(i -> settings.put("test.key." + i.key().id(), i.secret()));
            try {
                Path file = Files.createTempFile("quiver-keys", ".json");
                file.toFile().deleteOnExit();
                Files.write(file, ApiKeys.write(issued.stream().map(Issued::key).toList()));
                settings.put("quiver.auth.mode", "keys");
                settings.put("quiver.auth.keys", file.toString());
                return settings;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static Response send(String secret, String operation, String body) {
        var request = given().contentType("application/json").body(body.replace('\'', '"'));
        if (secret != null) {
            request.header("Authorization", "Bearer " + secret);
        }
        return request.post("/" + operation);
    }

    private static JsonNode ok(String key, String operation, String body) throws IOException {
        Response r = send(key, operation, body);
        assertThat(r.statusCode()).as(r.asString()).isEqualTo(200);
        return new ObjectMapper().readTree(r.asString());
    }

    private static String refused(String key, String operation, String body) {
        Response r = send(key, operation, body);
        assertThat(r.statusCode()).as(operation + " " + r.asString()).isEqualTo(403);
        assertThat(r.path("type").toString()).isEqualTo("urn:quiver:problem:forbidden");
        return r.path("detail");
    }

    @Test
    void nobodyComesInWithoutAKey() {
        for (String wrong : new String[] {null, "", "qvr_ops_AAAA", OPS + "A"}) {
            for (String operation : List.of("query", "collections/list", "rag", "embed", "collections/delete")) {
                Response r = send(wrong, operation, "{}");
                assertThat(r.statusCode()).as(operation).isEqualTo(401);
                assertThat(r.header("WWW-Authenticate")).isEqualTo("Bearer");
                assertThat(r.contentType()).startsWith("application/problem+json");
                assertThat(r.asString()).doesNotContain("qvr_");
            }
        }
        assertThat(send(null, "rag", "{'collection': 'a-1', 'question': 'x', 'stream': true}")
                        .statusCode())
                .isEqualTo(401);
    }

    /** Every operation, on a collection of somebody else's that exists and on one that does not: the answers differ in nothing but the name. */
    @Test
    void whatBelongsToOthersCanNeitherBeReadNorInferred() throws IOException {
        ok(OPS, "collections/create", "{'name': 'b-there', 'dimension': 2}");
        ok(OPS, "upsert", "{'collection': 'b-there', 'records': [{'id': 'x', 'vector': [1, 0]}]}");
        ok(A, "collections/create", "{'name': 'a-mine', 'dimension': 2}");
        Map<String, String> bodies = Map.ofEntries(
                Map.entry("query", "{'collection': '%s', 'vector': [1, 0]}"),
                Map.entry("rag", "{'collection': '%s', 'question': 'x'}"),
                Map.entry("recall", "{'collection': '%s'}"),
                Map.entry("fetch", "{'collection': '%s', 'ids': ['x']}"),
                Map.entry("list", "{'collection': '%s'}"),
                Map.entry("upsert", "{'collection': '%s', 'records': [{'id': 'x', 'vector': [1, 0]}]}"),
                Map.entry("update", "{'collection': '%s', 'ids': ['x'], 'set': {'a': 1}}"),
                Map.entry("delete", "{'collection': '%s', 'ids': ['x']}"),
                Map.entry("collections/create", "{'name': '%s', 'dimension': 2}"),
                Map.entry("collections/describe", "{'name': '%s'}"),
                Map.entry("collections/update", "{'name': '%s', 'retention': 'PT1H'}"),
                Map.entry("collections/fork", "{'name': '%s', 'as': 'a-fork'}"),
                Map.entry("collections/restore", "{'name': '%s', 'asOf': {'sequence': 0}}"),
                Map.entry("collections/compact", "{'name': '%s'}"),
                Map.entry("collections/collect-garbage", "{'name': '%s'}"),
                Map.entry("collections/delete", "{'name': '%s'}"));
        bodies.forEach((operation, body) -> {
            String there = refused(A, operation, body.formatted("b-there"));
            String not = refused(A, operation, body.formatted("b-not"));
            assertThat(there.replace("b-there", "")).as(operation).isEqualTo(not.replace("b-not", ""));
        });
        refused(A, "collections/fork", "{'name': 'a-mine', 'as': 'b-stolen'}");
        assertThat(send(A, "rag", "{'collection': 'b-there', 'question': 'x', 'stream': true}")
                        .statusCode())
                .isEqualTo(403);
        assertThat(ok(A, "collections/list", "{}").toString())
                .contains("a-mine")
                .doesNotContain("b-");
        assertThat(ok(OPS, "collections/list", "{}").toString()).contains("a-mine", "b-there");
        assertThat(ok(OPS, "fetch", "{'collection': 'b-there', 'ids': ['x']}").path("records"))
                .hasSize(1);
    }

    @Test
    void clientsOfOpenAisApiNeedAKeyThatReads() {
        String body = "{'model': 'all-minilm-l6-v2', 'input': 'x'}";
        for (String wrong : new String[] {null, "", "sk-1234"}) {
            Response r = send(wrong, "v1/embeddings", body);
            assertThat(r.statusCode()).isEqualTo(401);
            assertThat(r.header("WWW-Authenticate")).isEqualTo("Bearer");
            assertThat(r.path("error.code").toString()).isEqualTo("invalid_api_key");
            assertThat(r.path("error.type").toString()).isEqualTo("invalid_request_error");
        }
        assertThat(given().get("/v1/models").statusCode()).isEqualTo(401);
        Response writer = send(WRITER, "v1/embeddings", body);
        assertThat(writer.statusCode()).isEqualTo(403);
        assertThat(writer.path("error.message").toString()).contains("'read'");
        assertThat(send(READER, "v1/embeddings", "{'model': 'nobody', 'input': 'x'}")
                        .statusCode())
                .as("is let in")
                .isEqualTo(404);
    }

    private static JsonNode mcp(String key, String method, String params) throws IOException {
        return ok(key, "mcp", "{'jsonrpc': '2.0', 'id': 1, 'method': '" + method + "', 'params': " + params + "}")
                .path("result");
    }

    private static JsonNode tool(String key, String name, String arguments) throws IOException {
        return mcp(key, "tools/call", "{'name': '" + name + "', 'arguments': " + arguments + "}");
    }

    @Test
    void languageModelsMayDoWhatTheirKeyMay() throws IOException {
        for (String method : List.of("initialize", "tools/list", "ping")) {
            Response nobody = send(null, "mcp", "{'jsonrpc': '2.0', 'id': 1, 'method': '" + method + "'}");
            assertThat(nobody.statusCode()).as(method).isEqualTo(401);
            assertThat(nobody.header("WWW-Authenticate")).isEqualTo("Bearer");
        }
        assertThat(mcp(READER, "tools/list", "{}").path("tools").findValuesAsText("title"))
                .hasSize(5);
        assertThat(mcp(WRITER, "tools/list", "{}").at("/tools/0/name").asText()).isEqualTo("upsert");
        assertThat(mcp(OPS, "tools/list", "{}").path("tools")).hasSize(8);

        tool(OPS, "create_collection", "{'name': 'b-mcp'}");
        tool(A, "create_collection", "{'name': 'a-mcp'}");
        assertThat(tool(WRITER, "upsert", "{'collection': 'a-nowhere', 'records': [{'id': 'x', 'text': 'x'}]}")
                        .at("/content/0/text")
                        .asText())
                .as("is let in")
                .contains("no such collection");
        assertThat(tool(READER, "fetch", "{'collection': 'a-mcp', 'ids': ['x']}")
                        .at("/structuredContent/missing"))
                .hasSize(1);
        assertThat(tool(READER, "list_collections", "{}").toString())
                .contains("a-mcp")
                .doesNotContain("b-mcp");
        Map<String, String> others = Map.of(
                "search", "{'collection': '%s', 'text': 'x'}",
                "ask", "{'collection': '%s', 'question': 'x'}",
                "fetch", "{'collection': '%s', 'ids': ['x']}",
                "upsert", "{'collection': '%s', 'records': [{'id': 'x', 'text': 'x'}]}",
                "describe_collection", "{'name': '%s'}",
                "create_collection", "{'name': '%s'}");
        for (Map.Entry<String, String> o : others.entrySet()) {
            JsonNode there = tool(A, o.getKey(), o.getValue().formatted("b-mcp"));
            JsonNode not = tool(A, o.getKey(), o.getValue().formatted("b-not"));
            assertThat(there.path("isError").asBoolean()).as(o.getKey()).isTrue();
            assertThat(there.toString().replace("b-mcp", ""))
                    .isEqualTo(not.toString().replace("b-not", ""));
        }
        for (String changes : List.of("upsert", "create_collection")) {
            JsonNode refused = tool(READER, changes, others.get(changes).formatted("a-mcp"));
            assertThat(refused.path("isError").asBoolean()).isTrue();
            assertThat(refused.at("/content/0/text").asText()).contains("does not have the scope");
        }
    }

    @Test
    void scopesAreApart() throws IOException {
        ok(A, "collections/create", "{'name': 'a-scopes', 'dimension': 2}");
        String upsert = "{'collection': 'a-scopes', 'records': [{'id': 'x', 'vector': [1, 0]}]%s}";
        refused(READER, "upsert", upsert.formatted(""));
        ok(WRITER, "upsert", upsert.formatted(""));
        refused(WRITER, "upsert", upsert.formatted(", 'create': {}"));
        refused(WRITER, "query", "{'collection': 'a-scopes', 'vector': [1, 0]}");
        assertThat(ok(READER, "query", "{'collection': 'a-scopes', 'vector': [1, 0]}")
                        .path("hits"))
                .hasSize(1);
        refused(READER, "collections/delete", "{'name': 'a-scopes'}");
        refused(WRITER, "collections/create", "{'name': 'a-new', 'dimension': 2}");
        refused(READER, "delete", "{'collection': 'a-scopes', 'ids': ['x']}");
    }
}
