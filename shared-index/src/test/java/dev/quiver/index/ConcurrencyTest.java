package dev.quiver.index;

import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.delete;
import static dev.quiver.index.Samples.row;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many threads in two processes at once: every commit has a sequence of its own, nothing is lost, and no reader sees half a batch or an older state. */
class ConcurrencyTest {
    private static final Settings SETTINGS = Settings.defaults();

    @TempDir
    Path folder;

    @Test
    void commitsOfManyThreadsAreAllThereInMemory() {
        commitsOfManyThreadsAreAllThere(new MemoryStore(), 60);
    }

    @Test
    void commitsOfManyThreadsAreAllThereInFiles() {
        commitsOfManyThreadsAreAllThere(new FileStore(folder), 15);
    }

    /** Four threads in each of two processes, with both of them compacting beside. */
    private static void commitsOfManyThreadsAreAllThere(ObjectStore store, int batches) {
        Collection[] processes = {
            new Database(store, SETTINGS).create("c", SCHEMA), new Database(store, SETTINGS).collection("c")
        };
        AtomicInteger writers = new AtomicInteger(8);
        List<Set<Long>> sequences = Race.of(10, i -> {
            Collection c = processes[i % 2];
            Set<Long> mine = new HashSet<>();
            if (i >= 8) {
                while (writers.get() > 0) {
                    c.compact();
                    c.collectGarbage();
                }
                return mine;
            }
            try {
                for (int n = 0; n < batches; n++) {
                    mine.add(c.apply(upsert(n, "t" + i + "-" + n, "last-of-" + i, "hot")));
                    assertThat(c.fetch(List.of("t" + i + "-" + n), Consistency.STRONG)
                                    .records())
                            .hasSize(1);
                    if (n > 0) {
                        c.apply(delete("t" + i + "-" + (n - 1)));
                    }
                }
            } finally {
                writers.decrementAndGet();
            }
            return mine;
        });
        // Threads of one process may share a commit, those of two may not.
        Set<Long> even = new HashSet<>();
        Set<Long> odd = new HashSet<>();
        for (int i = 0; i < 8; i++) {
            assertThat(sequences.get(i)).hasSize(batches);
            (i % 2 == 0 ? even : odd).addAll(sequences.get(i));
        }
        assertThat(even).doesNotContainAnyElementsOf(odd);
        Map<String, Integer> expected = new TreeMap<>();
        for (int i = 0; i < 8; i++) {
            expected.put("t" + i + "-" + (batches - 1), batches - 1);
            expected.put("last-of-" + i, batches - 1);
        }
        Map<String, Integer> found = content(new Database(store, SETTINGS).collection("c"));
        assertThat(found.remove("hot")).isNotNull();
        assertThat(found).isEqualTo(expected);
        for (Collection c : processes) {
            found = content(c);
            found.remove("hot");
            assertThat(found).isEqualTo(expected);
            assertThat(c.statistics(Consistency.STRONG).sequence()).isLessThanOrEqualTo(8L * (2L * batches - 1));
        }
    }

    /** Every batch rewrites all ids with one value, so a reader that sees two values has seen half a batch. */
    @Test
    void noReaderSeesHalfABatchOrGoesBack() {
        ObjectStore store = new MemoryStore();
        Collection writer = new Database(store, SETTINGS).create("c", SCHEMA);
        Collection reader = new Database(store, SETTINGS).collection("c");
        String[] ids = {"a", "b", "c", "d", "e"};
        writer.apply(upsert(0, ids));
        AtomicInteger acknowledged = new AtomicInteger();
        AtomicBoolean done = new AtomicBoolean();
        Race.of(6, i -> {
            if (i == 0) {
                try {
                    for (int n = 1; n <= 400; n++) {
                        writer.apply(upsert(n, ids));
                        acknowledged.set(n);
                    }
                } finally {
                    done.set(true);
                }
                return null;
            }
            if (i == 1) {
                while (!done.get()) {
                    writer.compact();
                }
                return null;
            }
            Collection mine = i % 2 == 0 ? reader : writer;
            int last = 0;
            while (!done.get()) {
                int before = acknowledged.get();
                List<Record> rows =
                        switch (i) {
                            case 2, 3 ->
                                mine.search(SearchRequest.of(new float[] {0, 0}, 10)).hits().stream()
                                        .map(SearchResult.Hit::record)
                                        .toList();
                            case 4 ->
                                mine.fetch(List.of(ids), Consistency.STRONG).records();
                            default -> mine.list("", "", 10, Consistency.STRONG).records();
                        };
                Set<Integer> values = new HashSet<>();
                rows.forEach(r -> values.add((int) r.vector()[0]));
                assertThat(rows).hasSize(ids.length);
                assertThat(values).hasSize(1);
                int value = values.iterator().next();
                assertThat(value).isGreaterThanOrEqualTo(Math.max(before, last));
                last = value;
            }
            return null;
        });
    }

    /** Eventual reads beside the commits of the same process: the map of fresh ids and the view that it belongs to change together. */
    @Test
    void anIdIsFetchedFromTheViewItBelongsTo() {
        Collection c = new Database(new MemoryStore(), SETTINGS).create("c", SCHEMA);
        c.apply(upsert(0, "a", "b", "c"));
        AtomicBoolean done = new AtomicBoolean();
        Race.of(4, i -> {
            if (i == 0) {
                try {
                    for (int n = 1; n <= 600; n++) {
                        c.apply(upsert(n, "x" + n % 50, n % 2 == 0 ? "a" : "b"));
                        if (n % 5 == 0) {
                            c.apply(delete("x" + n % 50));
                        }
                        if (n % 40 == 0) {
                            c.compact();
                        }
                    }
                } finally {
                    done.set(true);
                }
                return null;
            }
            Map<String, Integer> last = new HashMap<>();
            while (!done.get()) {
                for (String id : List.of("a", "b", "c")) {
                    var rows = c.fetch(List.of(id), new Consistency.Eventual(Duration.ofMinutes(1)))
                            .records();
                    assertThat(rows).hasSize(1);
                    assertThat(rows.getFirst().id()).isEqualTo(id);
                    int value = (int) rows.getFirst().vector()[0];
                    assertThat(value).isGreaterThanOrEqualTo(last.getOrDefault(id, 0));
                    last.put(id, value);
                }
                for (int n = 0; n < 50; n++) {
                    for (Record r : c.fetch(List.of("x" + n), new Consistency.Eventual(Duration.ofMinutes(1)))
                            .records()) {
                        assertThat(r.id()).isEqualTo("x" + n);
                        assertThat((int) r.vector()[0] % 50).isEqualTo(n);
                    }
                }
            }
            return null;
        });
    }

    @Test
    void oneOfManyCreatorsWinsAndKeepsWhatItWrites() {
        for (int round = 0; round < 20; round++) {
            MemoryStore store = new MemoryStore();
            List<Boolean> created = Race.of(6, i -> {
                Database database = new Database(store, SETTINGS);
                try {
                    Collection c = database.create("c", SCHEMA);
                    c.apply(upsert(i, "winner"));
                    return true;
                } catch (CollectionExistsException e) {
                    database.collection("c").apply(upsert(i, "loser-" + i));
                    return false;
                }
            });
            assertThat(created.stream().filter(won -> won)).hasSize(1);
            Map<String, Integer> content = content(new Database(store, SETTINGS).collection("c"));
            assertThat(content).hasSize(6).containsEntry("winner", created.indexOf(true));
        }
    }

    @Test
    void oneBatchOfManyThousandRowsIsWhole() {
        MemoryStore store = new MemoryStore();
        Collection c = new Database(store, SETTINGS).create("c", SCHEMA);
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < 20_000; i++) {
            batch.upsert(row("r" + i, i));
        }
        c.apply(batch.build());
        assertThat(c.compactionDue()).isTrue();
        assertThat(c.compact().rowsWritten()).isEqualTo(20_000);
        assertThat(c.compactionDue()).isFalse();
        Collection cold = new Database(store, SETTINGS).collection("c");
        assertThat(cold.statistics(Consistency.STRONG).records()).isEqualTo(20_000);
        assertThat(cold.fetch(List.of("r19999"), Consistency.STRONG).records()).hasSize(1);
    }
}
