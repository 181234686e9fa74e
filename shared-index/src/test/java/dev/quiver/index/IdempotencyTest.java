package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What is sent again with its idempotency key is applied once: from the log, from what is folded, by other processes, at the same time. */
class IdempotencyTest {
    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, Samples.settings(clock));
    private final Collection c = database.create("c", Samples.SCHEMA);
    private final Collection other = new Database(store, Samples.settings(clock)).collection("c");

    private static Batch batch(String key, String id, int value) {
        return Batch.builder().key(key).upsert(Samples.row(id, value)).build();
    }

    private List<String> keyObjects() {
        return store.list("c/segments/", "").stream()
                .map(Listed::key)
                .filter(k -> k.endsWith(".keys"))
                .toList();
    }

    @Test
    void aRequestThatIsSentAgainIsAppliedOnce() {
        assertThat(c.apply(batch("k", "a", 1))).isEqualTo(1);
        other.apply(Samples.upsert(2, "a"));
        assertThat(other.apply(batch("k", "a", 1))).isEqualTo(1);
        assertThat(c.apply(batch("k", "a", 1))).isEqualTo(1);
        assertThat(Samples.content(c)).isEqualTo(Map.of("a", 2));
        assertThat(c.apply(batch("another", "a", 3))).isEqualTo(3);
    }

    @Test
    void foldedCollectedAndRestoredItIsStillKnown() {
        c.apply(batch("k", "a", 1));
        c.apply(Samples.delete("a"));
        c.compact();
        assertThat(other.apply(batch("k", "a", 1))).isEqualTo(1);
        clock.advance(Duration.ofHours(3));
        c.apply(batch("l", "b", 1));
        c.compact();
        c.collectGarbage();
        assertThat(keyObjects()).as("the old one has been collected or will be").isNotEmpty();
        assertThat(other.apply(batch("k", "a", 1))).isEqualTo(1);
        assertThat(Samples.content(c)).isEqualTo(Map.of("b", 1));

        c.retain(Duration.ofHours(1));
        long before = c.apply(Samples.upsert(5, "x"));
        c.apply(batch("m", "b", 2));
        c.restore(new Consistency.AsOfSequence(before));
        assertThat(other.apply(batch("m", "b", 2))).as("undone on purpose").isEqualTo(before + 1);
        assertThat(Samples.content(c)).isEqualTo(Map.of("b", 1, "x", 5));
    }

    @Test
    void keysAreForgottenAfterADay() {
        c.apply(batch("k", "a", 1));
        c.compact();
        clock.advance(Duration.ofHours(25));
        c.apply(Samples.upsert(2, "a"));
        c.compact();
        assertThat(c.apply(batch("k", "a", 1))).isEqualTo(3);
        clock.advance(Duration.ofHours(3));
        c.collectGarbage();
        assertThat(keyObjects()).isEmpty();
    }

    @Test
    void anUnchangedSetOfKeysIsNotWrittenAgain() {
        c.apply(batch("k", "a", 1));
        c.compact();
        List<String> first = keyObjects();
        c.apply(Samples.upsert(2, "b"));
        c.compact();
        assertThat(keyObjects()).hasSize(1).isEqualTo(first);
    }

    @Test
    void anotherRequestWithTheSameKeyIsRefused() {
        c.apply(batch("k", "a", 1));
        assertThatThrownBy(() -> other.apply(batch("k", "b", 1)))
                .isInstanceOf(IdempotencyKeyReusedException.class)
                .hasMessageContaining("used before, by commit 1");
        c.compact();
        assertThatThrownBy(
                        () -> other.apply(Batch.builder().key("k").delete("a").build()))
                .isInstanceOf(IdempotencyKeyReusedException.class);
        assertThat(Samples.content(c)).isEqualTo(Map.of("a", 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.builder().key(""))
                .withMessageContaining("1 to 255");
        assertThatIllegalArgumentException().isThrownBy(() -> Batch.builder().key("x".repeat(256)));
    }

    @Test
    void aConditionalRequestThatSucceededSucceedsAgain() {
        Batch first = Batch.builder()
                .key("k")
                .upsert(Samples.row("a", 1), new Condition.Absent())
                .build();
        assertThat(c.apply(first)).isEqualTo(1);
        assertThat(other.apply(first)).isEqualTo(1);
        Batch refused = Batch.builder()
                .key("l")
                .upsert(Samples.row("a", 2), new Condition.Absent())
                .build();
        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> other.apply(refused)).isInstanceOf(ConditionFailedException.class);
        }
        c.apply(Samples.delete("a"));
        assertThat(other.apply(refused)).as("it was never applied").isEqualTo(3);
    }

    @Test
    void theSameRequestAtTheSameTimeIsAppliedOnce() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (int round = 0; round < 20; round++) {
                String key = "round " + round;
                List<Future<Long>> answers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    Collection door = i % 2 == 0 ? c : other;
                    answers.add(threads.submit(() -> door.apply(batch(key, key, 1))));
                }
                Set<Long> sequences = new HashSet<>();
                for (Future<Long> a : answers) {
                    sequences.add(a.get());
                }
                assertThat(sequences).hasSize(1);
            }
        }
        assertThat(c.statistics(Consistency.STRONG).sequence()).isEqualTo(20);
    }

    @Test
    void damageIsTold() {
        c.apply(batch("k", "a", 1));
        c.compact();
        assertThat(database.check("c").findings()).isEmpty();
        String key = keyObjects().getFirst();
        byte[] bytes = store.get(key).orElseThrow().bytes();
        for (int i = 0; i < bytes.length; i++) {
            byte[] damaged = bytes.clone();
            damaged[i] ^= 4;
            store.delete(key);
            store.put(key, Content.of(damaged), new Precondition.IfAbsent());
            Collection fresh = new Database(store, Samples.settings(clock)).collection("c");
            assertThatThrownBy(() -> fresh.apply(batch("l", "b", 1))).hasMessageContaining(key);
            assertThat(Samples.content(fresh)).isEqualTo(Map.of("a", 1));
        }
        assertThat(database.check("c").damaged()).isTrue();
        store.delete(key);
        assertThat(database.check("c").findings()).singleElement().satisfies(f -> assertThat(f.key())
                .isEqualTo(key));
    }
}
