package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.Consistency.AsOfSequence;
import dev.quiver.index.Consistency.AsOfTime;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.MemoryStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every state within the retention is read as it was, whatever was folded and collected since, and can be the newest again. */
class TimeTravelTest {
    private static final Duration RETENTION = Duration.ofHours(24);

    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, Samples.settings(clock));
    private final Collection c = database.create("c", Samples.SCHEMA);

    private Map<String, Integer> at(Consistency moment) {
        Map<String, Integer> content = new TreeMap<>();
        for (Record r : c.list("", "", 1_000, moment).records()) {
            content.put(r.id(), (int) r.vector()[0]);
        }
        return content;
    }

    @Test
    void allStatesOfARandomHistory() {
        c.retain(RETENTION);
        Random random = new Random(3);
        List<Map<String, Integer>> states = new ArrayList<>(List.of(Map.of()));
        List<Long> times = new ArrayList<>(List.of(clock.instant().toEpochMilli()));
        for (int s = 1; s <= 60; s++) {
            clock.advance(Duration.ofMinutes(10));
            Map<String, Integer> next = new TreeMap<>(states.getLast());
            String id = "r" + random.nextInt(12);
            if (random.nextInt(4) == 0) {
                c.apply(Samples.delete(id));
                next.remove(id);
            } else {
                c.apply(Samples.upsert(s, id));
                next.put(id, s);
            }
            states.add(next);
            times.add(clock.instant().toEpochMilli());
            if (random.nextInt(4) == 0) {
                c.compact();
            }
            if (random.nextInt(4) == 0) {
                c.collectGarbage();
            }
        }
        Collection cold = new Database(store, Samples.settings(clock)).collection("c");
        for (int s = 0; s < states.size(); s++) {
            assertThat(at(new AsOfSequence(s))).as("sequence %d", s).isEqualTo(states.get(s));
            var later = new AsOfTime(java.time.Instant.ofEpochMilli(times.get(s) + 1));
            assertThat(at(later)).as("just after %d", s).isEqualTo(states.get(s));
            assertThat(cold.fetch(List.of("r1"), new AsOfSequence(s)).records().size())
                    .isEqualTo(states.get(s).containsKey("r1") ? 1 : 0);
            assertThat(cold.search(new SearchRequest(
                                    new float[] {0, 0},
                                    100,
                                    new dev.quiver.index.filter.Filter.All(),
                                    java.util.OptionalDouble.empty(),
                                    SearchRequest.Effort.DEFAULT,
                                    new AsOfSequence(s)))
                            .hits())
                    .hasSize(states.get(s).size());
        }
    }

    @Test
    void whatIsOlderThanTheRetentionIsRefusedAndCollected() {
        c.retain(Duration.ofHours(2));
        c.apply(Samples.upsert(1, "a"));
        clock.advance(Duration.ofHours(1));
        c.apply(Samples.upsert(2, "a"));
        c.compact();
        assertThat(at(new AsOfSequence(1))).containsEntry("a", 1);
        clock.advance(Duration.ofMinutes(119));
        assertThat(at(new AsOfSequence(1))).as("it ended two hours ago, almost").containsEntry("a", 1);
        clock.advance(Duration.ofMinutes(2));
        assertThatThrownBy(() -> at(new AsOfSequence(1)))
                .isInstanceOf(OutOfRetentionException.class)
                .hasMessageContaining("sequence 1")
                .hasMessageContaining("PT2H");
        assertThatThrownBy(() -> at(new AsOfTime(clock.instant().minus(Duration.ofHours(3)))))
                .isInstanceOf(OutOfRetentionException.class);
        assertThat(at(new AsOfSequence(2))).as("the newest is always there").containsEntry("a", 2);
        clock.advance(GRACE.plus(Duration.ofHours(2)));
        c.collectGarbage();
        assertThat(store.list("c/log/", "")).isEmpty();
        assertThat(at(new AsOfSequence(2))).containsEntry("a", 2);
    }

    @Test
    void withoutRetentionOnlyTheNewestStateCanBeRead() {
        c.apply(Samples.upsert(1, "a"));
        clock.advance(Duration.ofSeconds(1));
        c.apply(Samples.upsert(2, "a"));
        clock.advance(Duration.ofSeconds(1));
        assertThat(at(new AsOfSequence(2))).containsEntry("a", 2);
        assertThatThrownBy(() -> at(new AsOfSequence(1))).isInstanceOf(OutOfRetentionException.class);
    }

    @Test
    void whatHasNotBeenIsRefused() {
        c.apply(Samples.upsert(1, "a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> at(new AsOfSequence(2)))
                .withMessageContaining("no sequence 2")
                .withMessageContaining("the last commit has 1");
        assertThatIllegalArgumentException().isThrownBy(() -> c.retain(Duration.ofDays(-1)));
        assertThatIllegalArgumentException().isThrownBy(() -> c.retain(Duration.ofDays(4000)));
    }

    @Test
    void aRestoredStateIsTheNewestAndTheOthersStayReadable() {
        c.retain(RETENTION);
        c.apply(Samples.upsert(1, "a", "b", "c"));
        c.compact();
        c.apply(Samples.upsert(2, "b"));
        c.apply(Samples.delete("c"));
        Map<String, Integer> then = Samples.content(c);
        c.apply(Samples.upsert(4, "a", "d"));
        c.compact();
        Collection other = new Database(store, Samples.settings(clock)).collection("c");
        Samples.content(other);

        assertThat(c.restore(new AsOfSequence(3))).isEqualTo(2);
        assertThat(Samples.content(c)).isEqualTo(then);
        assertThat(Samples.content(other)).isEqualTo(then);
        assertThat(Samples.coldContent(store, clock, "c")).isEqualTo(then);
        assertThat(other.apply(Samples.upsert(5, "e"))).as("sequences go on").isEqualTo(5);
        assertThat(Samples.content(c)).containsEntry("e", 5).hasSize(3);
        assertThat(at(new AsOfSequence(1))).isEqualTo(Map.of("a", 1, "b", 1, "c", 1));
        clock.advance(GRACE.plus(RETENTION).multipliedBy(2));
        c.compact();
        c.collectGarbage();
        assertThat(Samples.coldContent(store, clock, "c")).containsEntry("e", 5).hasSize(3);
    }

    @Test
    void theEmptyStateCanBeRestored() {
        c.retain(RETENTION);
        c.apply(Samples.upsert(1, "a"));
        c.restore(new AsOfSequence(0));
        assertThat(Samples.content(c)).isEmpty();
        c.apply(Samples.upsert(2, "b"));
        assertThat(Samples.content(c)).containsOnlyKeys("b");
    }

    @Test
    void aStateFromBeforeABulkLoad() {
        c.retain(RETENTION);
        c.apply(Samples.upsert(1, "a"));
        clock.advance(Duration.ofMinutes(1));
        var before = clock.instant();
        clock.advance(Duration.ofMinutes(1));
        c.load(Stream.of(Samples.row("a", 2), Samples.row("b", 2)).iterator());
        assertThat(at(new AsOfSequence(1))).containsOnlyKeys("a").containsEntry("a", 1);
        assertThat(at(new AsOfTime(before))).containsOnlyKeys("a").containsEntry("a", 1);
        assertThat(at(Consistency.STRONG)).containsOnlyKeys("a", "b").containsEntry("a", 2);
    }
}
