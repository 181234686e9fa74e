package dev.quiver.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.operation.Messages.CreateCollectionRequest;
import dev.quiver.functions.operation.Messages.EmbedRequest;
import dev.quiver.functions.operation.Messages.FetchRequest;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.Scoring;
import dev.quiver.functions.operation.Messages.Took;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problems;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Holds down that a request means what it says or is refused: no field is dropped, no type is bent into another, no missing number becomes zero; and that the refusal
 * points at the place.
 */
class JsonTest {
    private static final ObjectMapper JSON = Json.strictMapper();

    private static <T> T read(Class<T> type, String json) {
        try {
            return JSON.readValue(json.replace('\'', '"'), type);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static Problem refused(ObjectMapper mapper, Class<?> type, String json) {
        JacksonException e =
                catchThrowableOfType(JacksonException.class, () -> mapper.readValue(json.replace('\'', '"'), type));
        assertThat(e).as(json).isNotNull();
        return Problems.ofJson(e);
    }

    private static Problem refused(Class<?> type, String json) {
        return refused(JSON, type, json);
    }

    @Test
    void whatIsRightIsRead() {
        QueryRequest q = read(
                QueryRequest.class,
                "{'collection': 'docs', 'vector': [1, -2.5, 3e-3], 'topK': 3, 'filter': {'a': {'$in': [1, 2.5, 'x']}},"
                        + " 'include': ['text'], 'minScore': 1, 'consistency': 'eventual'}");
        assertThat(q.vector()).containsExactly(1, -2.5f, 3e-3f);
        assertThat(q.topK()).isEqualTo(3);
        assertThat(q.minScore()).isEqualTo(1.0);
        assertThat(q.filter()).containsEntry("a", java.util.Map.of("$in", List.of(1, 2.5, "x")));
        assertThat(q.text()).isNull();
        assertThat(read(CreateCollectionRequest.class, "{'name': 'a', 'metric': 'dot'}")
                        .metric())
                .isEqualTo(MetricName.DOT);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'colection': 'docs'}                                          | /colection             | collection, consistency, diversity, explain, fields, filter
            {'topK': '3'}                                                  | /topK                  | integer
            {'topK': ''}                                                   | /topK                  | integer
            {'topK': 3.0}                                                  | /topK                  | integer
            {'topK': 3.7}                                                  | /topK                  | integer
            {'topK': true}                                                 | /topK                  | integer
            {'topK': [3]}                                                  | /topK                  | integer
            {'topK': {}}                                                   | /topK                  | integer
            {'topK': 99999999999}                                          | /topK                  | out of range
            {'minScore': '0.5'}                                            | /minScore              | number
            {'minScore': ''}                                               | /minScore              | number
            {'minScore': true}                                             | /minScore              | number
            {'text': 3}                                                    | /text                  | string
            {'text': true}                                                 | /text                  | string
            {'text': 1.5}                                                  | /text                  | string
            {'text': ['a']}                                                | /text                  | string
            {'text': {'a': 1}}                                             | /text                  | string
            {'filter': 'x'}                                                | /filter                | object
            {'filter': ''}                                                 | /filter                | object
            {'filter': [1]}                                                | /filter                | object
            {'vector': 'AAAA'}                                             | /vector                | array of numbers
            {'vector': ''}                                                 | /vector                | array of numbers
            {'vector': 1}                                                  | /vector                | array of numbers
            {'vector': {'0': 1}}                                           | /vector                | array of numbers
            {'vector': [1, '2']}                                           | /vector/1              | number
            {'vector': [1, '']}                                            | /vector/1              | number
            {'vector': [1, null, 3]}                                       | /vector/1              | number
            {'vector': 'AACAPwAAAEA='}                                     | /vector                | array of numbers
            {'vector': [1, 'NaN']}                                         | /vector/1              | number
            {'vector': [1, true]}                                          | /vector/1              | number
            {'vector': [1, [2]]}                                           | /vector/1              | number
            {'include': 'text'}                                            | /include               | array
            {'include': ''}                                                | /include               | array
            {'include': ['all']}                                           | /include/0             | attributes, text, vector
            {'include': [0]}                                               | /include/0             | attributes, text, vector
            {'include': ['']}                                              | /include/0             | attributes, text, vector
            {'include': ['TEXT']}                                          | /include/0             | attributes, text, vector
            {'consistency': 'later'}                                       | /consistency           | strong, eventual
            {'consistency': ''}                                            | /consistency           | strong, eventual
            {'consistency': 1}                                             | /consistency           | strong, eventual
            """)
    void whatIsOfAnotherTypeIsRefusedAtItsPlace(String json, String pointer, String words) {
        Problem p = refused(QueryRequest.class, json);
        assertThat(p.status()).isEqualTo(400);
        assertThat(p.errors()).hasSize(1);
        assertThat(p.errors().getFirst().pointer()).isEqualTo(pointer);
        assertThat(p.detail())
                .contains(words == null ? "" : words)
                .isEqualTo(p.errors().getFirst().detail());
        assertThat(p.detail()).as("no insides of ours").doesNotContain("dev.quiver", "java.", "Deserializ");
    }

    @Test
    void aFlagIsTrueOrFalseAndNothingElse() {
        assertThat(read(RagRequest.class, "{'stream': true}").stream()).isTrue();
        for (String bent : List.of("'true'", "''", "1", "0", "'yes'", "[true]")) {
            Problem p = refused(RagRequest.class, "{'stream': " + bent + "}");
            assertThat(p.errors().getFirst().pointer()).isEqualTo("/stream");
            assertThat(p.detail()).contains("true or false");
        }
    }

    @Test
    void unknownFieldsAreRefusedAtEveryDepth() {
        assertThat(refused(
                                UpsertRequest.class,
                                "{'collection': 'a', 'records': [{'id': 'a'}, {'id': 'b', 'vektor': []}]}")
                        .errors()
                        .getFirst()
                        .pointer())
                .isEqualTo("/records/1/vektor");
        assertThat(refused(UpsertRequest.class, "{'create': {'dimensions': 3}}")
                        .errors()
                        .getFirst()
                        .pointer())
                .isEqualTo("/create/dimensions");
        assertThat(refused(EmbedRequest.class, "{'inputs': [{'txt': 'a'}]}")
                        .errors()
                        .getFirst()
                        .pointer())
                .isEqualTo("/inputs/0/txt");
        Problem p = refused(UpsertRequest.class, "{'a/b~c': 1}");
        assertThat(p.type()).isEqualTo("urn:quiver:problem:unknown-field");
        assertThat(p.errors().getFirst().pointer()).isEqualTo("/a~1b~0c");
        assertThat(p.detail())
                .isEqualTo(
                        "There is no field 'a/b~c' here. The fields are: collection, create, idempotencyKey, records.");
    }

    @Test
    void unknownFieldsAreRefusedAlsoByACopyThatWasToldToIgnoreThem() {
        ObjectMapper copy = JSON.copy().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
        assertThat(refused(copy, QueryRequest.class, "{'fitler': {}}").type())
                .isEqualTo("urn:quiver:problem:unknown-field");
    }

    @Test
    void namesInAnotherCaseAreOtherNames() {
        ObjectMapper copy = JSON.copy();
        copy.setConfig(copy.getDeserializationConfig().with(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES));
        for (ObjectMapper mapper : List.of(JSON, copy)) {
            assertThat(refused(mapper, QueryRequest.class, "{'Filter': {}}").type())
                    .isEqualTo("urn:quiver:problem:unknown-field");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'collection': 'a'
            {'collection': 'a',}
            {collection: 'a'}
            {'vector': [NaN]}
            {'vector': [Infinity]}
            {'vector': [-Infinity]}
            {'vector': [01]}
            {'vector': [.5]}
            {'vector': [1,]}
            {'text': 'a
            {'text': "a\\x"}
            {'topK': 1, 'topK': 2}
            {} {}
            {} x
            nonsense
            """)
    void whatIsNoJsonIsRefusedWithTheLineAndColumn(String json) {
        Problem p = refused(QueryRequest.class, json);
        assertThat(p.type()).isEqualTo("urn:quiver:problem:malformed-json");
        assertThat(p.detail()).containsPattern("line \\d+, column \\d+|follows after the JSON object");
        assertThat(p.detail()).doesNotContain("dev.quiver", "JsonToken", "JsonReadFeature", "StreamReadConstraints");
    }

    @Test
    void deepNestingIsRefusedAndBreaksNothing() {
        String deep = "{'filter': " + "{'a': ".repeat(100_000) + "1" + "}".repeat(100_000) + "}";
        assertThat(refused(QueryRequest.class, deep).status()).isEqualTo(400);
        assertThat(refused(QueryRequest.class, "{'vector': " + "[".repeat(100_000))
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aRequestThatIsNoObjectIsRefused() {
        for (String json : List.of("[]", "'text'", "3", "true", "")) {
            Problem p = refused(FetchRequest.class, json);
            assertThat(p.status()).as(json).isEqualTo(400);
            assertThat(p.detail()).as(json).contains("Send a JSON object as the body");
        }
    }

    @Test
    void answersLeaveOutWhatIsAbsent() throws JsonProcessingException {
        QueryResponse answer = new QueryResponse(
                List.of(), Scoring.BM25, null, true, true, 7, null, new Took(1.5, 0, 0.5, 1, null), null, null);
        assertThat(JSON.readTree(JSON.writeValueAsString(answer)))
                .isEqualTo(
                        JSON.readTree(
                                "{\"hits\":[],\"scoring\":\"bm25\",\"higherIsNearer\":true,\"exhausted\":true,\"sequence\":7,\"took\":{\"total\":1.5,\"embed\":0.0,\"look\":0.5,\"search\":1.0}}"));
    }
}
