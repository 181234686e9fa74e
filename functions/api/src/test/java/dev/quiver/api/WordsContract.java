package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Words are found, alone and together with vectors. Part of {@link OperationsContract}. */
interface WordsContract {

    private static List<String> ids(JsonNode answer) {
        List<String> ids = new ArrayList<>();
        answer.path("hits").forEach(n -> ids.add(n.path("id").asText()));
        return ids;
    }

    private static List<String> query(String name, String rest) {
        return ids(post("query", "{'collection': '%s', %s}".formatted(name, rest)));
    }

    /** Some in a segment and some in the log. */
    private static String library() {
        String name = newCollection();
        JsonNode created = post("collections/create", """
                {'name': '%s', 'dimension': 2, 'text': {'fields': [{'name': 'text', 'analyzer': 'english'},
                  {'name': 'title', 'weight': 2}, {'name': 'code', 'analyzer': 'keyword'}]}}""".formatted(name));
        assertThat(created.at("/text/fields/0/analyzer").asText()).isEqualTo("english");
        assertThat(created.at("/text/fields/1/weight").asDouble()).isEqualTo(2);
        post("upsert", """
                {'collection': '%s', 'records': [
                  {'id': 'whales', 'vector': [1, 0], 'text': 'Whales are swimming in the deep sea.', 'attributes': {'title': 'Of whales', 'code': 'E-42'}},
                  {'id': 'ships', 'vector': [0.9, 0.1], 'text': 'A ship swims on the sea; deep under it a whale.', 'attributes': {'code': ['E-43', 'E-44']}},
                  {'id': 'stars', 'vector': [0, 1], 'text': 'The stars shine.', 'attributes': {'title': 'Of the night', 'n': 1}}]}""".formatted(name));
        post("collections/compact", "{'name': '%s'}".formatted(name));
        post("upsert", """
                {'collection': '%s', 'records': [
                  {'id': 'moon', 'vector': [0.1, 0.9], 'text': 'The moon shines on the autumn sea.', 'attributes': {'n': 2}},
                  {'id': 'silent', 'vector': [0.5, 0.5]}]}""".formatted(name));
        return name;
    }

    @Test
    default void wordsPhrasesAndBeginningsAreFound() {
        String name = library();
        assertThat(query(name, "'mode': 'text', 'text': 'swim'")).containsExactlyInAnyOrder("whales", "ships");
        assertThat(query(name, "'mode': 'text', 'text': 'a whale'"))
                .startsWith("whales")
                .hasSize(2);
        assertThat(query(name, "'mode': 'text', 'text': 'moon whale'")).hasSize(3);
        assertThat(query(name, "'mode': 'text', 'text': 'moon sea', 'matching': 'all'"))
                .containsExactly("moon");
        assertThat(query(name, "'mode': 'text', 'text': '\\\"deep sea\\\"'")).containsExactly("whales");
        assertThat(query(name, "'mode': 'text', 'text': 'autu*'")).containsExactly("moon");
        assertThat(query(name, "'mode': 'text', 'text': 'E-44'")).containsExactly("ships");
        assertThat(query(name, "'mode': 'text', 'text': 'E-44', 'fields': {'text': 1}"))
                .isEmpty();
        assertThat(query(name, "'mode': 'text', 'text': 'night', 'fields': {'title': 5, 'text': 1}"))
                .containsExactly("stars");
        assertThat(query(name, "'mode': 'text', 'text': 'shine', 'filter': {'n': {'$gt': 1}}"))
                .containsExactly("moon");
        for (String any : List.of("\\\"", "*", "((( ~^", "\\\" whale", "the of")) {
            assertThat(post("query", "{'collection': '%s', 'mode': 'text', 'text': '%s'}".formatted(name, any))
                            .path("exhausted")
                            .asBoolean())
                    .as(any)
                    .isTrue();
        }
        JsonNode answer =
                post("query", "{'collection': '%s', 'mode': 'text', 'text': 'sea', 'topK': 2}".formatted(name));
        assertThat(answer.path("hits")).hasSize(2);
        assertThat(answer.path("higherIsNearer").asBoolean()).isTrue();
        assertThat(answer.path("exhausted").asBoolean()).isFalse();
        assertThat(answer.at("/hits/0/score").asDouble())
                .isGreaterThanOrEqualTo(answer.at("/hits/1/score").asDouble())
                .isPositive();
        assertThat(answer.at("/hits/0").has("scores")).isFalse();
        post("delete", "{'collection': '%s', 'ids': ['whales']}".formatted(name));
        assertThat(query(name, "'mode': 'text', 'text': 'swim'")).containsExactly("ships");
    }

    @Test
    default void wordsAndVectorsAreSearchedTogether() {
        String name = library();
        JsonNode answer = post(
                "query",
                "{'collection': '%s', 'mode': 'hybrid', 'text': 'shining moon', 'vector': [1, 0], 'topK': 5}"
                        .formatted(name));
        assertThat(ids(answer)).hasSize(5).contains("moon", "whales");
        for (JsonNode hit : answer.path("hits")) {
            boolean has = List.of("moon", "stars").contains(hit.path("id").asText());
            assertThat(hit.at("/scores/text").asDouble() > 0).isEqualTo(has);
            if (hit.path("id").asText().equals("whales")) {
                assertThat(hit.at("/scores/vector").asDouble()).isCloseTo(1, within(1e-6));
            }
        }
        assertThat(
                        query(
                                name,
                                "'mode': 'hybrid', 'text': 'moon', 'vector': [1, 0], 'topK': 1, 'fusion': {'vectorWeight': 0.1}"))
                .containsExactly("moon");
        assertThat(query(
                        name,
                        "'mode': 'hybrid', 'text': 'moon', 'vector': [1, 0], 'topK': 1, 'fusion': {'vectorWeight': 1}"))
                .containsExactly("whales");
        JsonNode ranks = post(
                "query",
                "{'collection': '%s', 'mode': 'hybrid', 'text': 'moon', 'vector': [0, 1], 'topK': 2, 'fusion': {'method': 'rrf', 'k': 1, 'depth': 3}}"
                        .formatted(name));
        assertThat(ids(ranks))
                .as("second near and first by its words, against first near")
                .startsWith("moon");
        assertThat(ranks.at("/hits/0/score").asDouble()).isCloseTo(1 / 2.0 + 1 / 3.0, within(1e-6));
        String model = newCollection();
        post(
                "upsert",
                "{'collection': '%s', 'create': {}, 'records': [{'id': 'a', 'text': 'The error code is XJ-9000.'}, {'id': 'b', 'text': 'Cats sleep all day.'}]}"
                        .formatted(model));
        assertThat(query(model, "'mode': 'hybrid', 'text': 'XJ-9000 appears', 'topK': 1"))
                .containsExactly("a");
        assertThat(query(model, "'mode': 'text', 'text': 'CATS'")).containsExactly("b");
        JsonNode ragged =
                post("rag", "{'collection': '%s', 'question': 'What is XJ-9000?', 'mode': 'hybrid'}".formatted(model));
        assertThat(ragged.at("/usage/passages").asInt()).isPositive();
    }

    @Test
    default void whatCannotBeSearchedForIsSaid() {
        String name = library();
        String none = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 2, 'text': {'fields': []}}".formatted(none));
        bad(none, "'mode': 'text', 'text': 'a'", "/mode", "without text fields");
        bad(name, "'mode': 'text'", "/text", "must not be blank");
        bad(name, "'mode': 'text', 'text': 'a', 'vector': [1, 0]", "/vector", "hybrid");
        bad(name, "'mode': 'text', 'text': 'a', 'fusion': {}", "/fusion", "hybrid");
        bad(name, "'vector': [1, 0], 'fusion': {}", "/fusion", "hybrid");
        bad(name, "'vector': [1, 0], 'fields': {'text': 1}", "/fields", "text or hybrid");
        bad(name, "'vector': [1, 0], 'matching': 'all'", "/matching", "text or hybrid");
        bad(name, "'mode': 'text', 'text': 'a', 'fields': {'a/b': 1}", "/fields/a~1b", "text, title, code");
        bad(name, "'mode': 'text', 'text': 'a', 'fields': {'text': -1}", "/fields/text", "0.001 to 1000");
        bad(name, "'mode': 'text', 'text': 'a', 'fields': {}", "/fields", "at least one");
        bad(name, "'mode': 'hybrid', 'text': 'a'", "/vector", "no embedding model");
        bad(name, "'mode': 'hybrid', 'text': 'a', 'vector': [1, 0], 'id': 'moon'", "/id", "mode vector");
        bad(name, "'mode': 'hybrid', 'text': 'a', 'vector': [1, 0], 'fusion': {'k': -1}", "/fusion/k", "0 to 1000");
        bad(
                name,
                "'mode': 'hybrid', 'text': 'a', 'vector': [1, 0], 'fusion': {'vectorWeight': 2}",
                "/fusion/vectorWeight",
                "between 0 and 1");
        bad(name, "'mode': 'words', 'text': 'a'", "/mode", "vector, text, hybrid");
        problem(
                send("query", "{'collection': '%s', 'mode': 'hybrid', 'text': 'a', 'vector': [1]}".formatted(name)),
                400,
                "dimension-mismatch",
                "/vector",
                "1");
        problem(
                send(
                        "collections/create",
                        "{'name': 'unmade', 'dimension': 2, 'text': {'fields': [{'name': 'text', 'analyzer': 'klingon'}]}}"),
                400,
                "invalid-request",
                "/text/fields/0/analyzer",
                "english, estonian");
        problem(
                send(
                        "upsert",
                        "{'collection': '%s', 'create': {'text': {'fields': []}}, 'records': [{'id': 'x', 'vector': [1, 0]}]}"
                                .formatted(name)),
                409,
                "model-mismatch",
                "/create/text",
                "english");
    }

    private static void bad(String collection, String rest, String pointer, String words) {
        problem(
                send("query", "{'collection': '%s', %s}".formatted(collection, rest)),
                400,
                "invalid-request",
                pointer,
                words);
    }
}
