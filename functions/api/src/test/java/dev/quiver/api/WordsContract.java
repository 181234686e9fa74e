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
        assertThat(answer.path("scoring").asText()).isEqualTo("bm25");
        assertThat(answer.has("metric")).as("the score is none").isFalse();
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
        assertThat(answer.path("scoring").asText()).isEqualTo("weighted");
        assertThat(answer.has("metric")).isFalse();
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
        assertThat(ranks.path("scoring").asText()).isEqualTo("rrf");
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

    /** Forty of which every other has a word more often, some in a segment and some in the log; in a fixed state. */
    private static String reports() {
        String name = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 2, 'metric': 'euclidean'}".formatted(name));
        for (int part = 0; part < 2; part++) {
            StringBuilder records = new StringBuilder();
            for (int i = 20 * part; i < 20 * part + 20; i++) {
                records.append(
                        "%s{'id': 'r%02d', 'vector': [%d, 1], 'text': 'report %s %s', 'attributes': {'group': %d}}"
                                .formatted(
                                        i % 20 == 0 ? "" : ",",
                                        i,
                                        i,
                                        "rain ".repeat(i % 4),
                                        "sun ".repeat(i % 7),
                                        i / 4));
            }
            post("upsert", "{'collection': '%s', 'records': [%s]}".formatted(name, records));
            if (part == 0) {
                post("collections/compact", "{'name': '%s'}".formatted(name));
            }
        }
        post("collections/update", "{'name': '%s', 'retention': 'PT1H'}".formatted(name));
        return name;
    }

    private static List<String> pages(String fields, int topK, Runnable between) {
        List<String> all = new ArrayList<>();
        String token = null;
        String sequence = null;
        do {
            JsonNode page = post(
                    "query",
                    "{%s, 'topK': %d%s}"
                            .formatted(fields, topK, token == null ? "" : ", 'nextToken': '" + token + "'"));
            assertThat(sequence == null ? page.path("sequence").asText() : sequence)
                    .isEqualTo(page.path("sequence").asText());
            sequence = page.path("sequence").asText();
            assertThat(ids(page)).hasSizeLessThanOrEqualTo(topK);
            all.addAll(ids(page));
            token = page.path("nextToken").asText(null);
            if (token != null) {
                assertThat(ids(page)).hasSize(topK);
                between.run();
            }
        } while (token != null);
        return all;
    }

    @Test
    default void wordsGoOnPageByPage() {
        String name = reports();
        String words = "'collection': '%s', 'mode': 'text', 'text': 'rain su*'".formatted(name);
        List<String> all = ids(post("query", "{%s, 'topK': 100}".formatted(words)));
        assertThat(all).hasSizeGreaterThan(30).doesNotHaveDuplicates();
        for (int topK : List.of(3, 7, 40)) {
            assertThat(pages(words, topK, () -> {})).as("topK %d", topK).containsExactlyInAnyOrderElementsOf(all);
        }
        assertThat(pages(words + ", 'groupBy': {'field': 'group'}", 3, () -> {}))
                .hasSize(10)
                .doesNotHaveDuplicates();
        String both = "'collection': '%s', 'mode': 'hybrid', 'text': 'rain sun', 'vector': [7, 1]".formatted(name);
        for (String method : List.of("weighted", "rrf")) {
            String fused = both + ", 'fusion': {'method': '%s', 'depth': 15}".formatted(method);
            List<String> candidates = ids(post("query", "{%s, 'topK': 15}".formatted(fused)));
            List<String> inPages = pages(fused, 4, () -> {});
            assertThat(inPages)
                    .as(method)
                    .startsWith(candidates.toArray(String[]::new))
                    .doesNotHaveDuplicates();
            assertThat(inPages.size()).as("those of both lists").isBetween(15, 30);
        }
        // Deleted rows go away at the compaction, and with them what the scores are made of.
        Runnable change = () -> {
            post(
                    "delete",
                    "{'collection': '%s', 'ids': [%s]}"
                            .formatted(
                                    name,
                                    String.join(
                                            ", ",
                                            all.subList(10, 30).stream()
                                                    .map("'%s'"::formatted)
                                                    .toList())));
            post(
                    "upsert",
                    "{'collection': '%s', 'records': [{'id': 'x', 'vector': [7, 1], 'text': 'rain sun rain'}]}"
                            .formatted(name));
            post("collections/compact", "{'name': '%s'}".formatted(name));
        };
        assertThat(pages(words, 6, change)).containsExactlyInAnyOrderElementsOf(all);
        assertThat(pages(both + ", 'fusion': {'depth': 12}", 5, change)).doesNotHaveDuplicates();
    }

    @Test
    default void aTokenOfWordsIsOfItsRequest() {
        String name = reports();
        String words = "'mode': 'text', 'text': 'rain'";
        String token = post("query", "{'collection': '%s', %s, 'topK': 2}".formatted(name, words))
                .path("nextToken")
                .asText();
        String near = post("query", "{'collection': '%s', 'vector': [1, 1], 'topK': 2}".formatted(name))
                .path("nextToken")
                .asText();
        bad(name, words + ", 'nextToken': '" + near + "'", "/nextToken", "not a token");
        bad(name, "'vector': [1, 1], 'nextToken': '" + token + "'", "/nextToken", "not a token");
        bad(name, "'mode': 'text', 'text': 'sun', 'nextToken': '" + token + "'", "/nextToken", "another request");
        bad(name, words + ", 'matching': 'all', 'nextToken': '" + token + "'", "/nextToken", "another request");
        bad(
                name,
                "'mode': 'hybrid', 'text': 'rain', 'vector': [1, 1], 'nextToken': '" + token + "'",
                "/nextToken",
                "another request");
    }

    @Test
    default void scoresOfWordsAreExplained() {
        String name = library();
        JsonNode answer = post(
                "query",
                "{'collection': '%s', 'mode': 'text', 'text': 'whales \\\"deep sea\\\" autu*', 'explain': true}"
                        .formatted(name));
        assertThat(answer.path("hits")).hasSize(3);
        for (JsonNode hit : answer.path("hits")) {
            double sum = 0;
            for (JsonNode term : hit.at("/explanation/terms")) {
                sum += term.path("score").asDouble();
                assertThat(term.path("frequency").asInt()).isPositive();
            }
            assertThat((float) sum).isEqualTo((float) hit.path("score").asDouble());
        }
        JsonNode terms = answer.at("/explanation/words/terms");
        JsonNode whale = null;
        for (JsonNode t : terms) {
            if (t.path("field").asText().equals("text")
                    && t.path("term").asText().equals("whale")) {
                whale = t;
            }
        }
        assertThat(whale).isNotNull();
        assertThat(whale.path("documentFrequency").asInt()).isEqualTo(2);
        assertThat(whale.path("idf").asDouble()).isCloseTo(Math.log(1 + 2.5 / 2.5), within(1e-9));
        assertThat(answer.at("/explanation/words/fields/0/analyzer").asText()).isEqualTo("english");
        List<String> plans = new ArrayList<>();
        answer.at("/explanation/searches/0/parts")
                .forEach(p -> plans.add(p.path("plan").asText()));
        assertThat(plans).containsExactly("postings", "log");
        JsonNode both = post(
                "query",
                "{'collection': '%s', 'mode': 'hybrid', 'text': 'shining moon', 'vector': [1, 0], 'explain': true}"
                        .formatted(name));
        assertThat(both.at("/explanation/fusion/method").asText()).isEqualTo("weighted");
        assertThat(both.at("/explanation/fusion/vector/best").asDouble()).isCloseTo(1, within(1e-6));
        for (JsonNode hit : both.path("hits")) {
            JsonNode how = hit.path("explanation");
            assertThat((float) (how.at("/vector/share").asDouble()
                            + how.at("/text/share").asDouble()))
                    .isEqualTo((float) hit.path("score").asDouble());
        }
        assertThat(post("query", "{'collection': '%s', 'mode': 'text', 'text': 'whales'}".formatted(name))
                        .findValue("explanation"))
                .isNull();
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
