package dev.quiver.api;

import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.send;
import static dev.quiver.api.Http.tree;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quiver.testing.ScriptedProvider;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.response.Response;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The settings of the doors for clients of OpenAI's API and for language models, other than their defaults. The model is at a provider: those in the process can be loaded by one application in a JVM only. */
@QuarkusTest
@TestProfile(DoorsTest.Set.class)
@QuarkusTestResource(value = FarModel.class, restrictToAnnotatedClass = true)
class DoorsTest {
    public static class Set implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of(
                    "quiver.openai.aliases", "text-embedding-3-small=far, questions=far:query",
                    "quiver.mcp.read-only", "true",
                    "quiver.mcp.allowed-origins", "https://chat.example.com, https://Other.example");
        }
    }

    ScriptedProvider provider;

    /** Its vectors begin with the length of what it was sent. */
    @BeforeEach
    void embedByLength() {
        provider.embedsBy(
                texts -> texts.stream().map(t -> new float[] {t.length(), 1, 0}).toList());
    }

    private static int sent(String model) {
        JsonNode answer = post("v1/embeddings", "{'model': '%s', 'input': ['text', 'x']}".formatted(model));
        assertThat(answer.path("model").asText()).as("who it really was").isEqualTo("far");
        assertThat(answer.at("/usage/prompt_tokens").asInt())
                .as("as the provider has counted")
                .isEqualTo(ScriptedProvider.INPUT_TOKENS);
        assertThat(answer.path("data")).hasSize(2);
        return answer.at("/data/0/embedding/0").asInt();
    }

    @Test
    void aClientsOwnNamesAreMappedAndSayWhatTextsAreFor() {
        int document = "passage: text".length();
        int query = "query: text".length();
        assertThat(sent("far")).isEqualTo(document);
        assertThat(sent("far:query")).isEqualTo(query);
        assertThat(sent("text-embedding-3-small")).isEqualTo(document);
        assertThat(sent("text-embedding-3-small:query")).isEqualTo(query);
        assertThat(sent("questions")).isEqualTo(query);
        assertThat(sent("questions:document")).isEqualTo(document);
        assertThat(tree(given().get("/v1/models")).path("data").findValuesAsText("id"))
                .contains("far", "far:query", "text-embedding-3-small", "questions");
    }

    @Test
    void aProviderThatFailsIsAnErrorOfTheServer() {
        provider.failsToEmbedWith(500, "out of order");
        Response response = send("v1/embeddings", "{'model': 'far', 'input': 'x'}");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.path("error.type").toString()).isEqualTo("server_error");
        assertThat(response.path("error.code").toString()).isEqualTo("model_failed");
        assertThat(response.path("error.message").toString()).contains("'far'");
    }

    @Test
    void thereAreNoToolsThatChangeSomething() {
        JsonNode tools = Mcp.ask("tools/list", "{}").at("/result/tools");
        assertThat(tools.findValuesAsText("title")).hasSize(5);
        tools.forEach(
                t -> assertThat(t.at("/annotations/readOnlyHint").asBoolean()).isTrue());
        assertThat(Mcp.ask("tools/call", "{'name': 'create_collection', 'arguments': {'name': 'x'}}")
                        .at("/error/message")
                        .asText())
                .contains("create_collection");
        assertThat(Http.post("collections/list", "{}").path("collections")).isEmpty();
    }

    @Test
    void pagesThatAreAllowedMayCall() {
        String ping = "{'jsonrpc': '2.0', 'id': 1, 'method': 'ping'}";
        for (Map.Entry<String, Integer> origin : Map.of(
                        "https://chat.example.com", 200,
                        "https://other.example", 200,
                        "http://chat.example.com", 403,
                        "https://chat.example.com:8443", 403)
                .entrySet()) {
            assertThat(Mcp.send(given().header("Origin", origin.getKey()), ping).statusCode())
                    .as(origin.getKey())
                    .isEqualTo(origin.getValue());
        }
    }
}
