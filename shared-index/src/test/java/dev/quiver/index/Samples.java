package dev.quiver.index;

import dev.quiver.index.log.Tasks;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.Meter;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.Metric;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/** Small collections, and what they hold in a form that can be compared. */
final class Samples {
    static final Duration GRACE = Duration.ofHours(1);
    static final Schema SCHEMA = new Schema(2, Metric.EUCLIDEAN, null);

    private static final AtomicLong NUMBERS = new AtomicLong();

    private Samples() {}

    /** Nobody sleeps who backs off. */
    private static final Tasks AWAKE = new Tasks() {
        @Override
        public void sleep(long millis) {}

        @Override
        public <T> List<T> all(List<Supplier<T>> tasks) {
            return SYSTEM.all(tasks);
        }
    };

    /** Chance without chance: every number once. */
    static Settings settings(FakeClock clock) {
        return new Settings(
                1000,
                1 << 20,
                GRACE,
                Path.of(System.getProperty("java.io.tmpdir")),
                Long.MAX_VALUE,
                clock,
                () -> NUMBERS.incrementAndGet() * 0x9e3779b97f4a7c15L,
                AWAKE,
                new Meter());
    }

    /** A row whose vector and text tell who wrote it. */
    static Record row(String id, int value) {
        return new Record(id, new float[] {value, 1}, "text " + value, Map.of("value", value));
    }

    static Batch upsert(int value, String... ids) {
        Batch.Builder batch = Batch.builder();
        for (String id : ids) {
            batch.upsert(row(id, value));
        }
        return batch.build();
    }

    static Batch delete(String... ids) {
        Batch.Builder batch = Batch.builder();
        for (String id : ids) {
            batch.delete(id);
        }
        return batch.build();
    }

    /** Ids and values by a strong read. Checks that listing, fetching, searching and counting agree. */
    static Map<String, Integer> content(Collection collection) {
        var listed = collection.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
        Map<String, Integer> content = new LinkedHashMap<>();
        for (Record r : listed.records()) {
            int value = (int) r.vector()[0];
            if (content.put(r.id(), value) != null) {
                throw new AssertionError(r.id() + " is listed twice");
            }
            require(r.text().equals("text " + value), "text of " + r.id());
            require(r.attributes().equals(Map.of("value", (long) value)), "attributes of " + r.id());
        }
        var hits =
                collection.search(SearchRequest.of(new float[] {0, 0}, 10_000)).hits();
        Map<String, Integer> found = new TreeMap<>();
        hits.forEach(h -> found.put(h.record().id(), (int) h.record().vector()[0]));
        require(
                hits.size() == found.size() && found.equals(new TreeMap<>(content)),
                "found " + found + ", listed " + content);
        for (var e : content.entrySet()) {
            var fetched = collection
                    .fetch(java.util.List.of(e.getKey()), Consistency.STRONG)
                    .records();
            require(fetched.size() == 1 && fetched.getFirst().vector()[0] == e.getValue(), "fetched " + e);
        }
        long records = collection.statistics(Consistency.STRONG).records();
        require(records == content.size(), "counted " + records + ", listed " + content.size());
        return new TreeMap<>(content);
    }

    /** The content as another process would see it. */
    static Map<String, Integer> coldContent(ObjectStore store, FakeClock clock, String name) {
        return content(new Database(store, settings(clock)).collection(name));
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("Answers do not agree: " + what);
        }
    }
}
