package dev.quiver.api;

import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.restassured.response.Response;
import java.util.concurrent.atomic.AtomicInteger;

/** How the tests speak to the server: JSON with single quotes goes in, a tree comes out, and a problem is checked for all that every problem must have. */
final class Http {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger COLLECTIONS = new AtomicInteger();

    private Http() {}

    /** A name that no other test uses; all share one server. */
    static String newCollection() {
        return "test-" + COLLECTIONS.incrementAndGet();
    }

    /** @param json may have single quotes for double ones */
    static Response send(String operation, String json) {
        return given().contentType("application/json")
                .body(json.replace('\'', '"'))
                .post("/" + operation);
    }

    /** The answer of an operation that succeeds. */
    static JsonNode post(String operation, String json) {
        Response response = send(operation, json);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
        assertThat(response.contentType()).startsWith("application/json");
        return tree(response);
    }

    static JsonNode tree(Response response) {
        return tree(response.asString());
    }

    static JsonNode tree(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    /** The problem that an operation answers with. */
    static JsonNode problem(Response response, int status, String type) {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).isEqualTo("application/problem+json");
        JsonNode problem = tree(response);
        assertThat(problem.path("type").asText()).as(problem.toString()).isEqualTo("urn:quiver:problem:" + type);
        assertThat(problem.path("status").asInt()).isEqualTo(status);
        assertThat(problem.path("title").asText()).isNotBlank();
        assertThat(problem.path("detail").asText())
                .isNotBlank()
                .as("no insides of ours")
                .doesNotContain("dev.quiver", "java.lang", "com.fasterxml", "Exception");
        return problem;
    }

    /** … about one field. */
    static JsonNode problem(Response response, int status, String type, String pointer, String... words) {
        JsonNode problem = problem(response, status, type);
        assertThat(problem.path("errors")).as(problem.toString()).hasSize(1);
        assertThat(problem.path("errors").path(0).path("pointer").asText()).isEqualTo(pointer);
        assertThat(problem.path("errors").path(0).path("detail").asText()).isNotBlank();
        for (String w : words) {
            assertThat(problem.path("detail").asText()).contains(w);
        }
        return problem;
    }
}
