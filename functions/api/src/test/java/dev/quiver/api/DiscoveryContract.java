package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is asked of a collection beyond the nearest: counts, recommendations, variety, what is unlike and what is alike. Part of {@link OperationsContract}. */
interface DiscoveryContract {

    private static List<String> ids(JsonNode answer) {
        List<String> ids = new ArrayList<>();
        answer.path("hits").forEach(n -> ids.add(n.path("id").asText()));
        return ids;
    }

    /** Four directions and what lies between them, some in a segment and some in the log. */
    private static String compass() {
        String name = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {'dimension': 2}, 'records': [
                  {'id': 'east', 'vector': [1, 0], 'attributes': {'kind': 'main', 'n': 1, 'tags': ['a', 'b', 'a']}},
                  {'id': 'north', 'vector': [0, 2], 'attributes': {'kind': 'main', 'n': 2, 'tags': []}},
                  {'id': 'west', 'vector': [-3, 0], 'attributes': {'kind': 'main', 'n': 1.5}},
                  {'id': 'south', 'vector': [0, -1], 'attributes': {'kind': 'main', 'sunny': true}}]}""".formatted(name));
        post("collections/compact", "{'name': '%s'}".formatted(name));
        post("upsert", """
                {'collection': '%s', 'records': [
                  {'id': 'north-east', 'vector': [1, 1], 'attributes': {'kind': 'between', 'n': 1, 'tags': ['b']}},
                  {'id': 'north-west', 'vector': [-1, 1], 'attributes': {'kind': 'between'}},
                  {'id': 'west', 'vector': [-1, 0], 'attributes': {'kind': 'main', 'n': 7}}]}""".formatted(name));
        return name;
    }

    @Test
    default void recordsAreCountedByTheirValues() {
        String name = compass();
        JsonNode all =
                post("count", "{'collection': '%s', 'facets': ['kind', 'n', 'tags', 'sunny', 'none']}".formatted(name));
        assertThat(all.path("count").asInt()).isEqualTo(6);
        assertThat(all.path("sequence").asInt()).isEqualTo(2);
        assertThat(all.path("facets").path("kind").toString())
                .isEqualTo("[{\"value\":\"main\",\"count\":4},{\"value\":\"between\",\"count\":2}]");
        assertThat(all.path("facets").path("n").toString())
                .as("replaced records do not count")
                .isEqualTo("[{\"value\":1,\"count\":2},{\"value\":2,\"count\":1},{\"value\":7,\"count\":1}]");
        assertThat(all.path("facets").path("tags").toString())
                .as("each value of a record once")
                .isEqualTo("[{\"value\":\"b\",\"count\":2},{\"value\":\"a\",\"count\":1}]");
        assertThat(all.path("facets").path("sunny").toString()).isEqualTo("[{\"value\":true,\"count\":1}]");
        assertThat(all.path("facets").path("none")).isEmpty();
        JsonNode some = post(
                "count",
                "{'collection': '%s', 'filter': {'n': {'$lt': 3}}, 'facets': ['n'], 'facetLimit': 1}".formatted(name));
        assertThat(some.path("count").asInt()).isEqualTo(3);
        assertThat(some.path("facets").path("n").toString()).isEqualTo("[{\"value\":1,\"count\":2}]");
        assertThat(post("count", "{'collection': '%s', 'asOf': {'sequence': 2}}".formatted(name))
                        .path("count")
                        .asInt())
                .isEqualTo(6);
        problem(
                send("count", "{'collection': '%s', 'filter': {'n': {'$near': 3}}}".formatted(name)),
                400,
                "invalid-filter",
                "/filter/n/$near",
                "$near");
    }

    @Test
    default void examplesAreRecommendedFrom() {
        String name = compass();
        assertThat(ids(post(
                        "query",
                        "{'collection': '%s', 'positive': [{'id': 'north'}, {'id': 'east'}]}".formatted(name))))
                .as("half-way between, and without the examples")
                .startsWith("north-east")
                .hasSize(4)
                .doesNotContain("north", "east");
        assertThat(ids(post(
                        "query",
                        "{'collection': '%s', 'positive': [{'id': 'north'}], 'negative': [{'id': 'east'}], 'topK': 1}"
                                .formatted(name))))
                .containsExactly("north-west");
        assertThat(ids(post(
                        "query",
                        "{'collection': '%s', 'positive': [{'vector': [0, 1], 'weight': 5}, {'vector': [-1, 0], 'weight': 0.1}], 'topK': 1}"
                                .formatted(name))))
                .containsExactly("north");
        JsonNode best = post(
                "query",
                "{'collection': '%s', 'positive': [{'id': 'north'}, {'id': 'west'}], 'negative': [{'id': 'south'}], 'strategy': 'best-score'}"
                        .formatted(name));
        assertThat(ids(best))
                .as("near either, and not nearer to the south; east is as far from both")
                .containsExactly("north-east", "north-west", "east");
        assertThat(best.at("/hits/0/score").asDouble()).isCloseTo(Math.sqrt(0.5), within(1e-6));
        assertThat(best.path("exhausted").asBoolean()).isTrue();
        problem(
                send(
                        "query",
                        "{'collection': '%s', 'positive': [{'id': 'north'}], 'negative': [{'id': 'nowhere'}]}"
                                .formatted(name)),
                404,
                "record-not-found",
                "/negative/0/id",
                "nowhere");
        problem(
                send("query", "{'collection': '%s', 'positive': [{'id': 'east'}, {'vector': [1]}]}".formatted(name)),
                400,
                "dimension-mismatch",
                "/positive/1/vector");
        problem(
                send("query", "{'collection': '%s', 'positive': [{'id': 'east'}, {'id': 'west'}]}".formatted(name)),
                400,
                "invalid-request",
                "/positive",
                "cancel");
        problem(
                send("query", "{'collection': '%s', 'vector': [1, 0], 'negative': [{'id': 'west'}]}".formatted(name)),
                400,
                "invalid-request",
                "/positive");
        problem(
                send("query", "{'collection': '%s', 'positive': [{'id': 'x', 'vector': [1, 0]}]}".formatted(name)),
                400,
                "invalid-request",
                "/positive/0");
    }

    @Test
    default void hitsAreGroupedAndMadeDifferent() {
        String name = newCollection();
        StringBuilder records = new StringBuilder();
        for (int document = 0; document < 5; document++) {
            for (int passage = 0; passage < 20; passage++) {
                double angle = 0.1 * document + 0.001 * passage;
                records.append(records.isEmpty() ? "" : ",")
                        .append("{'id': 'd%d-%02d', 'vector': [%s, %s], 'attributes': {'document': %d}}"
                                .formatted(document, passage, Math.cos(angle), Math.sin(angle), document));
            }
        }
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 2}, 'records': [%s, {'id': 'alone', 'vector': [0.9, 0.1]}]}"
                        .formatted(name, records));
        post("collections/compact", "{'name': '%s'}".formatted(name));
        assertThat(ids(post(
                        "query",
                        "{'collection': '%s', 'vector': [1, 0], 'topK': 4, 'groupBy': {'field': 'document'}}"
                                .formatted(name))))
                .as("the next group begins 20 hits further")
                .containsExactly("d0-00", "d1-00", "alone", "d2-00");
        JsonNode all = post(
                "query",
                "{'collection': '%s', 'vector': [1, 0], 'topK': 20, 'groupBy': {'field': 'document', 'size': 2}}"
                        .formatted(name));
        assertThat(ids(all)).hasSize(11);
        assertThat(all.path("exhausted").asBoolean()).isTrue();

        assertThat(ids(post("query", "{'collection': '%s', 'vector': [1, 0], 'topK': 3}".formatted(name))))
                .containsExactly("d0-00", "d0-01", "d0-02");
        assertThat(ids(post(
                        "query", "{'collection': '%s', 'vector': [1, 0], 'topK': 3, 'diversity': 0}".formatted(name))))
                .containsExactly("d0-00", "d0-01", "d0-02");
        assertThat(ids(post(
                        "query",
                        "{'collection': '%s', 'vector': [1, 0], 'topK': 25, 'diversity': 1, 'include': []}"
                                .formatted(name))))
                .as("the nearest, then of the 100 nearest what is farthest from it")
                .startsWith("d0-00", "d4-18");
        problem(
                send("query", "{'collection': '%s', 'vector': [1, 0], 'diversity': 1.5}".formatted(name)),
                400,
                "invalid-request",
                "/diversity");
        problem(
                send("query", "{'collection': '%s', 'vector': [1, 0], 'groupBy': {'size': 2}}".formatted(name)),
                400,
                "invalid-request",
                "/groupBy/field");
    }

    /** Two crowds, and a few that belong to none. */
    private static String crowds(String metric) {
        String name = newCollection();
        Random random = new Random(5);
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < 600; i++) {
            double side = i % 2 == 0 ? 10 : -10;
            records.append("{'id': 'c%03d', 'vector': [%s, %s, 5]},"
                    .formatted(i, side + random.nextGaussian(), random.nextGaussian()));
        }
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 3, 'metric': '%s'}, 'records': [%s {'id': 'odd-1', 'vector': [0, 50, -7]}, {'id': 'odd-2', 'vector': [1, -60, -9]}]}"
                        .formatted(name, metric, records));
        post("collections/compact", "{'name': '%s'}".formatted(name));
        return name;
    }

    @Test
    default void whatIsUnlikeTheRestIsFound() {
        for (String metric : List.of("euclidean", "cosine")) {
            String name = crowds(metric);
            JsonNode found = post("outliers", "{'collection': '%s', 'quantile': 0.99}".formatted(name));
            Set<String> outliers = new HashSet<>();
            found.path("scores").forEach(s -> {
                assertThat(s.path("score").asDouble())
                        .isGreaterThan(found.path("threshold").asDouble());
                outliers.add(s.path("id").asText());
            });
            assertThat(outliers).as(metric).contains("odd-1", "odd-2").hasSizeLessThan(30);
            assertThat(found.path("examined").asInt()).isEqualTo(602);
            assertThat(found.has("nextToken")).isFalse();

            JsonNode named = post(
                    "outliers",
                    "{'collection': '%s', 'ids': ['odd-1', 'c000'], 'threshold': %s}"
                            .formatted(name, found.path("threshold").asText()));
            assertThat(named.at("/scores/0/outlier").asBoolean()).isTrue();
            JsonNode given = post(
                    "outliers",
                    "{'collection': '%s', 'vectors': [[10, 0, 5], [0.01, 70, -70]], 'neighbours': 5}".formatted(name));
            assertThat(given.at("/scores/0/outlier").asBoolean()).isFalse();
            assertThat(given.at("/scores/1/outlier").asBoolean()).isTrue();
            assertThat(given.at("/scores/1/index").asInt()).isEqualTo(1);
        }
        String name = crowds("euclidean");
        List<String> paged = new ArrayList<>();
        String token = "";
        double threshold = -1;
        do {
            JsonNode page = post("outliers", "{'collection': '%s', 'limit': 1%s}".formatted(name, token));
            page.path("scores").forEach(s -> paged.add(s.path("id").asText()));
            threshold = threshold < 0 ? page.path("threshold").asDouble() : threshold;
            assertThat(page.path("threshold").asDouble())
                    .as("the same on all pages")
                    .isEqualTo(threshold);
            token = page.has("nextToken")
                    ? ", 'nextToken': '" + page.path("nextToken").asText() + "'"
                    : null;
        } while (token != null);
        assertThat(paged).contains("odd-1", "odd-2").doesNotHaveDuplicates().isSorted();
        problem(
                send("outliers", "{'collection': '%s', 'ids': ['nobody']}".formatted(name)),
                404,
                "record-not-found",
                "/ids/0",
                "nobody");
        problem(
                send("outliers", "{'collection': '%s', 'nextToken': 'bm9uZQ'}".formatted(name)),
                400,
                "invalid-request",
                "/nextToken");
        String empty = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 3}".formatted(empty));
        problem(
                send("outliers", "{'collection': '%s'}".formatted(empty)),
                400,
                "invalid-request",
                "/threshold",
                "empty");
    }

    @Test
    default void whatIsTheSameIsFoundInPairs() {
        String name = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {'dimension': 2}, 'records': [
                  {'id': 'a', 'vector': [1, 0]}, {'id': 'b', 'vector': [5, 0.01]}, {'id': 'c', 'vector': [0, 1]},
                  {'id': 'd', 'vector': [0.01, 1]}, {'id': 'e', 'vector': [-1, 0]}, {'id': 'f', 'vector': [2, 0]}]}""".formatted(name));
        List<String> pairs = new ArrayList<>();
        String token = "";
        do {
            JsonNode page =
                    post("duplicates", "{'collection': '%s', 'minScore': 0.999, 'limit': 1%s}".formatted(name, token));
            page.path("pairs")
                    .forEach(p -> pairs.add(
                            p.path("first").asText() + p.path("second").asText()));
            token = page.has("nextToken")
                    ? ", 'nextToken': '" + page.path("nextToken").asText() + "'"
                    : null;
        } while (token != null);
        assertThat(pairs).containsExactly("af", "ab", "bf", "cd");
        JsonNode none = post("duplicates", "{'collection': '%s', 'minScore': 1.1}".formatted(name));
        assertThat(none.path("pairs")).isEmpty();
        assertThat(none.path("examined").asInt()).isEqualTo(6);
        String dot = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 2, 'metric': 'dot'}".formatted(dot));
        problem(send("duplicates", "{'collection': '%s'}".formatted(dot)), 400, "invalid-request", "/minScore", "dot");
        String listToken = post("list", "{'collection': '%s', 'limit': 1}".formatted(name))
                .path("nextToken")
                .asText();
        problem(
                send("duplicates", "{'collection': '%s', 'nextToken': '%s'}".formatted(name, listToken)),
                400,
                "invalid-request",
                "/nextToken",
                "duplicates");
    }
}
