package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A batch with conditions is committed if they hold at its place in the order; versions survive folding. */
class ConditionsTest {
    private static final Condition ABSENT = new Condition.Absent();

    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Collection c = new Database(store, Samples.settings(clock)).create("c", Samples.SCHEMA);
    /** Another process, whose view is old until it looks. */
    private final Collection other = new Database(store, Samples.settings(clock)).collection("c");

    private static Batch upsert(String id, int value, Condition condition) {
        return Batch.builder().upsert(Samples.row(id, value), condition).build();
    }

    private long version(String id) {
        return c.fetch(List.of(id), Consistency.STRONG).versions().getFirst();
    }

    @Test
    void ifAbsentWritesOnce() {
        assertThat(c.apply(upsert("a", 1, ABSENT))).isEqualTo(1);
        assertThatThrownBy(() -> other.apply(upsert("a", 2, ABSENT)))
                .isInstanceOfSatisfying(ConditionFailedException.class, e -> {
                    assertThat(e.id()).isEqualTo("a");
                    assertThat(e.actual()).isEqualTo(1);
                })
                .hasMessageContaining("'a' exists already, in version 1");
        assertThat(Samples.content(c)).containsExactlyEntriesOf(java.util.Map.of("a", 1));
        c.apply(Samples.delete("a"));
        assertThat(other.apply(upsert("a", 3, ABSENT))).isEqualTo(3);
    }

    @Test
    void ifVersionSeesWhatOthersHaveWritten() {
        c.apply(Samples.upsert(1, "a", "b"));
        other.apply(Samples.upsert(2, "b"));
        assertThat(c.apply(upsert("a", 3, new Condition.Version(1)))).isEqualTo(3);
        assertThatThrownBy(() -> c.apply(upsert("b", 4, new Condition.Version(1))))
                .hasMessageContaining("'b' has version 2, and ifVersion 1 was asked for");
        assertThatThrownBy(() -> c.apply(upsert("x", 4, new Condition.Version(1))))
                .hasMessageContaining("'x' does not exist");
        assertThatThrownBy(() -> other.apply(
                        Batch.builder().delete("b", new Condition.Version(1)).build()))
                .isInstanceOf(ConditionFailedException.class);
        other.apply(Batch.builder().delete("b", new Condition.Version(2)).build());
        assertThat(Samples.content(c)).containsOnlyKeys("a");
    }

    @Test
    void oneConditionThatDoesNotHoldStopsTheWholeBatch() {
        c.apply(Samples.upsert(1, "a"));
        Batch batch = Batch.builder()
                .upsert(Samples.row("new", 2))
                .upsert(Samples.row("a", 2), ABSENT)
                .delete("a2")
                .build();
        assertThatThrownBy(() -> c.apply(batch)).isInstanceOf(ConditionFailedException.class);
        assertThat(Samples.content(c)).containsOnlyKeys("a");
        assertThat(c.statistics(Consistency.STRONG).sequence()).isEqualTo(1);
    }

    @Test
    void versionsSurviveFoldingAndMerging() {
        c.apply(Samples.upsert(1, "a", "b"));
        c.apply(Samples.upsert(2, "b"));
        c.compact();
        c.apply(Samples.upsert(3, "d"));
        c.compact();
        assertThat(List.of(version("a"), version("b"), version("d"))).containsExactly(1L, 2L, 3L);
        assertThatThrownBy(() -> other.apply(upsert("b", 9, new Condition.Version(1))))
                .isInstanceOf(ConditionFailedException.class);
        other.apply(upsert("b", 9, new Condition.Version(2)));
        assertThat(version("b")).isEqualTo(4);
    }

    @Test
    void loadedRecordsHaveAVersionOfTheirOwn() {
        c.apply(Samples.upsert(1, "a", "b"));
        c.load(Stream.of(Samples.row("b", 2), Samples.row("c", 2)).iterator());
        assertThat(version("a")).isEqualTo(1);
        assertThat(version("b")).isEqualTo(version("c")).isEqualTo(2);
        assertThatThrownBy(() -> c.apply(upsert("b", 3, new Condition.Version(1))))
                .isInstanceOf(ConditionFailedException.class);
        c.apply(upsert("b", 3, new Condition.Version(2)));
    }

    @Test
    void anIdWithAConditionStandsInABatchOnce() {
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        Batch.builder().upsert(Samples.row("a", 1), ABSENT).delete("a"))
                .withMessageContaining("'a' stands in the batch twice");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.builder().delete("a").upsert(Samples.row("a", 1), ABSENT));
        assertThatIllegalArgumentException().isThrownBy(() -> new Condition.Version(0));
    }

    /** Many threads of several processes count up one number; no step is lost. */
    @Test
    void counters() throws Exception {
        Settings settings = Settings.defaults().withFoldRows(50);
        List<Database> processes = List.of(new Database(store, settings), new Database(store, settings));
        c.apply(Samples.upsert(0, "counter"));
        int threads = 6;
        int steps = 15;
        try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Collection mine = processes.get(t % 2).collection("c");
                int thread = t;
                all.add(pool.submit(() -> {
                    for (int done = 0; done < steps; ) {
                        var found = mine.fetch(List.of("counter"), Consistency.STRONG);
                        int next = (int) found.records().getFirst().vector()[0] + 1;
                        try {
                            mine.apply(Batch.builder()
                                    .upsert(
                                            Samples.row("counter", next),
                                            new Condition.Version(
                                                    found.versions().getFirst()))
                                    .upsert(Samples.row("by " + thread + ", " + done, next))
                                    .build());
                            done++;
                        } catch (ConditionFailedException e) {
                            // Somebody was faster.
                        }
                        if (done % 5 == 0) {
                            mine.compact();
                        }
                    }
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
        }
        var content = Samples.content(c);
        assertThat(content).hasSize(1 + threads * steps).containsEntry("counter", threads * steps);
        assertThat(content.values().stream().distinct())
                .as("each number was taken once")
                .hasSize(threads * steps);
    }
}
