package dev.quiver.api;

import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static io.restassured.RestAssured.given;

import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Where the doors for clients of OpenAI's API and for language models are shut. */
@QuarkusTest
@TestProfile(DoorsShutTest.Shut.class)
class DoorsShutTest {
    public static class Shut implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quiver.openai.enabled", "false", "quiver.mcp.enabled", "false");
        }
    }

    @Test
    void nothingIsBehindThem() {
        problem(send("v1/embeddings", "{'model': 'all-minilm-l6-v2', 'input': 'x'}"), 404, "not-found");
        problem(given().get("/v1/models"), 404, "not-found");
        problem(Mcp.send(given(), "{'jsonrpc': '2.0', 'id': 1, 'method': 'ping'}"), 404, "not-found");
    }
}
