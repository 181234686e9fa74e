package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static io.restassured.RestAssured.given;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Holds down what each operation does when it is asked rightly, as a client over HTTP sees it, whoever serves it: the code in this process, the packaged server, the package for Lambda. */
public abstract class OperationsContract implements DiscoveryContract, WordsContract {

    private static List<String> ids(JsonNode records) {
        return texts(records, "id");
    }

    private static List<String> texts(JsonNode array, String field) {
        List<String> texts = new ArrayList<>();
        array.forEach(n -> texts.add(n.path(field).asText()));
        return texts;
    }

    private static String three() {
        String name = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {'dimension': 2}, 'records': [
                  {'id': 'east', 'vector': [1, 0], 'text': 'to the right', 'attributes': {'n': 1, 'tags': ['a', 'b'], 'half': 0.5, 'sunny': true}},
                  {'id': 'north', 'vector': [0, 2], 'attributes': {'n': 2}},
                  {'id': 'north-east', 'vector': [1, 1], 'attributes': {'n': 3}}]}""".formatted(name));
        return name;
    }

    @Test
    void embedMakesAVectorOfEachText() {
        JsonNode answer = post("embed", "{'inputs': [{'text': 'one'}, {'text': 'two'}, {'text': 'one'}]}");
        assertThat(answer.path("model").asText()).isEqualTo("all-minilm-l6-v2");
        assertThat(answer.path("dimension").asInt()).isEqualTo(384);
        assertThat(answer.path("embeddings")).hasSize(3).allSatisfy(v -> assertThat(v)
                .hasSize(384));
        assertThat(answer.path("embeddings").get(0))
                .isEqualTo(answer.path("embeddings").get(2))
                .isNotEqualTo(answer.path("embeddings").get(1));
        assertThat(answer.path("truncated")).isEmpty();
    }

    @Test
    void embedTellsModelsAndPurposesApart() {
        JsonNode query =
                post("embed", "{'model': 'bge-small-en-v1.5', 'purpose': 'query', 'inputs': [{'text': 'one'}]}");
        JsonNode document = post("embed", "{'model': 'bge-small-en-v1.5', 'inputs': [{'text': 'one'}]}");
        assertThat(query.path("model").asText()).isEqualTo("bge-small-en-v1.5");
        assertThat(query.path("embeddings")).isNotEqualTo(document.path("embeddings"));
    }

    @Test
    void embedReportsWhatItCutOff() {
        JsonNode answer = post("embed", "{'inputs': [{'text': 'short'}, {'text': '" + "word ".repeat(300) + "'}]}");
        assertThat(answer.path("truncated").toString()).isEqualTo("[{\"index\":1,\"tokens\":302,\"used\":256}]");
    }

    @Test
    void clientsOfOpenAisApiAndLanguageModelsFindTheirDoors() {
        JsonNode embedded = post("embed", "{'inputs': [{'text': 'one'}]}");
        JsonNode vectors = post("v1/embeddings", "{'model': 'all-minilm-l6-v2', 'input': ['one']}");
        assertThat(vectors.at("/data/0/embedding")).isEqualTo(embedded.at("/embeddings/0"));
        assertThat(vectors.at("/usage/total_tokens").asInt()).isEqualTo(3);
        String base64 = post(
                        "v1/embeddings", "{'model': 'all-minilm-l6-v2', 'input': 'one', 'encoding_format': 'base64'}")
                .at("/data/0/embedding")
                .asText();
        assertThat(ByteBuffer.wrap(Base64.getDecoder().decode(base64))
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .getFloat())
                .isEqualTo(embedded.at("/embeddings/0/0").floatValue());
        assertThat(Http.tree(given().get("/v1/models")).path("data").findValuesAsText("id"))
                .contains("bge-small-en-v1.5:query");
        assertThat(send("v1/embeddings", "{'model': 'nobody', 'input': 'one'}")
                        .path("error.code")
                        .toString())
                .isEqualTo("model_not_found");

        String name = newCollection();
        assertThat(Mcp.stateless("server/discover", null, "{}")
                        .at("/capabilities/tools")
                        .isObject())
                .isTrue();
        Mcp.done("create_collection", "{'name': '%s'}".formatted(name));
        Mcp.done(
                "upsert",
                "{'collection': '%s', 'records': [{'id': 'w', 'text': 'Blue whales are large.'}]}".formatted(name));
        assertThat(Mcp.done("search", "{'collection': '%s', 'text': 'big animals'}".formatted(name))
                        .at("/hits/0/id")
                        .asText())
                .isEqualTo("w");
        assertThat(Mcp.call("fetch", "{'collection': 'nowhere', 'ids': ['x']}")
                        .path("isError")
                        .asBoolean())
                .isTrue();
        assertThat(given().get("/mcp").statusCode()).isEqualTo(405);
        assertThat(Mcp.send(
                                given().header("Origin", "https://evil.example"),
                                "{'jsonrpc': '2.0', 'id': 1, 'method': 'ping'}")
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void recallOfASmallCollectionIsWhole() {
        String name = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 2}".formatted(name));
        assertThat(post("recall", "{'collection': '%s'}".formatted(name))
                        .path("sample")
                        .asInt())
                .as("of an empty collection")
                .isZero();
        post(
                "upsert",
                "{'collection': '%s', 'records': [{'id': 'a', 'vector': [1, 0]}, {'id': 'b', 'vector': [1, 1]}, {'id': 'c', 'vector': [0, 1]}]}"
                        .formatted(name));
        JsonNode answer = post("recall", "{'collection': '%s', 'topK': 1, 'accuracy': 0.5}".formatted(name));
        assertThat(answer.path("recall").asDouble()).isEqualTo(1);
        assertThat(answer.path("sample").asInt()).isEqualTo(3);
        assertThat(answer.path("topK").asInt()).isEqualTo(1);
        assertThat(answer.path("sequence").asLong()).isEqualTo(1);
        assertThat(answer.path("exactMillis").asDouble()).isPositive();
    }

    @Test
    void aCollectionIsCreatedDescribedListedAndDeleted() {
        String name = newCollection();
        JsonNode created =
                post("collections/create", "{'name': '%s', 'dimension': 3, 'metric': 'euclidean'}".formatted(name));
        assertThat(created.path("name").asText()).isEqualTo(name);
        assertThat(created.path("dimension").asInt()).isEqualTo(3);
        assertThat(created.path("metric").asText()).isEqualTo("euclidean");
        assertThat(created.has("model")).isFalse();
        assertThat(created.path("records").asInt()).isZero();
        assertThat(created.path("createdAt").asText()).matches("\\d{4}-\\d\\d-\\d\\dT.*Z");
        assertThat(post("collections/describe", "{'name': '%s'}".formatted(name)))
                .isEqualTo(created);
        assertThat(post("collections/list", "{}").path("collections").toString())
                .contains("\"" + name + "\"");
        assertThat(post("collections/delete", "{'name': '%s'}".formatted(name))
                        .path("deleted")
                        .asText())
                .isEqualTo(name);
        assertThat(post("collections/list", "{}").path("collections").toString())
                .doesNotContain("\"" + name + "\"");
    }

    @Test
    void aCollectionWithoutSettingsHasTheDefaultModel() {
        String name = newCollection();
        JsonNode created = post("collections/create", "{'name': '%s'}".formatted(name));
        assertThat(created.path("model").asText()).isEqualTo("all-minilm-l6-v2");
        assertThat(created.path("dimension").asInt()).isEqualTo(384);
        assertThat(created.path("metric").asText()).isEqualTo("cosine");
    }

    @Test
    void aNameIsFreeAgainAfterADelete() {
        String name = three();
        post("collections/delete", "{'name': '%s'}".formatted(name));
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 3}, 'records': [{'id': 'a', 'vector': [1, 2, 3]}]}"
                        .formatted(name));
        assertThat(ids(post("list", "{'collection': '%s'}".formatted(name)).path("records")))
                .containsExactly("a");
    }

    @Test
    void whatIsStoredIsFetchedAsItWas() {
        String name = three();
        JsonNode answer = post(
                "fetch",
                "{'collection': '%s', 'ids': ['north', 'nobody', 'east'], 'include': ['vector', 'text', 'attributes']}"
                        .formatted(name));
        assertThat(ids(answer.path("records"))).containsExactly("north", "east");
        assertThat(answer.path("missing").toString()).isEqualTo("[\"nobody\"]");
        assertThat(answer.path("sequence").asInt()).isEqualTo(1);
        JsonNode east = answer.path("records").get(1);
        assertThat(east)
                .isEqualTo(
                        Http.tree(
                                "{\"id\":\"east\",\"version\":1,\"vector\":[1.0,0.0],\"text\":\"to the right\",\"attributes\":{\"n\":1,\"tags\":[\"a\",\"b\"],\"half\":0.5,\"sunny\":true}}"));
        JsonNode bare = post("fetch", "{'collection': '%s', 'ids': ['east'], 'include': []}".formatted(name));
        assertThat(bare.path("records").toString()).isEqualTo("[{\"id\":\"east\",\"version\":1}]");
    }

    @Test
    void upsertSaysWhatItDid() {
        String name = newCollection();
        JsonNode first = post("upsert", """
                {'collection': '%s', 'create': {'dimension': 1}, 'records': [
                  {'id': 'a', 'vector': [1]}, {'id': 'b', 'vector': [2]}, {'id': 'a', 'vector': [3]}, {'id': 'a', 'vector': [4]}]}""".formatted(name));
        assertThat(first.toString()).isEqualTo("{\"sequence\":1,\"upserted\":2,\"superseded\":2,\"truncated\":[]}");
        JsonNode a = post("fetch", "{'collection': '%s', 'ids': ['a'], 'include': ['vector']}".formatted(name));
        assertThat(a.path("records").path(0).path("vector").path(0).asInt())
                .as("the last wins")
                .isEqualTo(4);
        JsonNode second =
                post("upsert", "{'collection': '%s', 'records': [{'id': 'c', 'vector': [1]}]}".formatted(name));
        assertThat(second.path("sequence").asInt()).isEqualTo(2);
    }

    @Test
    void upsertEmbedsTextsAndReportsWhatItCutOff() {
        String name = newCollection();
        JsonNode answer = post(
                "upsert",
                "{'collection': '%s', 'create': {}, 'records': [{'id': 'a', 'text': 'short'}, {'id': 'b', 'text': '%s'}]}"
                        .formatted(name, "word ".repeat(300)));
        assertThat(answer.path("truncated").toString()).isEqualTo("[{\"index\":1,\"tokens\":302,\"used\":256}]");
        JsonNode stored = post("fetch", "{'collection': '%s', 'ids': ['a'], 'include': ['vector']}".formatted(name));
        JsonNode embedded = post("embed", "{'inputs': [{'text': 'short'}]}");
        assertThat(stored.path("records").path(0).path("vector"))
                .isEqualTo(embedded.path("embeddings").get(0));
    }

    @Test
    void aRecordIsReplacedWhole() {
        String name = three();
        post("upsert", "{'collection': '%s', 'records': [{'id': 'east', 'vector': [5, 5]}]}".formatted(name));
        JsonNode east = post(
                "fetch",
                "{'collection': '%s', 'ids': ['east'], 'include': ['text', 'attributes', 'vector']}".formatted(name));
        assertThat(east.path("records").toString())
                .isEqualTo("[{\"id\":\"east\",\"version\":2,\"vector\":[5.0,5.0],\"attributes\":{}}]");
    }

    @Test
    void queryFindsTheNearestByAVector() {
        JsonNode answer = post("query", "{'collection': '%s', 'vector': [2, 0.1], 'topK': 2}".formatted(three()));
        assertThat(ids(answer.path("hits"))).containsExactly("east", "north-east");
        assertThat(answer.path("hits").path(0).path("score").asDouble()).isCloseTo(0.9987, within(1e-3));
        assertThat(answer.path("hits").path(0).path("text").asText()).isEqualTo("to the right");
        assertThat(answer.path("hits").path(0).has("vector")).isFalse();
        assertThat(answer.path("metric").asText()).isEqualTo("cosine");
        assertThat(answer.path("scoring").asText()).isEqualTo("cosine");
        assertThat(answer.path("higherIsNearer").asBoolean()).isTrue();
        assertThat(answer.path("exhausted").asBoolean()).isFalse();
        assertThat(answer.path("sequence").asInt()).isEqualTo(1);
        assertThat(answer.path("took").path("total").asDouble()).isNotNegative();
    }

    @Test
    void queryFindsWhatIsLikeARecordWithoutTheRecord() {
        JsonNode answer = post("query", "{'collection': '%s', 'id': 'east', 'include': ['vector']}".formatted(three()));
        assertThat(ids(answer.path("hits"))).containsExactly("north-east", "north");
        assertThat(answer.path("hits").path(0).path("vector").toString()).isEqualTo("[1.0,1.0]");
        assertThat(answer.path("exhausted").asBoolean()).isTrue();
    }

    @Test
    void queryFindsWhatATextIsAbout() {
        String name = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {}, 'records': [
                  {'id': 'whale', 'text': 'The blue whale is the largest animal that has ever lived.'},
                  {'id': 'deploy', 'text': 'To return to the version before, run deploy with the option previous.'}]}""".formatted(name));
        JsonNode answer =
                post("query", "{'collection': '%s', 'text': 'how do I roll back a release?'}".formatted(name));
        assertThat(ids(answer.path("hits"))).containsExactly("deploy", "whale");
        assertThat(answer.has("truncated")).isFalse();
        JsonNode cut = post("query", "{'collection': '%s', 'text': '%s'}".formatted(name, "whale ".repeat(300)));
        assertThat(cut.path("truncated").toString()).isEqualTo("{\"index\":0,\"tokens\":302,\"used\":256}");
    }

    @Test
    void queryKeepsToFilterAndMinScore() {
        String name = three();
        assertThat(ids(post(
                                "query",
                                "{'collection': '%s', 'vector': [1, 0], 'filter': {'n': {'$gte': 2}}}".formatted(name))
                        .path("hits")))
                .containsExactly("north-east", "north");
        assertThat(ids(post("query", "{'collection': '%s', 'vector': [1, 0], 'filter': {'tags': 'b'}}".formatted(name))
                        .path("hits")))
                .containsExactly("east");
        assertThat(ids(post("query", "{'collection': '%s', 'vector': [1, 0], 'minScore': 0.5}".formatted(name))
                        .path("hits")))
                .containsExactly("east", "north-east");
        JsonNode none = post("query", "{'collection': '%s', 'vector': [1, 0], 'filter': {'n': 99}}".formatted(name));
        assertThat(none.path("hits")).isEmpty();
        assertThat(none.path("exhausted").asBoolean()).isTrue();
    }

    @Test
    void underEuclideanAScoreIsADistance() {
        String name = newCollection();
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 2, 'metric': 'euclidean'}, 'records': [{'id': 'a', 'vector': [3, 4]}, {'id': 'b', 'vector': [0, 1]}, {'id': 'zero', 'vector': [0, 0]}]}"
                        .formatted(name));
        JsonNode answer = post("query", "{'collection': '%s', 'vector': [0, 0], 'minScore': 2}".formatted(name));
        assertThat(ids(answer.path("hits"))).containsExactly("zero", "b");
        assertThat(answer.path("hits").path(1).path("score").asDouble()).isEqualTo(1);
        assertThat(answer.path("scoring").asText()).isEqualTo("euclidean");
        assertThat(answer.path("higherIsNearer").asBoolean()).isFalse();
    }

    @Test
    void listGoesThroughAllRecordsPageByPage() {
        String name = newCollection();
        String records = IntStream.range(0, 25)
                .mapToObj(i -> "{'id': 'r%02d', 'vector': [%d]}".formatted(24 - i, i + 1))
                .collect(Collectors.joining(","));
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 1}, 'records': [%s, {'id': 'other', 'vector': [1]}]}"
                        .formatted(name, records));
        List<String> seen = new ArrayList<>();
        String token = null;
        int pages = 0;
        do {
            JsonNode page = post(
                    "list",
                    "{'collection': '%s', 'prefix': 'r', 'limit': 10%s}"
                            .formatted(name, token == null ? "" : ", 'nextToken': '" + token + "'"));
            seen.addAll(ids(page.path("records")));
            token = page.path("nextToken").asText(null);
            pages++;
        } while (token != null);
        assertThat(pages).isEqualTo(3);
        assertThat(seen).hasSize(25).isSorted().doesNotHaveDuplicates();
        JsonNode exact = post("list", "{'collection': '%s', 'limit': 26}".formatted(name));
        assertThat(exact.path("records")).hasSize(26);
        assertThat(exact.has("nextToken")).isFalse();
    }

    @Test
    void attributesAreChangedAlone() {
        String name = three();
        String update =
                "{'collection': '%s', 'ids': ['east', 'nobody'], 'set': {'n': 10, 'tags': ['a']}, 'unset': ['none'], 'ifVersions': {'east': 1}, 'idempotencyKey': 'u'}"
                        .formatted(name);
        assertThat(post("update", update).toString())
                .isEqualTo("{\"updated\":1,\"missing\":[\"nobody\"],\"sequence\":2}");
        JsonNode east = post(
                        "fetch",
                        "{'collection': '%s', 'ids': ['east'], 'include': ['attributes', 'vector', 'text']}"
                                .formatted(name))
                .at("/records/0");
        assertThat(east.path("attributes").path("n").asInt()).isEqualTo(10);
        assertThat(east.path("attributes").path("tags").toString()).isEqualTo("[\"a\"]");
        assertThat(east.path("vector").toString()).isEqualTo("[1.0,0.0]");
        assertThat(east.path("version").asInt()).isEqualTo(2);
        assertThat(post("update", update).toString())
                .as("sent again")
                .isEqualTo("{\"updated\":0,\"missing\":[],\"sequence\":2}");
        problem(send("update", update.replace("'n': 10", "'n': 11")), 422, "idempotency-key-reused");
        problem(send("update", update.replace("'u'", "'v'")), 412, "condition-failed");
        assertThat(post(
                                "update",
                                "{'collection': '%s', 'filter': {'n': {'$gte': 2}}, 'attributes': {'n': 0}}"
                                        .formatted(name))
                        .toString())
                .isEqualTo("{\"updated\":3,\"missing\":[],\"sequence\":3}");
        post("collections/compact", "{'name': '%s'}".formatted(name));
        assertThat(post("count", "{'collection': '%s', 'filter': {'n': 0, 'tags': {'$exists': false}}}".formatted(name))
                        .path("count")
                        .asInt())
                .isEqualTo(3);
    }

    @Test
    void deleteByFilterIsOneCommit() {
        String name = three();
        String delete = "{'collection': '%s', 'filter': {'n': {'$gte': 2}}, 'idempotencyKey': 'd'}".formatted(name);
        assertThat(post("delete", delete).toString()).isEqualTo("{\"deleted\":2,\"sequence\":2}");
        assertThat(ids(post("list", "{'collection': '%s'}".formatted(name)).path("records")))
                .containsExactly("east");
        post(
                "upsert",
                "{'collection': '%s', 'records': [{'id': 'new', 'vector': [0, 1], 'attributes': {'n': 5}}]}"
                        .formatted(name));
        assertThat(post("delete", delete).toString()).as("sent again").isEqualTo("{\"deleted\":0,\"sequence\":2}");
        problem(send("delete", delete.replace("'$gte': 2", "'$gte': 3")), 422, "idempotency-key-reused");
        assertThat(post("delete", "{'collection': '%s', 'filter': {}}".formatted(name))
                        .toString())
                .isEqualTo("{\"deleted\":2,\"sequence\":4}");
        assertThat(post("collections/describe", "{'name': '%s'}".formatted(name))
                        .path("records")
                        .asInt())
                .isZero();
    }

    @Test
    void deleteSaysHowManyThereWere() {
        String name = three();
        JsonNode answer =
                post("delete", "{'collection': '%s', 'ids': ['east', 'nobody', 'north', 'east']}".formatted(name));
        assertThat(answer.toString()).isEqualTo("{\"deleted\":2,\"sequence\":2}");
        assertThat(ids(post("list", "{'collection': '%s'}".formatted(name)).path("records")))
                .containsExactly("north-east");
        assertThat(post("delete", "{'collection': '%s', 'ids': ['nobody']}".formatted(name))
                        .toString())
                .isEqualTo("{\"deleted\":0,\"sequence\":2}");
        assertThat(post("collections/describe", "{'name': '%s'}".formatted(name))
                        .path("records")
                        .asInt())
                .isEqualTo(1);
    }

    @Test
    void conditionsAreMetOrNothingIsWritten() {
        String name = three();
        JsonNode found = post("fetch", "{'collection': '%s', 'ids': ['east']}".formatted(name));
        assertThat(found.at("/records/0/version").asLong()).isEqualTo(1);
        String update =
                "{'collection': '%s', 'records': [{'id': 'new', 'vector': [1, 1]}, {'id': 'east', 'vector': [%d, 1], 'ifVersion': 1}]}";
        assertThat(post("upsert", update.formatted(name, 2)).path("sequence").asLong())
                .isEqualTo(2);
        JsonNode problem = problem(send("upsert", update.formatted(name, 3)), 412, "condition-failed");
        assertThat(problem.path("detail").asText()).contains("'east' has version 2");
        problem(
                send(
                        "upsert",
                        "{'collection': '%s', 'records': [{'id': 'new', 'vector': [1, 1], 'ifAbsent': true}]}"
                                .formatted(name)),
                412,
                "condition-failed");
        problem(
                send(
                        "delete",
                        "{'collection': '%s', 'ids': ['east', 'new'], 'ifVersions': {'east': 1}}".formatted(name)),
                412,
                "condition-failed");
        assertThat(post(
                                "delete",
                                "{'collection': '%s', 'ids': ['east', 'new'], 'ifVersions': {'east': 2}}"
                                        .formatted(name))
                        .path("deleted")
                        .asInt())
                .isEqualTo(2);
        for (String wrong : List.of(
                "'ifVersion': 0",
                "'ifVersion': 1, 'ifAbsent': true",
                "'ifVersion': 1}, {'id': 'a', 'vector': [1, 1]")) {
            problem(
                    send(
                            "upsert",
                            "{'collection': '%s', 'records': [{'id': 'a', 'vector': [1, 1], %s}]}"
                                    .formatted(name, wrong)),
                    400,
                    "invalid-request");
        }
        problem(
                send("delete", "{'collection': '%s', 'ids': ['a'], 'ifVersions': {'b': 2}}".formatted(name)),
                400,
                "invalid-request");
    }

    @Test
    void theLogIsFoldedOnRequest() {
        String name = three();
        assertThat(post("collections/compact", "{'name': '%s'}".formatted(name)).toString())
                .isEqualTo("{\"changed\":true,\"folded\":3,\"recordsWritten\":3,\"segments\":1}");
        assertThat(post("collections/compact", "{'name': '%s'}".formatted(name))
                        .path("changed")
                        .asBoolean())
                .isFalse();
        JsonNode described = post("collections/describe", "{'name': '%s'}".formatted(name));
        assertThat(described.path("logOperations").asInt()).isZero();
        assertThat(described.path("records").asInt()).isEqualTo(3);
        assertThat(post("collections/collect-garbage", "{'name': '%s'}".formatted(name))
                        .toString())
                .as("all within the grace period")
                .isEqualTo("{\"objects\":0,\"bytes\":0}");
    }

    @Test
    void earlierStatesAreReadForkedAndRestored() {
        String name = three();
        JsonNode updated = post("collections/update", "{'name': '%s', 'retention': 'P7D'}".formatted(name));
        assertThat(updated.path("retention").asText()).isEqualTo("PT168H");
        post("delete", "{'collection': '%s', 'ids': ['east']}".formatted(name));
        String then = "'asOf': {'sequence': 1}";
        assertThat(ids(post("list", "{'collection': '%s', %s}".formatted(name, then))
                        .path("records")))
                .containsExactly("east", "north", "north-east");
        assertThat(ids(post("query", "{'collection': '%s', 'vector': [1, 0], 'topK': 1, %s}".formatted(name, then))
                        .path("hits")))
                .containsExactly("east");
        assertThat(post("fetch", "{'collection': '%s', 'ids': ['east'], %s}".formatted(name, then))
                        .path("missing"))
                .isEmpty();
        assertThat(ids(post(
                                "list",
                                "{'collection': '%s', 'asOf': {'time': '%s'}}".formatted(name, java.time.Instant.now()))
                        .path("records")))
                .containsExactly("north", "north-east");

        String fork = newCollection();
        post("collections/fork", "{'name': '%s', 'as': '%s', %s}".formatted(name, fork, then));
        assertThat(ids(post("list", "{'collection': '%s'}".formatted(fork)).path("records")))
                .hasSize(3);
        problem(send("collections/fork", "{'name': '%s', 'as': '%s'}".formatted(name, fork)), 409, "collection-exists");

        JsonNode restored = post("collections/restore", "{'name': '%s', %s}".formatted(name, then));
        assertThat(restored.path("records").asInt()).isEqualTo(3);
        assertThat(ids(post("list", "{'collection': '%s'}".formatted(name)).path("records")))
                .hasSize(3);

        problem(send("list", "{'collection': '%s', 'asOf': {'sequence': 99}}".formatted(name)), 400, "invalid-request");
        problem(send("list", "{'collection': '%s', 'asOf': {}}".formatted(name)), 400, "invalid-request");
        problem(
                send("list", "{'collection': '%s', 'asOf': {'time': 'yesterday'}}".formatted(name)),
                400,
                "invalid-request");
        problem(
                send("list", "{'collection': '%s', 'consistency': 'strong', %s}".formatted(name, then)),
                400,
                "invalid-request");
        problem(
                send("collections/update", "{'name': '%s', 'retention': 'long'}".formatted(name)),
                400,
                "invalid-request");
        problem(
                send("collections/update", "{'name': '%s', 'retention': '-PT1H'}".formatted(name)),
                400,
                "invalid-request");
        post("collections/update", "{'name': '%s', 'retention': 'PT0S'}".formatted(name));
        problem(send("list", "{'collection': '%s', %s}".formatted(name, then)), 410, "out-of-retention");
    }

    @Test
    void ragAnswersFromTheDocumentsOrSaysThatTheyDoNot() {
        String name = newCollection();
        post(
                "upsert",
                "{'collection': '%s', 'create': {}, 'records': [{'id': 'a', 'text': 'To roll back a deployment, run deploy --to previous.', 'attributes': {'source': 'ops.md'}}]}"
                        .formatted(name));
        JsonNode answer =
                post("rag", "{'collection': '%s', 'question': 'How do I roll back a deployment?'}".formatted(name));
        assertThat(answer.path("answered").asBoolean()).isTrue();
        assertThat(answer.path("writer").asText()).isEqualTo("extractive");
        assertThat(answer.path("answer").asText())
                .contains("No language model", "“To roll back a deployment, run deploy --to previous.” [1]");
        JsonNode citation = answer.path("citations").path(0);
        assertThat(citation.path("id").asText()).isEqualTo("a");
        assertThat(citation.path("attributes").path("source").asText()).isEqualTo("ops.md");
        assertThat(answer.path("answer")
                        .asText()
                        .substring(citation.path("at").path(0).asInt()))
                .startsWith("[1]");

        JsonNode none = post(
                "rag",
                "{'collection': '%s', 'question': 'Who won the chess tournament?', 'stream': false}".formatted(name));
        assertThat(none.path("answered").asBoolean()).isFalse();
        assertThat(none.path("answer").asText())
                .isEqualTo("The documents in '" + name + "' do not answer this question.");
        assertThat(none.path("citations")).isEmpty();
    }

    @Test
    void anyUnicodeGoesInAndComesOut() {
        String name = newCollection();
        String id = "ünï/東京 😀 \\\\ #";
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 1}, 'records': [{'id': '%s', 'vector': [1], 'text': '\\u0000\\t\\u2028', 'attributes': {'ключ': '値'}}]}"
                        .formatted(name, id));
        JsonNode r = post("fetch", "{'collection': '%s', 'ids': ['%s']}".formatted(name, id))
                .path("records")
                .path(0);
        assertThat(r.path("id").asText()).isEqualTo("ünï/東京 😀 \\ #");
        assertThat(r.path("text").asText()).isEqualTo("\u0000\t\u2028");
        assertThat(r.path("attributes").path("ключ").asText()).isEqualTo("値");
    }

    /** Requests at once. */
    int parallel() {
        return 8;
    }

    @Test
    void parallelUpsertsLoseNothing() throws Exception {
        String name = newCollection();
        int threads = parallel();
        int each = 15;
        List<Long> sequences = new ArrayList<>();
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<List<Long>>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                running.add(pool.submit(() -> {
                    List<Long> mine = new ArrayList<>();
                    for (int i = 0; i < each; i++) {
                        String id = "t" + thread + "-" + i;
                        mine.add(post(
                                        "upsert",
                                        "{'collection': '%s', 'create': {'dimension': 2}, 'records': [{'id': '%s', 'vector': [%d, 1]}, {'id': '%s-twin', 'vector': [1, %d]}]}"
                                                .formatted(name, id, i, id, i))
                                .path("sequence")
                                .asLong());
                    }
                    return mine;
                }));
            }
            for (Future<List<Long>> f : running) {
                sequences.addAll(f.get());
            }
        }
        // Requests that wait at the same time share a commit.
        assertThat(sequences).hasSize(threads * each);
        JsonNode all = post("list", "{'collection': '%s', 'limit': 1000, 'include': []}".formatted(name));
        assertThat(all.path("records")).hasSize(threads * each * 2);
        assertThat(all.path("sequence").asLong())
                .isEqualTo(sequences.stream().distinct().count());
    }

    @Test
    void aRequestThatIsSentAgainIsAppliedOnce() {
        String name = three();
        String upsert = "{'collection': '%s', 'idempotencyKey': 'k', 'records': [{'id': 'south', 'vector': [0, -1]}]}"
                .formatted(name);
        assertThat(post("upsert", upsert).path("sequence").asLong()).isEqualTo(2);
        assertThat(post("delete", "{'collection': '%s', 'ids': ['south'], 'idempotencyKey': 'd'}".formatted(name))
                        .path("sequence")
                        .asLong())
                .isEqualTo(3);
        assertThat(post("upsert", upsert).path("sequence").asLong()).isEqualTo(2);
        assertThat(post("fetch", "{'collection': '%s', 'ids': ['south']}".formatted(name))
                        .path("missing"))
                .hasSize(1);
        problem(send("upsert", upsert.replace("south", "west")), 422, "idempotency-key-reused");
        problem(send("upsert", upsert.replace("'k'", "''")), 400, "invalid-request");
        assertThat(post("delete", "{'collection': '%s', 'ids': ['nobody'], 'idempotencyKey': 'e'}".formatted(name))
                        .path("sequence")
                        .asLong())
                .as("remembered, although there was nothing to delete")
                .isEqualTo(4);
    }

    @Test
    void healthTellsWhetherTheStoreAnswers() {
        for (String path : List.of("/q/health", "/q/health/ready")) {
            JsonNode health =
                    Http.tree(given().get(path).then().statusCode(200).extract().asString());
            assertThat(health.path("status").asText()).isEqualTo("UP");
            assertThat(health.path("checks").toString()).contains("\"name\":\"store\",\"status\":\"UP\"");
        }
        given().get("/q/health/live").then().statusCode(200);
    }
}
