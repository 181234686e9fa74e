package dev.quiver.api;

import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.tree;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.langchain4j.model.output.Response;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds down the door for clients of OpenAI's embeddings API: the clients themselves, unchanged, and what each field and each mistake leads to. */
@QuarkusTest
class OpenAiTest {
    /** The last line whose client runs on Node 20, which is as old as the machines that run this. */
    private static final String OPENAI = "openai@6.49.0";

    @TestHTTPResource("/")
    String server;

    private String base() {
        return server.replaceFirst("/$", "");
    }

    private static io.restassured.response.Response send(String json) {
        return Http.send("v1/embeddings", json);
    }

    private static JsonNode embed(String json) {
        return post("v1/embeddings", json);
    }

    private static JsonNode error(io.restassured.response.Response response, int status, String param, String code) {
        assertThat(response.statusCode()).as(response.asString()).isEqualTo(status);
        assertThat(response.contentType()).startsWith("application/json");
        JsonNode error = tree(response).path("error");
        assertThat(error.path("message").asText()).isNotBlank().doesNotContain("dev.quiver", "Exception");
        assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
        assertThat(error.path("param").asText(null)).as(response.asString()).isEqualTo(param);
        assertThat(error.path("code").asText(null)).as(response.asString()).isEqualTo(code);
        assertThat(error.has("param") && error.has("code"))
                .as("both are there, if only as null")
                .isTrue();
        return error;
    }

    /** What {@code embed} answers, which is what this door must answer. */
    private static JsonNode embeddings(String model, String purpose, String... texts) {
        String inputs = java.util.Arrays.stream(texts)
                .map(t -> "{'text': '" + t + "'}")
                .collect(Collectors.joining(",", "[", "]"));
        return post("embed", "{'model': '%s', 'purpose': '%s', 'inputs': %s}".formatted(model, purpose, inputs))
                .path("embeddings");
    }

    // ---- clients

    @Test
    void langChain4jsClientWorksUnchanged() {
        String url = base();
        // begin langchain4j
        EmbeddingModel model = OpenAiEmbeddingModel.builder()
                .baseUrl(url + "/v1")
                .apiKey("a key of yours, or anything if there are none")
                .modelName("bge-small-en-v1.5")
                .build();
        Response<List<Embedding>> documents = model.embedAll(
                List.of(TextSegment.from("Roll back with deploy."), TextSegment.from("Lunch is at noon.")));
        // end langchain4j
        Documentation.assertShows("openai.md", OpenAiTest.class, "langchain4j");
        JsonNode expected = embeddings("bge-small-en-v1.5", "document", "Roll back with deploy.", "Lunch is at noon.");
        for (int i = 0; i < 2; i++) {
            assertThat(documents.content().get(i).vector()).isEqualTo(floats(expected.get(i)));
        }
        assertThat(documents.tokenUsage().inputTokenCount()).isEqualTo(7 + 7);
        EmbeddingModel unknown = OpenAiEmbeddingModel.builder()
                .baseUrl(url + "/v1")
                .apiKey("none")
                .modelName("text-embedding-ada-002")
                .maxRetries(0)
                .build();
        assertThatExceptionOfType(ModelNotFoundException.class)
                .isThrownBy(() -> unknown.embed("x"))
                .withMessageContaining("all-minilm-l6-v2");
    }

    /** The program on the page, which asks without an {@code encoding_format}: then the client asks for base64 and decodes it. */
    @Test
    void theClientThatOpenAiMakesWorksUnchanged() {
        String script = Documentation.blocks("openai.md", "js").getFirst();
        assertThat(script).contains(Documentation.SERVER);
        String printed = Npm.run(script.replace(Documentation.SERVER, base()) + """
                        console.log(JSON.stringify({
                          base64: (await client.embeddings.create({model: 'all-minilm-l6-v2', input: 'one'})).data[0].embedding,
                          float: (await client.embeddings.create({model: 'all-minilm-l6-v2', input: 'one', encoding_format: 'float'})).data[0].embedding,
                          models: (await client.models.list()).data.map(m => m.id),
                          model: (await client.models.retrieve('bge-small-en-v1.5:query')).id,
                          error: await client.embeddings.create({model: 'gpt-9', input: 'one'}).catch(e => [e.constructor.name, e.status, e.code, e.param, e.type]),
                        }))
                        """, Map.of(), OPENAI);
        String[] lines = printed.strip().split("\n");
        assertThat(lines).as(printed).hasSize(3);
        assertThat(lines[0]).startsWith("384 ");
        assertThat(Double.parseDouble(lines[1]))
                .as("the texts are about the same")
                .isGreaterThan(0.7);
        JsonNode answer = tree(lines[2]);
        float[] expected =
                floats(embeddings("all-minilm-l6-v2", "document", "one").get(0));
        assertThat(floats(answer.path("base64"))).isEqualTo(expected);
        assertThat(floats(answer.path("float"))).isEqualTo(expected);
        assertThat(answer.path("models").toString()).contains("all-minilm-l6-v2", "bge-small-en-v1.5:query");
        assertThat(answer.path("model").asText()).isEqualTo("bge-small-en-v1.5:query");
        assertThat(answer.path("error").toString())
                .isEqualTo("[\"NotFoundError\",404,\"model_not_found\",\"model\",\"invalid_request_error\"]");
    }

    private static float[] floats(JsonNode array) {
        float[] floats = new float[array.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = array.get(i).floatValue();
        }
        return floats;
    }

    // ---- answers

    @Test
    void anAnswerHasAllThatOpenAisHave() {
        JsonNode answer = embed("{'model': 'all-minilm-l6-v2', 'input': ['one', 'two words']}");
        assertThat(answer.path("object").asText()).isEqualTo("list");
        assertThat(answer.path("model").asText()).isEqualTo("all-minilm-l6-v2");
        assertThat(answer.path("usage").toString()).isEqualTo("{\"prompt_tokens\":7,\"total_tokens\":7}");
        assertThat(answer.path("data")).hasSize(2);
        JsonNode expected = embeddings("all-minilm-l6-v2", "document", "one", "two words");
        for (int i = 0; i < 2; i++) {
            JsonNode item = answer.path("data").get(i);
            assertThat(item.path("object").asText()).isEqualTo("embedding");
            assertThat(item.path("index").asInt()).isEqualTo(i);
            assertThat(item.path("embedding")).isEqualTo(expected.get(i));
        }
    }

    @Test
    void oneTextNeedsNoArray() {
        assertThat(embed("{'model': 'all-minilm-l6-v2', 'input': 'one'}").path("data"))
                .isEqualTo(
                        embed("{'model': 'all-minilm-l6-v2', 'input': ['one']}").path("data"));
    }

    @Test
    void base64IsLittleEndianFloats() {
        JsonNode answer = embed("{'model': 'all-minilm-l6-v2', 'input': 'one', 'encoding_format': 'base64'}");
        ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder()
                        .decode(answer.at("/data/0/embedding").asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        float[] decoded = new float[384];
        bytes.asFloatBuffer().get(decoded);
        assertThat(bytes.remaining()).isEqualTo(384 * 4);
        assertThat(decoded)
                .isEqualTo(
                        floats(embeddings("all-minilm-l6-v2", "document", "one").get(0)));
    }

    @Test
    void whatATextIsForIsTheEndOfTheModelsName() {
        for (Map.Entry<String, String> name : Map.of(
                        "bge-small-en-v1.5", "document",
                        "bge-small-en-v1.5:document", "document",
                        "bge-small-en-v1.5:query", "query")
                .entrySet()) {
            JsonNode answer = embed("{'model': '%s', 'input': 'one'}".formatted(name.getKey()));
            assertThat(answer.at("/data/0/embedding"))
                    .as(name.getKey())
                    .isEqualTo(embeddings("bge-small-en-v1.5", name.getValue(), "one")
                            .get(0));
            assertThat(answer.path("model").asText()).isEqualTo("bge-small-en-v1.5");
        }
        assertThat(embeddings("bge-small-en-v1.5", "query", "one"))
                .isNotEqualTo(embeddings("bge-small-en-v1.5", "document", "one"));
    }

    @Test
    void whatIsNotKnownAndWhoAsksIsIgnored() {
        assertThat(embed(
                                "{'model': 'all-minilm-l6-v2', 'input': 'one', 'user': 'me', 'dimensions': 384, 'encoding_format': null, 'some_day': {'x': [1]}}")
                        .path("data"))
                .isEqualTo(
                        embed("{'model': 'all-minilm-l6-v2', 'input': 'one'}").path("data"));
    }

    @Test
    void asManyTextsAsOpenAiTakes() {
        String texts = IntStream.range(0, 2048).mapToObj(i -> "'" + i + "'").collect(Collectors.joining(","));
        JsonNode answer = embed("{'model': 'all-minilm-l6-v2', 'input': [" + texts + "]}");
        assertThat(answer.path("data")).hasSize(2048);
        assertThat(answer.at("/data/2047/embedding"))
                .isEqualTo(embeddings("all-minilm-l6-v2", "document", "2047").get(0));
        assertThat(error(send("{'model': 'all-minilm-l6-v2', 'input': [" + texts + ",'x']}"), 400, "input", null)
                        .path("message")
                        .asText())
                .contains("2049", "2048");
    }

    // ---- mistakes

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            404 | model           | model_not_found | gpt-9, all-minilm-l6-v2, quiver.openai.aliases | {'model': 'gpt-9', 'input': 'x'}
            404 | model           | model_not_found | nobody:query                 | {'model': 'nobody:query', 'input': 'x'}
            400 | model           |                 | model, all-minilm-l6-v2      | {'input': 'x'}
            400 | model           |                 | model                        | {'model': 7, 'input': 'x'}
            400 | input           |                 | input                        | {'model': 'all-minilm-l6-v2'}
            400 | input           |                 | input                        | {'model': 'all-minilm-l6-v2', 'input': null}
            400 | input           |                 | one text or more             | {'model': 'all-minilm-l6-v2', 'input': []}
            400 | input           |                 | one text or more             | {'model': 'all-minilm-l6-v2', 'input': {'text': 'x'}}
            400 | input           |                 | input is blank               | {'model': 'all-minilm-l6-v2', 'input': ''}
            400 | input           |                 | input[1]                     | {'model': 'all-minilm-l6-v2', 'input': ['x', ' ']}
            400 | input           |                 | input[1]                     | {'model': 'all-minilm-l6-v2', 'input': ['x', null]}
            400 | input           |                 | token ids, check_embedding_ctx_length | {'model': 'all-minilm-l6-v2', 'input': [1, 2, 3]}
            400 | input           |                 | token ids                    | {'model': 'all-minilm-l6-v2', 'input': [[1, 2], [3]]}
            400 | encoding_format |                 | float or base64              | {'model': 'all-minilm-l6-v2', 'input': 'x', 'encoding_format': 'hex'}
            400 | encoding_format |                 | float or base64              | {'model': 'all-minilm-l6-v2', 'input': 'x', 'encoding_format': 4}
            400 | dimensions      |                 | 384                          | {'model': 'all-minilm-l6-v2', 'input': 'x', 'dimensions': 256}
            400 | dimensions      |                 | 384                          | {'model': 'all-minilm-l6-v2', 'input': 'x', 'dimensions': '384'}
            400 |                 |                 | JSON                         | {'model':
            400 |                 |                 | JSON object                  | ['x']
            400 |                 |                 | JSON                         | {'model': 'all-minilm-l6-v2', 'input': 'x'} x
            """)
    void mistakesAreAnsweredInOpenAisForm(int status, String param, String code, String words, String body) {
        String message = error(send(body), status, param, code).path("message").asText();
        assertThat(message).contains(words.split(", "));
    }

    @Test
    void aTextThatIsTooLongIsRefusedAsOpenAiDoes() {
        JsonNode error = error(
                send("{'model': 'all-minilm-l6-v2', 'input': ['x', '" + "word ".repeat(300) + "']}"),
                400,
                "input",
                "context_length_exceeded");
        assertThat(error.path("message").asText()).contains("input[1]", "302", "256", "quiver.openai.truncate");
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedInOpenAisForm() {
        error(send("{'model': 'all-minilm-l6-v2', 'input': '" + "x".repeat(17 << 20) + "'}"), 413, null, "too_large");
        assertThat(send("{'model': 'all-minilm-l6-v2', 'input': ['" + "x".repeat(12 << 20) + "', 7]}")
                        .statusCode())
                .as("what is not too large is read")
                .isEqualTo(400);
    }

    @Test
    void whatIsNoJsonIsRefused() {
        error(given().contentType("text/plain").body("{}").post("/v1/embeddings"), 415, null, null);
    }

    @Test
    void methodsAndPathsThatThereAreNotAreNamed() {
        error(given().get("/v1/embeddings"), 405, null, "method_not_allowed");
        assertThat(given().get("/v1/embeddings").header("Allow")).isEqualTo("POST");
        error(given().contentType("application/json").body("{}").post("/v1/models"), 405, null, "method_not_allowed");
        assertThat(error(
                                given().contentType("application/json")
                                        .body("{}")
                                        .post("/v1/chat/completions"),
                                404,
                                null,
                                "unknown_url")
                        .path("message")
                        .asText())
                .contains("POST /v1/chat/completions", "/v1/embeddings");
    }

    // ---- models

    @Test
    void theModelsAreListed() {
        JsonNode list = tree(given().get("/v1/models"));
        assertThat(list.path("object").asText()).isEqualTo("list");
        assertThat(list.path("data").findValuesAsText("id"))
                .containsExactly(
                        "all-minilm-l6-v2", "all-minilm-l6-v2:query", "bge-small-en-v1.5", "bge-small-en-v1.5:query");
        for (JsonNode m : list.path("data")) {
            JsonNode one = tree(given().get("/v1/models/" + m.path("id").asText()));
            assertThat(one).isEqualTo(m);
            assertThat(one.path("object").asText()).isEqualTo("model");
            assertThat(one.path("owned_by").asText()).isEqualTo("quiver");
            assertThat(one.path("created").isIntegralNumber()).isTrue();
        }
        error(given().get("/v1/models/gpt-9"), 404, "model", "model_not_found");
    }
}
