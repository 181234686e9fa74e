package dev.quiver.functions.operation;

import static dev.quiver.functions.Fixtures.problemOf;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.Metric;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Pages put together are the whole, each hit once, also if every search sums its scores a little differently and finds equals in another order. */
class QueryCursorTest {
    private static final float NOISE = 5e-7f;

    private static QueryRequest request(String json) {
        try {
            return Json.strictMapper().readValue(json.replace('\'', '"'), QueryRequest.class);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static QueryRequest after(String token) {
        return request("{'collection': 'c', 'vector': [1], 'nextToken': '%s'}".formatted(token));
    }

    private static List<Hit> search(float[] scores, Metric metric, Random random) {
        List<Hit> hits = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            hits.add(new Hit(
                    new Record("r" + i, new float[] {1}, null, Map.of()),
                    scores[i] + NOISE * (2 * random.nextFloat() - 1)));
        }
        Collections.shuffle(hits, random);
        Comparator<Hit> byScore = Comparator.comparing(Hit::score);
        hits.sort(metric.higherIsNearer() ? byScore.reversed() : byScore);
        return hits;
    }

    @Property(tries = 200)
    void everyHitComesOnce(
            @ForAll long seed,
            @ForAll @IntRange(min = 0, max = 120) int count,
            @ForAll @IntRange(min = 1, max = 30) int page) {
        Random random = new Random(seed);
        Metric metric = random.nextBoolean() ? Metric.COSINE : Metric.EUCLIDEAN;
        // Few different scores make many ties.
        int different = 1 + random.nextInt(40);
        float[] scores = new float[count];
        for (int i = 0; i < count; i++) {
            scores[i] = random.nextInt(different) / 40f;
        }
        QueryCursor.State state = QueryCursor.State.of(new SearchResult(List.of(), 7, 0, 0, "uid"));
        List<String> all = new ArrayList<>();
        QueryRequest request = request("{'collection': 'c', 'vector': [1]}");
        QueryCursor cursor = null;
        while (true) {
            List<Hit> hits = search(scores, metric, random);
            List<Hit> next = (cursor == null ? hits : cursor.rest(hits, metric))
                    .stream().limit(page).toList();
            if (next.isEmpty()) {
                break;
            }
            next.forEach(h -> all.add(h.record().id()));
            cursor = QueryCursor.read(after(QueryCursor.next(request, cursor, state, next)));
        }
        assertThat(all)
                .containsExactlyInAnyOrderElementsOf(
                        IntStream.range(0, count).mapToObj(i -> "r" + i).toList());
    }

    @Test
    void whatDoesNotMatterMayDiffer() {
        List<Hit> page = List.of(new Hit(new Record("a", new float[] {1}, null, Map.of()), 0.5f));
        QueryCursor.State state = QueryCursor.State.of(new SearchResult(page, 7, 0, 0, "uid"));
        String token = QueryCursor.next(
                request("{'collection': 'c', 'vector': [1], 'filter': {'a': 1, 'b': {'$lt': 2}}, 'topK': 1}"),
                null,
                state,
                page);
        QueryCursor cursor = QueryCursor.read(request(
                "{'filter': {'b': {'$lt': 2}, 'a': 1}, 'collection': 'c', 'vector': [1.0], 'include': [], 'consistency': 'eventual', 'explain': true, 'nextToken': '%s'}"
                        .formatted(token)));
        assertThat(cursor.state().sequence()).isEqualTo(7);
        assertThat(cursor.answered()).isEqualTo(1);
        assertThat(problemOf(() -> QueryCursor.read(request(
                                "{'filter': {'b': {'$lt': 2}, 'a': '1'}, 'collection': 'c', 'vector': [1.0], 'nextToken': '%s'}"
                                        .formatted(token))))
                        .detail())
                .contains("another request");
    }
}
