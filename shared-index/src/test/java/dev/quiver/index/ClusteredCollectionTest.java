package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.SearchRequest.Effort;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.search.SegmentSearch;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A collection large enough for clusters gives the answers of a small one: nothing stale, nothing deleted, and nearly all of the nearest. */
class ClusteredCollectionTest {
    private static final int DIMENSION = 24;
    private static final int RECORDS = 9000;

    @TempDir
    Path folder;

    private final Random random = new Random(17);
    private final Map<String, float[]> model = new TreeMap<>();
    private final float[][] centres = new float[40][];

    private float[] vector() {
        float[] x = new float[DIMENSION];
        int c = random.nextInt(centres.length);
        if (centres[c] == null) {
            centres[c] = new float[DIMENSION];
            for (int i = 0; i < DIMENSION; i++) {
                centres[c][i] = (float) random.nextGaussian();
            }
        }
        for (int i = 0; i < DIMENSION; i++) {
            x[i] = (float) (centres[c][i] + 0.7 * random.nextGaussian());
        }
        return x;
    }

    private void fill(Collection c) {
        for (int from = 0; from < RECORDS; from += 1500) {
            Batch.Builder batch = Batch.builder();
            for (int i = from; i < from + 1500; i++) {
                put(batch, "r" + i);
            }
            c.apply(batch.build());
        }
    }

    private void put(Batch.Builder batch, String id) {
        float[] x = vector();
        model.put(id, x);
        batch.upsert(new Record(id, x, "text of " + id, Map.of("n", id.length())));
    }

    /** Overwrites some and deletes some, in the log over a segment. */
    private void change(Collection c) {
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < RECORDS; i += 10) {
            put(batch, "r" + i);
        }
        for (int i = 3; i < RECORDS; i += 10) {
            model.remove("r" + i);
            batch.delete("r" + i);
        }
        c.apply(batch.build());
    }

    private List<String> truth(float[] q, int k) {
        return model.entrySet().stream()
                .sorted(Comparator.comparingDouble(e -> distance(q, e.getValue())))
                .limit(k)
                .map(Map.Entry::getKey)
                .toList();
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private void check(Collection c) {
        int found = 0;
        int queries = 80;
        for (int q = 0; q < queries; q++) {
            float[] x = vector();
            SearchResult result = c.search(SearchRequest.of(x, 10));
            assertThat(result.hits()).hasSize(10);
            Set<String> ids = new HashSet<>();
            for (SearchResult.Hit h : result.hits()) {
                assertThat(ids.add(h.record().id())).isTrue();
                assertThat(h.record().vector()).isEqualTo(model.get(h.record().id()));
                assertThat(h.record().text()).isEqualTo("text of " + h.record().id());
                assertThat((double) h.score())
                        .isCloseTo(Math.sqrt(distance(x, h.record().vector())), within(1e-4));
            }
            List<String> truth = truth(x, 10);
            found += (int) truth.stream().filter(ids::contains).count();
            if (q < 10) {
                assertThat(c.search(SearchRequest.of(x, 10).with(Effort.EXACT)).hits())
                        .extracting(h -> h.record().id())
                        .containsExactlyElementsOf(truth);
            }
        }
        assertThat(found / (10.0 * queries)).isGreaterThanOrEqualTo(0.93);
        Collection.Recall recall = c.recall(50, 10, Effort.DEFAULT, Consistency.STRONG);
        assertThat(recall.sample()).isEqualTo(50);
        assertThat(recall.recall()).isBetween(0.92, 1.0);
        assertThat(c.recall(10, 5, Effort.EXACT, Consistency.STRONG).recall()).isEqualTo(1);
        assertThat(c.search(SearchRequest.of(vector(), model.size() + 5)).hits())
                .hasSize(model.size());
    }

    private void run(ObjectStore store, Settings settings) {
        try (Database database = new Database(store, settings.withFoldRows(100_000))) {
            Collection c = database.create("rows", new Schema(DIMENSION, Metric.EUCLIDEAN, null));
            fill(c);
            c.compact();
            check(c);
            change(c);
            check(c);
            c.compact();
            check(c);
        }
    }

    @Test
    void inMemory() {
        run(new MemoryStore(), Settings.defaults());
    }

    @Test
    void beyondTheMemoryBudget() {
        run(new MemoryStore(), Settings.defaults().withMemoryBudget(1 << 20));
    }

    @Test
    void mappedFromFiles() {
        run(new FileStore(folder), Settings.defaults());
    }

    @Test
    void loadedPastTheLog() {
        try (Database database =
                new Database(new MemoryStore(), Settings.defaults().withFoldRows(100_000))) {
            Collection c = database.create("rows", new Schema(DIMENSION, Metric.EUCLIDEAN, null));
            assertThat(c.load(List.<Record>of().iterator())).isZero();
            Batch.Builder before = Batch.builder();
            for (int i = 0; i < 50; i++) {
                put(before, i % 2 == 0 ? "r" + i : "older" + i);
            }
            c.apply(before.build());
            assertThat(c.load(records(RECORDS))).isEqualTo(RECORDS);
            assertThat(c.statistics(Consistency.STRONG).records()).isEqualTo(model.size());
            assertThat(c.statistics(Consistency.STRONG).logOperations()).isZero();
            check(c);
            change(c);
            check(c);
            assertThat(c.load(records(2000))).isEqualTo(2000);
            check(c);
            c.compact();
            check(c);
        }
    }

    /** Some ids come twice; the last counts. */
    private Iterator<Record> records(int count) {
        return IntStream.range(0, count + 100)
                .mapToObj(i -> {
                    String id = "r" + (i < 100 ? count - 1 - i : i - 100);
                    float[] x = vector();
                    model.put(id, x);
                    return new Record(id, x, "text of " + id, Map.of("n", id.length()));
                })
                .iterator();
    }

    @Test
    void aRecordThatDoesNotFitStopsTheLoadAndNothingIsThere() throws IOException {
        Path temporary = folder.resolve("temporary");
        Settings settings = Settings.defaults().withTemporary(temporary);
        try (Database database = new Database(new MemoryStore(), settings)) {
            Collection c = database.create("rows", new Schema(DIMENSION, Metric.EUCLIDEAN, null));
            Iterator<Record> bad = Stream.concat(
                            IntStream.range(0, 100).mapToObj(i -> new Record("r" + i, vector(), null, Map.of())),
                            Stream.of(new Record("x", new float[] {1}, null, Map.of())))
                    .iterator();
            assertThatThrownBy(() -> c.load(bad)).isInstanceOf(InvalidVectorException.class);
            assertThat(c.statistics(Consistency.STRONG).records()).isZero();
            try (Stream<Path> left = Files.list(temporary)) {
                assertThat(left).isEmpty();
            }
        }
    }

    @Test
    void aSampleLargerThanTheCollectionIsAllOfIt() {
        try (Database database = new Database(new MemoryStore(), Settings.defaults())) {
            Collection c = database.create("rows", new Schema(DIMENSION, Metric.EUCLIDEAN, null));
            Batch.Builder batch = Batch.builder();
            for (int i = 0; i < 7; i++) {
                put(batch, "r" + i);
            }
            c.apply(batch.build());
            assertThat(c.recall(100, 3, Effort.DEFAULT, Consistency.STRONG))
                    .satisfies(r -> assertThat(r.sample()).isEqualTo(7))
                    .satisfies(r -> assertThat(r.recall()).isEqualTo(1));
        }
    }

    @Test
    void aSearchExplainsItself() throws IOException {
        try (Database database = new Database(new FileStore(folder), Settings.defaults())) {
            Collection c = database.create("c", new Schema(DIMENSION, Metric.COSINE, null));
            fill(c);
            c.compact();
            c.apply(Batch.builder()
                    .upsert(new Record("fresh", vector(), null, Map.of()))
                    .build());
            SearchRequest request = SearchRequest.of(vector(), 10);
            Explanation how = new Explanation();
            SearchResult explained = c.search(request.with(new Effort(0.9, 3, 60)), how);
            assertThat(how.parts()).hasSize(2);
            var segment = (Explanation.SegmentPart) how.parts().getFirst();
            assertThat(segment.plan()).isEqualTo(new SegmentSearch.Plan.Clusters(3, 60));
            assertThat(segment.clusters()).isGreaterThan(3);
            assertThat(segment.rows()).isEqualTo(RECORDS);
            assertThat(how.parts().get(1)).isEqualTo(new Explanation.ScannedPart(null, 1, 1));
            assertThat(how.parts().stream()
                            .mapToLong(Explanation.Part::rowsScored)
                            .sum())
                    .isEqualTo(explained.rowsScored());
            assertThat(c.search(request.with(new Effort(0.9, 3, 60))).hits())
                    .as("the same as without")
                    .extracting(h -> h.record().id())
                    .isEqualTo(
                            explained.hits().stream().map(h -> h.record().id()).toList());
            how = new Explanation();
            c.search(request.with(Effort.EXACT), how);
            assertThat(((Explanation.SegmentPart) how.parts().getFirst()).plan())
                    .isEqualTo(new SegmentSearch.Plan.Exact());
        }
    }
}
