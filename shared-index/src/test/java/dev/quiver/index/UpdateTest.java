package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Patch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.FaultyStore.Verb;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attributes are changed alone, as one commit, and together with what others do at the same time. */
class UpdateTest {
    private static final Filter SMALL = new Filter.Compare("value", Operator.LT, 10);
    private static final Patch MARK = Patch.setting(Map.of("marked", true));

    private final FakeClock clock = new FakeClock();
    private final FaultyStore store = new FaultyStore(new MemoryStore(clock));
    private final Collection c = new Database(store, Samples.settings(clock)).create("c", Samples.SCHEMA);
    private final Collection other = new Database(store, Samples.settings(clock)).collection("c");

    private static Optional<Record> read(Collection from, String id) {
        return from.fetch(List.of(id), Consistency.STRONG).records().stream().findFirst();
    }

    private static Map<String, Object> attributes(Collection from, String id) {
        return read(from, id).orElseThrow().attributes();
    }

    @Test
    void whatIsSetAndUnsetChangesAndTheRestStays() {
        c.apply(Batch.builder()
                .upsert(new Record("a", new float[] {3, 4}, "text", Map.of("keep", "x", "change", 1, "drop", 2)))
                .build());
        c.compact();
        Patch patch = new Patch(Map.of("change", 2.5, "new", List.of("p", "q")), Set.of("drop", "never"), false);
        assertThat(other.update(List.of("a", "nobody", "a"), Map.of(), patch, null))
                .isEqualTo(new Collection.Updated(1, List.of("nobody"), 2));
        Record a = read(c, "a").orElseThrow();
        assertThat(a.attributes()).isEqualTo(Map.of("keep", "x", "change", 2.5, "new", List.of("p", "q")));
        assertThat(a.vector()).containsExactly(3, 4);
        assertThat(a.text()).isEqualTo("text");
        c.update(List.of("a"), Map.of(), new Patch(Map.of("only", true), Set.of(), true), null);
        c.compact();
        assertThat(attributes(new Database(store, Samples.settings(clock)).collection("c"), "a"))
                .isEqualTo(Map.of("only", true));
    }

    @Test
    void byFilterInSegmentsAndInTheLogAtOnce() {
        c.apply(Samples.upsert(1, "a", "b"));
        c.apply(Samples.upsert(20, "c"));
        c.compact();
        c.apply(Samples.upsert(20, "b"));
        c.apply(Samples.upsert(3, "d"));
        assertThat(other.update(SMALL, MARK, null)).isEqualTo(new Collection.Updated(2, List.of(), 5));
        assertThat(c.count(new Filter.Exists("marked"), List.of(), 1, Consistency.STRONG)
                        .count())
                .isEqualTo(2);
        assertThat(attributes(c, "a")).isEqualTo(Map.of("value", 1L, "marked", true));
        assertThat(attributes(c, "b")).isEqualTo(Map.of("value", 20L));
        assertThat(c.update(new Filter.Exists("none"), MARK, null))
                .as("nothing to change, nothing is written")
                .isEqualTo(new Collection.Updated(0, List.of(), 5));
    }

    @Test
    void versionsHoldOrNothingIsChanged() {
        c.apply(Samples.upsert(1, "a", "b"));
        assertThat(c.update(List.of("a", "b"), Map.of("a", 1L), MARK, null).sequence())
                .isEqualTo(2);
        assertThatThrownBy(() -> c.update(List.of("a", "b"), Map.of("b", 1L), Patch.unsetting(List.of("marked")), null))
                .isInstanceOf(ConditionFailedException.class)
                .hasMessageContaining("'b' has version 2");
        assertThatThrownBy(() -> c.update(List.of("nobody"), Map.of("nobody", 1L), MARK, null))
                .isInstanceOf(ConditionFailedException.class);
        assertThat(attributes(c, "a")).containsKey("marked");
        // Between the look and the write the version goes away.
        store.once(Verb.PUT, "log/", (_, _, real) -> {
            store.heal();
            other.apply(Samples.upsert(7, "a"));
            return real.call();
        });
        assertThatThrownBy(() -> c.update(List.of("a", "b"), Map.of("a", 2L), MARK, null))
                .isInstanceOf(ConditionFailedException.class);
        assertThat(attributes(c, "a")).isEqualTo(Map.of("value", 7L));
    }

    @Test
    void whatWasChangedMeanwhileIsChangedAsItIsThen() {
        c.apply(Samples.upsert(1, "a", "b", "gone"));
        store.once(Verb.PUT, "log/", (_, _, real) -> {
            store.heal();
            other.apply(Batch.builder()
                    .upsert(Samples.row("a", 5))
                    .upsert(Samples.row("b", 30))
                    .upsert(Samples.row("new", 2))
                    .delete("gone")
                    .build());
            return real.call();
        });
        assertThat(c.update(SMALL, MARK, null)).isEqualTo(new Collection.Updated(2, List.of(), 3));
        assertThat(attributes(c, "a")).isEqualTo(Map.of("value", 5L, "marked", true));
        assertThat(read(c, "a").orElseThrow().text()).isEqualTo("text 5");
        assertThat(attributes(c, "b")).as("matches no more").isEqualTo(Map.of("value", 30L));
        assertThat(attributes(c, "new")).containsKey("marked");
        assertThat(read(c, "gone")).as("a deleted record does not come back").isEmpty();
    }

    @Test
    void sentAgainItChangesNothingMore() {
        c.apply(Samples.upsert(1, "a"));
        assertThat(c.update(List.of("a"), Map.of("a", 1L), MARK, "k"))
                .isEqualTo(new Collection.Updated(1, List.of(), 2));
        other.apply(Samples.upsert(2, "a"));
        assertThat(other.update(List.of("a"), Map.of("a", 1L), MARK, "k"))
                .isEqualTo(new Collection.Updated(0, List.of(), 2));
        assertThat(attributes(c, "a")).isEqualTo(Map.of("value", 2L));
        assertThatThrownBy(() -> c.update(List.of("a"), Map.of(), Patch.setting(Map.of("marked", "true")), "k"))
                .as("another type is another request")
                .isInstanceOf(IdempotencyKeyReusedException.class);
        assertThatThrownBy(() -> c.update(SMALL, MARK, "k")).isInstanceOf(IdempotencyKeyReusedException.class);
        assertThat(c.update(new Filter.Exists("none"), MARK, "nothing").sequence())
                .isEqualTo(4);
        other.apply(Batch.builder()
                .upsert(new Record("b", new float[] {1, 1}, null, Map.of("none", 1)))
                .build());
        assertThat(other.update(new Filter.Exists("none"), MARK, "nothing"))
                .isEqualTo(new Collection.Updated(0, List.of(), 4));
    }

    @Test
    void moreThanACommitTakesIsRefusedWhole() {
        c.apply(Samples.upsert(1, "a", "b", "c"));
        assertThatThrownBy(() -> c.update(SMALL, MARK, null, 2, 1 << 20))
                .isInstanceOf(TooManyRecordsException.class)
                .hasMessageContaining("at most 2 records");
        assertThatThrownBy(() -> c.update(SMALL, MARK, null, 3, 40)).isInstanceOf(TooManyRecordsException.class);
        assertThatThrownBy(() -> c.update(
                        List.of("a", "b"), Map.of(), Patch.setting(Map.of("long", "x".repeat(40 * 1024 - 12))), null))
                .isInstanceOf(Patch.NotPossibleException.class)
                .hasMessageContaining("'a'");
        assertThat(Samples.content(c)).isEqualTo(Map.of("a", 1, "b", 1, "c", 1));
        assertThat(c.update(SMALL, MARK, null, 3, 1 << 20).records()).isEqualTo(3);
    }

    /** Two processes set attributes of their own on the same records, by id and by filter, while a third writes whole records and deletes some for good. */
    @Test
    void noUpdateIsLostAndNoDeletedRecordComesBack(@TempDir Path folder) throws Exception {
        int rounds = 25;
        List<String> ids = List.of("r0", "r1", "r2", "r3");
        List<Collection> processes = new ArrayList<>();
        processes.add(new Database(new FileStore(folder), Settings.defaults()).create("c", Samples.SCHEMA));
        for (int i = 0; i < 2; i++) {
            processes.add(new Database(new FileStore(folder), Settings.defaults()).collection("c"));
        }
        processes.getFirst().apply(Samples.upsert(1, ids.toArray(String[]::new)));
        processes.getFirst().apply(Samples.upsert(1, "doomed0", "doomed1", "doomed2"));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> writers = new ArrayList<>();
            for (int w = 0; w < 4; w++) {
                int writer = w;
                Collection mine = processes.get(w % 2);
                writers.add(threads.submit(() -> {
                    for (int n = 1; n <= rounds; n++) {
                        Patch patch = Patch.setting(Map.of("w" + writer, n));
                        if (n % 2 == 0) {
                            mine.update(ids, Map.of(), patch, null);
                        } else {
                            mine.update(new Filter.All(), patch, null);
                        }
                    }
                }));
            }
            writers.add(threads.submit(() -> {
                for (int n = 0; n < 3; n++) {
                    processes.get(2).apply(Samples.delete("doomed" + n));
                    processes.get(2).compact();
                }
            }));
            for (Future<?> f : writers) {
                f.get();
            }
        }
        Map<String, Object> expected = new HashMap<>(Map.of("value", 1L));
        for (int w = 0; w < 4; w++) {
            expected.put("w" + w, (long) rounds);
        }
        Collection cold = new Database(new FileStore(folder), Settings.defaults()).collection("c");
        for (String id : ids) {
            assertThat(attributes(cold, id)).as(id).isEqualTo(expected);
        }
        assertThat(cold.statistics(Consistency.STRONG).records()).isEqualTo(ids.size());
    }
}
