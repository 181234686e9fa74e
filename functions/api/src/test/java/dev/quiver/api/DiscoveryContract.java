package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.problem;
import static dev.quiver.api.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
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

    /** Forty in a row, in ten groups. */
    private static String row() {
        String name = newCollection();
        post("collections/create", "{'name': '%s', 'dimension': 2, 'metric': 'euclidean'}".formatted(name));
        StringBuilder records = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            records.append(i == 0 ? "" : ", ")
                    .append("{'id': 'r%02d', 'vector': [%d, 0], 'attributes': {'n': %d, 'group': %d}}"
                            .formatted(i, i, i, i % 10));
            if (i == 20) {
                post("upsert", "{'collection': '%s', 'records': [%s]}".formatted(name, records));
                post("collections/compact", "{'name': '%s'}".formatted(name));
                records.setLength(0);
                records.append("{'id': 'r00', 'vector': [0, 0], 'attributes': {'n': 0, 'group': 0}}");
            }
        }
        post("upsert", "{'collection': '%s', 'records': [%s]}".formatted(name, records));
        return name;
    }

    /** The ids of all pages, one after the other; after each, something is done. */
    private static List<String> pages(String fields, int topK, Runnable between) {
        List<String> all = new ArrayList<>();
        String token = null;
        do {
            JsonNode page = post(
                    "query",
                    "{%s, 'topK': %d%s}"
                            .formatted(fields, topK, token == null ? "" : ", 'nextToken': '" + token + "'"));
            List<String> ids = ids(page);
            all.addAll(ids);
            token = page.path("nextToken").asText(null);
            assertThat(ids.size()).isLessThanOrEqualTo(topK);
            assertThat(page.path("exhausted").asBoolean()).isEqualTo(ids.size() < topK);
            if (token != null) {
                between.run();
            }
        } while (token != null);
        return all;
    }

    @Test
    default void aQueryGoesOnPageByPage() {
        String name = row();
        String near = "'collection': '%s', 'vector': [0, 0]".formatted(name);
        List<String> all = IntStream.range(0, 40).mapToObj("r%02d"::formatted).toList();
        for (int topK : List.of(1, 3, 7, 39, 40, 41)) {
            assertThat(pages(near, topK, () -> {})).as("topK %d", topK).isEqualTo(all);
        }
        assertThat(pages(near + ", 'filter': {'n': {'$gte': 30}}", 4, () -> {})).isEqualTo(all.subList(30, 40));
        assertThat(pages(near + ", 'groupBy': {'field': 'group', 'size': 2}", 3, () -> {}))
                .isEqualTo(all.subList(0, 20));
        assertThat(pages(near + ", 'minScore': 4", 3, () -> {})).isEqualTo(all.subList(0, 5));
        assertThat(pages("'collection': '%s', 'id': 'r00'".formatted(name), 9, () -> {}))
                .isEqualTo(all.subList(1, 40));
    }

    @Test
    default void whatIsEquallyNearComesOnce() {
        String name = newCollection();
        List<String> all = IntStream.range(0, 130).mapToObj("r%03d"::formatted).toList();
        post(
                "upsert",
                "{'collection': '%s', 'create': {'dimension': 2}, 'records': [%s]}"
                        .formatted(
                                name,
                                String.join(
                                        ", ",
                                        all.stream()
                                                .map(id -> "{'id': '%s', 'vector': [1, 0]}".formatted(id))
                                                .toList())));
        assertThat(pages("'collection': '%s', 'vector': [1, 1]".formatted(name), 9, () -> {}))
                .containsExactlyInAnyOrderElementsOf(all);
    }

    @Test
    default void pagesAreOfOneState() {
        String name = row();
        String near = "'collection': '%s', 'vector': [0, 0]".formatted(name);
        List<String> all = IntStream.range(0, 40).mapToObj("r%02d"::formatted).toList();
        Runnable change = () -> {
            post(
                    "upsert",
                    "{'collection': '%s', 'records': [{'id': 'r39', 'vector': [0, 0]}, {'id': 'x', 'vector': [20, 0]}]}"
                            .formatted(name));
            post("delete", "{'collection': '%s', 'ids': ['r38', 'r17']}".formatted(name));
            post("collections/compact", "{'name': '%s'}".formatted(name));
        };
        JsonNode first = post("query", "{%s, 'topK': 5}".formatted(near));
        String next = "{%s, 'topK': 5, 'nextToken': '%s'}"
                .formatted(near, first.path("nextToken").asText());
        assertThat(post("query", next).path("sequence")).isEqualTo(first.path("sequence"));
        post("collections/update", "{'name': '%s', 'retention': 'PT1H'}".formatted(name));
        assertThat(pages(near, 6, change)).isEqualTo(all);
        post("collections/update", "{'name': '%s', 'retention': 'PT0S'}".formatted(name));
        change.run();
        problem(send("query", next), 410, "out-of-retention", "/nextToken", "retention");
    }

    @Test
    default void aTokenThatIsNotOfThisQueryIsRefused() {
        String name = row();
        String near = "'collection': '%s', 'vector': [0, 0]".formatted(name);
        String token = post("query", "{%s}".formatted(near)).path("nextToken").asText();
        String other = row();
        for (String request : List.of(
                "{'collection': '%s', 'vector': [0, 0], 'nextToken': '%s'}".formatted(other, token),
                "{'collection': '%s', 'vector': [0, 1], 'nextToken': '%s'}".formatted(name, token),
                "{%s, 'filter': {'n': 1}, 'nextToken': '%s'}".formatted(near, token),
                "{%s, 'diversity': 0.5, 'nextToken': '%s'}".formatted(near, token),
                "{%s, 'nextToken': ''}".formatted(near),
                "{%s, 'nextToken': 'x'}".formatted(near),
                "{%s, 'nextToken': '%s'}".formatted(near, token.substring(0, token.length() - 4)),
                "{%s, 'nextToken': '%s'}".formatted(near, changed(token)))) {
            problem(send("query", request), 400, "invalid-request", "/nextToken");
        }
        post("collections/delete", "{'name': '%s'}".formatted(name));
        post("collections/create", "{'name': '%s', 'dimension': 2, 'metric': 'euclidean'}".formatted(name));
        post("upsert", "{'collection': '%s', 'records': [{'id': 'a', 'vector': [1, 1]}]}".formatted(name));
        post("upsert", "{'collection': '%s', 'records': [{'id': 'b', 'vector': [1, 1]}]}".formatted(name));
        problem(
                send("query", "{%s, 'nextToken': '%s'}".formatted(near, token)),
                400,
                "invalid-request",
                "/nextToken",
                "created anew");
    }

    /** The same with another score. */
    private static String changed(String token) {
        String json = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        String other = json.replace("\"9.0\"", "\"5.0\"");
        assertThat(other).isNotEqualTo(json);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(other.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    default void aQueryExplainsItself() {
        String name = row();
        String near = "'collection': '%s', 'vector': [0, 0], 'topK': 3".formatted(name);
        assertThat(post("query", "{%s}".formatted(near)).has("explanation")).isFalse();
        JsonNode plain = post("query", "{%s, 'explain': true}".formatted(near)).path("explanation");
        JsonNode search = plain.path("searches").path(0);
        assertThat(plain.path("searches")).hasSize(1);
        assertThat(plain.path("storeRequests").asInt()).isPositive();
        assertThat(search.path("topK").asInt()).isEqualTo(3);
        assertThat(search.path("parts")).hasSize(2);
        JsonNode segment = search.path("parts").path(0);
        assertThat(segment.path("plan").asText()).isEqualTo("exact");
        assertThat(segment.path("rows").asInt()).isEqualTo(21);
        assertThat(segment.path("matching").asInt()).as("one is replaced").isBetween(20, 21);
        assertThat(segment.path("rowsScored").asInt())
                .as("codes rule out the others")
                .isBetween(3, 20);
        JsonNode log = search.path("parts").path(1);
        assertThat(log.has("segment")).isFalse();
        assertThat(log.toString()).isEqualTo("{\"plan\":\"log\",\"rows\":20,\"rowsScored\":20}");
        assertThat(search.path("rowsScored").asInt())
                .isEqualTo(20 + segment.path("rowsScored").asInt());

        JsonNode filtered = post("query", "{%s, 'filter': {'n': {'$lt': 5}}, 'explain': true}".formatted(near))
                .at("/explanation/searches/0/parts/0");
        assertThat(filtered.path("plan").asText()).isEqualTo("exact");
        assertThat(filtered.path("matching").asInt()).isEqualTo(4);
        assertThat(filtered.path("rowsScored").asInt()).isBetween(3, 4);
        JsonNode grouped = post(
                "query",
                "{'collection': '%s', 'vector': [0, 0], 'topK': 10, 'groupBy': {'field': 'group'}, 'filter': {'n': {'$ne': 3}}, 'minScore': 30, 'positive': null, 'explain': true}"
                        .formatted(name));
        assertThat(grouped.at("/explanation/searches").findValuesAsText("topK"))
                .as("ten near ones are only nine groups, so more were asked for")
                .containsExactly("10", "40");
    }

    @Test
    default void attributesAddToTheScores() {
        String name = compass();
        String near = "'collection': '%s', 'vector': [1, 0], 'topK': 3".formatted(name);
        assertThat(ids(post("query", "{%s}".formatted(near)))).startsWith("east", "north-east");
        JsonNode boosted = post(
                "query",
                "{%s, 'boost': [{'field': 'n', 'decay': 'linear', 'origin': 7, 'scale': 2, 'weight': 3}, {'filter': {'kind': 'between'}, 'weight': 0.2}]}"
                        .formatted(near));
        assertThat(ids(boosted)).containsExactly("west", "north-east", "east");
        assertThat(boosted.at("/hits/0/boostedScore").asDouble())
                .as("opposite to the vector, and just at the origin")
                .isCloseTo(3, within(1e-6));
        assertThat(boosted.at("/hits/0/score").asDouble())
                .as("stays what it is")
                .isCloseTo(-1, within(1e-6));
        assertThat(boosted.at("/hits/1/boostedScore").asDouble())
                .isCloseTo((1 + Math.sqrt(0.5)) / 2 + 0.2, within(1e-6));
        assertThat(boosted.has("nextToken")).isFalse();
        assertThat(ids(post(
                        "query",
                        "{%s, 'boost': [{'field': 'n', 'decay': 'linear', 'origin': 7, 'scale': 2, 'weight': 3}], 'boostDepth': 3}"
                                .formatted(near))))
                .as("what the search has not found among its best is not looked at")
                .doesNotContain("west");
        assertThat(ids(post(
                        "query",
                        "{%s, 'boost': [{'field': 'n', 'decay': 'exp', 'origin': 7, 'scale': 1}], 'groupBy': {'field': 'kind'}}"
                                .formatted(near))))
                .as("the best of each kind, by the boosted score")
                .containsExactly("east", "north-east");
    }

    @Test
    default void whoHasNoRerankerIsToldHowToConfigureOne() {
        String name = compass();
        problem(
                send("query", "{'collection': '%s', 'vector': [1, 0], 'rerank': {'query': 'x'}}".formatted(name)),
                404,
                "model-not-found",
                "/rerank/model",
                "quiver.rerank.models");
    }

    @Test
    default void declaredFieldsAreWhatTheyAreDeclared() {
        String name = newCollection();
        String fields =
                "'fields': {'at': {'type': 'date'}, 'n': {'type': 'number'}, 'tags': {'type': 'strings'}, 'on': {'type': 'boolean'}}";
        JsonNode created = post("collections/create", "{'name': '%s', 'dimension': 1, %s}".formatted(name, fields));
        assertThat(created.at("/fields/at/type").asText()).isEqualTo("date");
        assertThat(created.path("strict").asBoolean()).isFalse();
        String upsert = "{'collection': '%s', 'records': [{'id': '%s', 'vector': [1], 'attributes': {%s}}]}";
        post("upsert", upsert.formatted(name, "a", "'at': '2026-11-23T01:00:00+02:00', 'n': 1, 'tags': ['x']"));
        post("collections/compact", "{'name': '%s'}".formatted(name));
        post("upsert", upsert.formatted(name, "b", "'at': '2026-11-23', 'n': 2.5, 'on': true, 'other': 'free'"));
        post("upsert", upsert.formatted(name, "c", "'at': '2026-11-23T00:00:00.001Z'"));

        String count = "{'collection': '%s', 'filter': {'at': %s}}";
        for (String filter : List.of(
                "{'$lt': '2026-11-23'} 1",
                "{'$lte': '2026-11-23T02:00+02:00'} 2",
                "{'$gt': '2026-11-22T23:59:59Z'} 2",
                "'2026-11-23T00:00:00Z' 1",
                "{'$in': ['2026-11-22T23:00:00Z', '2026-11-23T00:00:00.001Z']} 2",
                "{'$startsWith': '2026-11-23'} 2")) {
            int end = filter.lastIndexOf(' ');
            assertThat(post("count", count.formatted(name, filter.substring(0, end)))
                            .path("count")
                            .asText())
                    .as(filter)
                    .isEqualTo(filter.substring(end + 1));
        }
        assertThat(post("fetch", "{'collection': '%s', 'ids': ['a']}".formatted(name))
                        .at("/records/0/attributes/at")
                        .asText())
                .as("in UTC, to the millisecond")
                .isEqualTo("2026-11-22T23:00:00.000Z");

        for (String wrong : List.of(
                "at 'yesterday' a date such as",
                "at 7 a date such as",
                "at '2026-02-30' a date such as",
                "n '1' a number",
                "n [1] a number",
                "tags 'x' a list of strings",
                "tags ['x',1] a list of strings",
                "on 'true' true or false")) {
            String[] parts = wrong.split(" ", 3);
            JsonNode problem = problem(
                    send("upsert", upsert.formatted(name, "z", "'%s': %s".formatted(parts[0], parts[1]))),
                    400,
                    "invalid-request",
                    "/records/0/attributes/" + parts[0]);
            assertThat(problem.path("detail").asText()).contains(parts[2]);
            problem(
                    send(
                            "update",
                            "{'collection': '%s', 'ids': ['a'], 'set': {'%s': %s}}"
                                    .formatted(name, parts[0], parts[1])),
                    400,
                    "invalid-request",
                    "/set/" + parts[0]);
        }
        assertThat(post("update", "{'collection': '%s', 'ids': ['a'], 'set': {'at': '2027-01-01'}}".formatted(name))
                        .path("updated")
                        .asInt())
                .isEqualTo(1);
        assertThat(post("count", count.formatted(name, "{'$gte': '2027-01-01T00:00:00Z'}"))
                        .path("count")
                        .asInt())
                .isEqualTo(1);
        problem(send("count", count.formatted(name, "{'$gte': 'soon'}")), 400, "invalid-filter", "/filter", "a date");
        problem(
                send(
                        "query",
                        "{'collection': '%s', 'vector': [1], 'filter': {'$or': [{'n': '1'}, {'n': 2}]}}"
                                .formatted(name)),
                400,
                "invalid-filter",
                "/filter",
                "declared as number");

        JsonNode described = post("collections/describe", "{'name': '%s'}".formatted(name));
        assertThat(described.path("fields")).isEqualTo(created.path("fields"));
        assertThat(described.path("foundFields").toString())
                .isEqualTo(
                        "{\"at\":[\"string\"],\"n\":[\"number\"],\"on\":[\"boolean\"],\"other\":[\"string\"],\"tags\":[\"string\"]}");
    }

    @Test
    default void aStrictCollectionHasNoOtherFields() {
        String name = newCollection();
        String upsert =
                "{'collection': '%s', 'create': {'dimension': 1, 'fields': {'n': {'type': 'numbers'}}, 'strict': %s}, 'records': [{'id': 'a', 'vector': [1], 'attributes': {%s}}]}";
        post("upsert", upsert.formatted(name, "true", "'n': [1, 2]"));
        problem(
                send("upsert", upsert.formatted(name, "true", "'m/n': 1")),
                400,
                "invalid-request",
                "/records/0/attributes/m~1n",
                "strict",
                "has declared n");
        problem(
                send("update", "{'collection': '%s', 'filter': {}, 'attributes': {'m': 1}}".formatted(name)),
                400,
                "invalid-request",
                "/attributes/m");
        problem(send("upsert", upsert.formatted(name, "false", "'n': [1]")), 409, "model-mismatch", "/create/strict");
        problem(
                send("upsert", upsert.formatted(name, "true", "").replace("numbers", "number")),
                409,
                "model-mismatch",
                "/create/fields");
        assertThat(post("collections/fork", "{'name': '%s', 'as': '%s'}".formatted(name, newCollection()))
                        .path("strict")
                        .asBoolean())
                .as("a fork is as strict")
                .isTrue();
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
