package dev.quiver.api;

import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.send;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.quarkus.funqy.Funq;
import io.quarkus.test.junit.QuarkusTest;
import io.restassured.response.Response;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Holds the OpenAPI document to the truth: every function is in it, every example works, and every answer and problem that the server really gives is valid by the
 * document's schemas. Answers are checked more strictly than a client would: a field that the document does not know is an error.
 */
@QuarkusTest
class OpenApiTest {
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012);

    /** In an order in which each finds what it needs. */
    private static final List<String> OPERATIONS = List.of(
            "collections/create",
            "upsert",
            "collections/describe",
            "collections/list",
            "embed",
            "query",
            "rag",
            "count",
            "outliers",
            "duplicates",
            "recall",
            "fetch",
            "list",
            "update",
            "collections/update",
            "collections/compact",
            "collections/collect-garbage",
            "collections/fork",
            "collections/restore",
            "delete",
            "collections/delete");

    private ObjectNode document;

    @BeforeEach
    void read() {
        Response response = given().queryParam("format", "json").get("/q/openapi");
        assertThat(response.statusCode()).isEqualTo(200);
        document = (ObjectNode) Http.tree(response);
    }

    private JsonNode operation(String name) {
        return document.path("paths").path("/" + name).path("post");
    }

    private JsonNode requestContent(String name) {
        return operation(name).path("requestBody").path("content").path("application/json");
    }

    private JsonNode responseContent(String name, int status, String mediaType) {
        return operation(name)
                .path("responses")
                .path(Integer.toString(status))
                .path("content")
                .path(mediaType);
    }

    /** What is wrong with a value by a schema of the document. */
    private Set<String> wrong(JsonNode schema, JsonNode value, boolean strict) {
        ObjectNode root = document.deepCopy();
        root.setAll((ObjectNode) schema);
        if (strict) {
            root.path("components").path("schemas").forEach(s -> {
                if (s.has("properties") && !s.has("additionalProperties")) {
                    ((ObjectNode) s).put("additionalProperties", false);
                }
            });
        }
        JsonSchema compiled = SCHEMAS.getSchema(root);
        return compiled.validate(value).stream()
                .map(ValidationMessage::toString)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private void assertValid(String name, Response response) {
        String mediaType = response.contentType().replaceFirst(";.*", "");
        JsonNode content = responseContent(name, response.statusCode(), mediaType);
        assertThat(content.isObject())
                .as(
                        "%s answers %d %s, which the document does not say: %s",
                        name, response.statusCode(), mediaType, response.asString())
                .isTrue();
        assertThat(wrong(content.path("schema"), Http.tree(response), true))
                .as(name + ": " + response.asString())
                .isEmpty();
    }

    // ---- what is in it

    @Test
    void everyFunctionIsInIt() {
        Set<String> functions = Arrays.stream(Functions.class.getDeclaredMethods())
                .filter(m -> m.isAnnotationPresent(Funq.class))
                .map(m -> "/" + m.getAnnotation(Funq.class).value())
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> paths = new TreeSet<>();
        document.path("paths").fieldNames().forEachRemaining(paths::add);
        assertThat(paths.removeIf(p -> p.startsWith("/v1/"))).isTrue();
        assertThat(paths).isEqualTo(functions).hasSize(OPERATIONS.size());
        assertThat(OPERATIONS).allSatisfy(o -> assertThat(paths).contains("/" + o));
    }

    @Test
    void everyOperationIsDescribedWhole() {
        Set<String> tags = new TreeSet<>(document.path("tags").findValuesAsText("name"));
        Set<String> ids = new TreeSet<>();
        for (String name : OPERATIONS) {
            JsonNode o = operation(name);
            assertThat(o.path("summary").asText()).as(name).isNotBlank();
            assertThat(tags).contains(o.path("tags").path(0).asText());
            assertThat(ids.add(o.path("operationId").asText())).as(name).isTrue();
            assertThat(o.path("requestBody").path("required").asBoolean())
                    .as(name)
                    .isTrue();
            assertThat(requestContent(name).path("example").isObject()).as(name).isTrue();
            assertThat(responseContent(name, 200, "application/json")
                            .path("example")
                            .isObject())
                    .as(name)
                    .isTrue();
            for (String status : List.of("400", "405", "413", "415", "500")) {
                assertThat(o.path("responses").path(status).path("content").has("application/problem+json"))
                        .as(name + status)
                        .isTrue();
            }
        }
        assertThat(responseContent("rag", 200, "text/event-stream").isObject()).isTrue();
    }

    @Test
    void theDoorForClientsOfOpenAiIsInItAsItIs() {
        JsonNode post = document.at("/paths/~1v1~1embeddings/post");
        JsonNode request = post.at("/requestBody/content/application~1json");
        JsonNode answers = post.path("responses");
        JsonNode example = request.path("example");
        assertThat(wrong(request.path("schema"), example, true)).isEmpty();
        for (String body : List.of(
                example.toString(),
                "{'model': 'all-minilm-l6-v2', 'input': 'x', 'encoding_format': 'base64', 'dimensions': 384, 'user': 'me'}",
                "{'model': 'nobody', 'input': 'x'}",
                "{'model': 'all-minilm-l6-v2', 'input': [1]}",
                "{")) {
            Response response = send("v1/embeddings", body);
            JsonNode content =
                    answers.path(Integer.toString(response.statusCode())).at("/content/application~1json");
            assertThat(wrong(content.path("schema"), Http.tree(response), true))
                    .as(response.asString())
                    .isEmpty();
        }
        assertThat(shape(Http.tree(send("v1/embeddings", example.toString()))))
                .isEqualTo(shape(answers.at("/200/content/application~1json/example")));
        for (String path : List.of("models", "models/{model}")) {
            JsonNode get = document.path("paths").path("/v1/" + path).path("get");
            for (String model : List.of("all-minilm-l6-v2", "nobody")) {
                Response response = given().get("/v1/" + path.replace("{model}", model));
                JsonNode content = get.path("responses")
                        .path(Integer.toString(response.statusCode()))
                        .at("/content/application~1json");
                assertThat(wrong(content.path("schema"), Http.tree(response), true))
                        .as(response.asString())
                        .isEmpty();
                assertThat(response.statusCode() == 404 || content.has("example"))
                        .isTrue();
            }
        }
    }

    @Test
    void itSaysWhatItIs() {
        assertThat(document.path("openapi").asText()).isEqualTo("3.1.0");
        assertThat(document.path("info").path("title").asText()).isEqualTo("Quiver");
        assertThat(document.path("info").path("version").asText()).isNotBlank();
        assertThat(document.path("info").path("license").path("name").asText()).isEqualTo("Apache-2.0");
    }

    @Test
    void everySchemaIsASchemaAndEveryFieldIsExplained() {
        JsonSchema meta = SCHEMAS.getSchema(java.net.URI.create("https://json-schema.org/draft/2020-12/schema"));
        Map<String, JsonNode> schemas = new TreeMap<>();
        document.path("components").path("schemas").properties().forEach(e -> schemas.put(e.getKey(), e.getValue()));
        assertThat(schemas).containsKeys("UpsertRequest", "Problem", "FieldError", "Hit");
        List<String> unexplained = new ArrayList<>();
        schemas.forEach((name, schema) -> {
            assertThat(meta.validate(schema)).as(name).isEmpty();
            schema.path("properties").properties().forEach(p -> {
                if (p.getValue().path("description").asText().isBlank()) {
                    unexplained.add(name + "." + p.getKey());
                }
            });
        });
        assertThat(unexplained).isEmpty();
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        List<String> references = document.findValuesAsText("$ref");
        assertThat(references).isNotEmpty();
        for (String r : references) {
            assertThat(r).startsWith("#/");
            assertThat(document.at(r.substring(1)).isMissingNode()).as(r).isFalse();
        }
    }

    @Test
    void problemsAlwaysHaveTheirFourFields() {
        assertThat(document.at("/components/schemas/Problem/required").toString())
                .contains("type", "title", "status", "detail");
    }

    // ---- what it says, and what the server does

    @Test
    void examplesAreValidByTheirSchemas() {
        for (String name : OPERATIONS) {
            JsonNode request = requestContent(name);
            assertThat(wrong(request.path("schema"), request.path("example"), true))
                    .as(name)
                    .isEmpty();
            JsonNode answer = responseContent(name, 200, "application/json");
            assertThat(wrong(answer.path("schema"), answer.path("example"), true))
                    .as(name)
                    .isEmpty();
        }
    }

    @Test
    void everyExampleWorksAndItsAnswerIsOfTheShapeThatIsShown() {
        for (String name : OPERATIONS) {
            Response response =
                    send(name, requestContent(name).path("example").toString().replace("'", "\\u0027"));
            assertThat(response.statusCode())
                    .as(name + ": " + response.asString())
                    .isEqualTo(200);
            assertValid(name, response);
            assertThat(shape(Http.tree(response)))
                    .as(name)
                    .isEqualTo(
                            shape(responseContent(name, 200, "application/json").path("example")));
        }
    }

    /** The names and types in it; of an array, those of its first element. */
    private static Map<String, String> shape(JsonNode node) {
        Map<String, String> shape = new LinkedHashMap<>();
        shape("", node, shape);
        return new TreeMap<>(shape);
    }

    private static void shape(String at, JsonNode node, Map<String, String> shape) {
        shape.put(at, node.isNumber() ? "NUMBER" : node.getNodeType().name());
        if (node.isArray() && !node.isEmpty()) {
            shape(at + "/0", node.get(0), shape);
        }
        node.properties().forEach(e -> shape(at + "/" + e.getKey(), e.getValue(), shape));
    }

    @Test
    void answersWithEverythingInThemAreValid() {
        post(
                "upsert",
                "{'collection': 'openapi', 'create': {}, 'records': [{'id': 'a', 'text': 'The blue whale is large.', 'attributes': {'s': 'x', 'l': 1, 'd': 0.5, 'b': true, 'list': [1, 'x', 0.5, false]}}]}");
        for (String request : List.of(
                "upsert {'collection': 'openapi', 'create': {'metric': 'cosine', 'model': 'all-minilm-l6-v2', 'dimension': 384}, 'records': [{'id': 'long', 'text': '"
                        + "word ".repeat(300) + "'}, {'id': 'long', 'text': 'x'}]}",
                "query {'collection': 'openapi', 'text': '" + "whale ".repeat(300)
                        + "', 'topK': 5, 'filter': {'l': {'$in': [1]}}, 'include': ['vector', 'text', 'attributes'], 'minScore': -1, 'consistency': 'eventual'}",
                "query {'collection': 'openapi', 'id': 'a', 'include': []}",
                "query {'collection': 'openapi', 'text': 'whale', 'topK': 1, 'explain': true}",
                "query {'collection': 'openapi', 'id': 'a', 'boost': [{'field': 'l', 'decay': 'gauss', 'origin': 1, 'scale': 2.5, 'offset': 0, 'midpoint': 0.3, 'weight': 2}, {'field': 's', 'decay': 'exp', 'scale': 'P1D'}, {'filter': {'b': true}}], 'boostDepth': 50}",
                "query {'collection': 'openapi', 'id': 'a', 'accuracy': 0.9, 'probes': 3, 'rescore': 50}",
                "query {'collection': 'openapi', 'text': 'blue whale', 'mode': 'text', 'fields': {'text': 2}, 'matching': 'all'}",
                "query {'collection': 'openapi', 'text': 'blue whale', 'mode': 'hybrid', 'fusion': {'method': 'rrf', 'k': 10, 'vectorWeight': 0.4, 'depth': 50}}",
                "query {'collection': 'openapi', 'text': 'whale \\\"blue whale\\\" larg*', 'mode': 'hybrid', 'explain': true}",
                "query {'collection': 'openapi', 'text': 'whale', 'mode': 'hybrid', 'fusion': {'method': 'rrf', 'depth': 1}, 'explain': true}",
                "query {'collection': 'openapi', 'text': 'whale', 'mode': 'text', 'explain': true}",
                "rag {'collection': 'openapi', 'question': 'How large is the blue whale?', 'mode': 'text'}",
                "recall {'collection': 'openapi', 'sample': 3, 'topK': 2, 'accuracy': 1, 'probes': 3, 'rescore': 50}",
                "rag {'collection': 'openapi', 'question': 'How large is the blue whale?', 'topK': 3, 'filter': {'b': true}, 'stream': false}",
                "rag {'collection': 'openapi', 'question': 'Who won the chess tournament?'}",
                "fetch {'collection': 'openapi', 'ids': ['a', 'nobody'], 'include': ['vector', 'text', 'attributes'], 'consistency': 'strong'}",
                "list {'collection': 'openapi', 'limit': 1, 'prefix': '', 'include': ['vector']}",
                "embed {'inputs': [{'text': '" + "word ".repeat(300)
                        + "'}], 'purpose': 'query', 'model': 'all-minilm-l6-v2'}",
                "update {'collection': 'openapi', 'ids': ['a', 'nobody'], 'set': {'s': 'y'}, 'unset': ['d'], 'idempotencyKey': 'k'}",
                "update {'collection': 'openapi', 'filter': {'s': 'y'}, 'attributes': {'l': 1}}",
                "delete {'collection': 'openapi', 'ids': ['nobody']}",
                "collections/describe {'name': 'openapi'}",
                "collections/list {}")) {
            String[] parts = request.split(" ", 2);
            String body = parts[1].replace('\'', '"');
            assertThat(wrong(requestContent(parts[0]).path("schema"), Http.tree(body), false))
                    .as(request)
                    .isEmpty();
            Response response = send(parts[0], body);
            assertThat(response.statusCode()).as(response.asString()).isEqualTo(200);
            assertValid(parts[0], response);
        }
    }

    /** The first column says whether the document's schema refuses the request too, as it should where it can. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'filtre': {}}
            true  | 400 | query                | {'vector': [1]}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'topK': 0}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'topK': 1001}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'topK': '1'}
            true  | 400 | query                | {'collection': 'a', 'vector': ['1']}
            true  | 400 | query                | {'collection': 'a', 'vector': [null]}
            true  | 400 | query                | {'collection': 'a', 'vector': 'AACAPw=='}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'consistency': 'maybe'}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'include': ['all']}
            false | 400 | query                | {'collection': 'a'}
            false | 400 | query                | {'collection': 'a', 'vector': [1], 'filter': {'x': {'$y': 1}}}
            false | 404 | query                | {'collection': 'nowhere', 'vector': [1]}
            true  | 400 | upsert               | {'collection': 'a', 'records': []}
            true  | 400 | upsert               | {'collection': 'settings', 'records': [{'vector': [1]}]}
            true  | 400 | upsert               | {'collection': 'settings', 'records': [{'id': 'x', 'vektor': [1]}]}
            true  | 400 | upsert               | {'collection': 'a', 'create': {'dim': 1}, 'records': [{'id': 'x', 'vector': [1]}]}
            false | 404 | upsert               | {'collection': 'nowhere', 'records': [{'id': 'x', 'vector': [1]}]}
            false | 404 | upsert               | {'collection': 'nowhere', 'create': {'model': 'x'}, 'records': [{'id': 'x', 'vector': [1]}]}
            false | 409 | upsert               | {'collection': 'settings', 'create': {'metric': 'dot'}, 'records': [{'id': 'x', 'vector': [1]}]}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'accuracy': 1.01}
            true  | 400 | query                | {'collection': 'a', 'vector': [1], 'probes': 0}
            true  | 400 | recall               | {'collection': 'a', 'sample': 1001}
            false | 404 | recall               | {'collection': 'nowhere'}
            true  | 400 | fetch                | {'collection': 'a', 'ids': []}
            false | 404 | fetch                | {'collection': 'nowhere', 'ids': ['x']}
            false | 400 | update               | {'collection': 'a', 'ids': ['x']}
            true  | 400 | update               | {'collection': 'a', 'ids': [], 'set': {'a': 1}}
            false | 404 | update               | {'collection': 'nowhere', 'ids': ['x'], 'set': {'a': 1}}
            false | 400 | delete               | {'collection': 'a'}
            true  | 400 | delete               | {'collection': 'a', 'filter': 'all'}
            false | 404 | delete               | {'collection': 'nowhere', 'ids': ['x']}
            true  | 400 | list                 | {'collection': 'a', 'limit': 0}
            false | 404 | list                 | {'collection': 'nowhere'}
            true  | 400 | rag                  | {'collection': 'a'}
            true  | 400 | rag                  | {'collection': 'a', 'question': 'Why?', 'topK': 51}
            true  | 400 | rag                  | {'collection': 'a', 'question': 'Why?', 'stream': 1}
            false | 404 | rag                  | {'collection': 'nowhere', 'question': 'Why?', 'stream': true}
            true  | 400 | embed                | {'inputs': []}
            true  | 400 | embed                | {'inputs': [{}]}
            false | 404 | embed                | {'model': 'x', 'inputs': [{'text': 'a'}]}
            true  | 400 | collections/create   | {'name': 'Not A Name'}
            true  | 400 | collections/create   | {'name': 'a', 'dimension': 4097}
            true  | 400 | collections/create   | {'name': 'a', 'metric': 'manhattan'}
            false | 404 | collections/create   | {'name': 'new', 'model': 'x'}
            false | 409 | collections/create   | {'name': 'settings', 'dimension': 1}
            true  | 400 | collections/describe | {}
            false | 404 | collections/describe | {'name': 'nowhere'}
            true  | 400 | collections/delete   | {}
            false | 404 | collections/delete   | {'name': 'nowhere'}
            true  | 400 | collections/list     | {'x': 1}
            """)
    void aRefusedRequestIsRefusedAsTheDocumentSays(boolean bySchema, int status, String name, String json) {
        post(
                "upsert",
                "{'collection': 'settings', 'create': {'dimension': 1}, 'records': [{'id': 'x', 'vector': [1]}]}");
        Response response = send(name, json);
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertValid(name, response);
        assertThat(wrong(requestContent(name).path("schema"), Http.tree(json.replace('\'', '"')), false)
                        .isEmpty())
                .as("the schema of the request allows it")
                .isEqualTo(!bySchema);
    }

    @Test
    void whatIsWrongWithHttpIsInTheDocumentToo() {
        for (String name : OPERATIONS) {
            assertValid(name, given().get("/" + name));
            assertValid(name, given().contentType("text/plain").body("{}").post("/" + name));
            assertValid(name, send(name, "{"));
            assertValid(name, send(name, "[]"));
        }
    }

    // ---- where it is

    @ParameterizedTest
    @ValueSource(strings = {"/q/openapi", "/q/openapi?format=yaml"})
    void itIsThereAsYamlToo(String path) {
        String yaml = given().get(path).then().statusCode(200).extract().asString();
        assertThat(yaml).contains("openapi: 3.1.0", "/collections/create:");
    }

    @Test
    void swaggerUiShowsIt() {
        String page =
                given().get("/q/swagger-ui/").then().statusCode(200).extract().asString();
        assertThat(page).contains("swagger-ui", "/q/openapi");
        given().get("/q/swagger-ui/swagger-ui-bundle.js").then().statusCode(200);
    }

    @Test
    void methodsThatAreNoFunctionsAreNotInIt() {
        for (Method m : Functions.class.getDeclaredMethods()) {
            assertThat(m.isAnnotationPresent(Funq.class) || m.isSynthetic())
                    .as(m.getName())
                    .isTrue();
        }
    }
}
