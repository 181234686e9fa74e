package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.FaultyStore.Verb;
import dev.quiver.index.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a filter matches is deleted as one commit, and nothing that somebody else has changed meanwhile. */
class DeleteByFilterTest {
    private static final Filter SMALL = new Filter.Compare("value", Operator.LT, 10);

    private final FakeClock clock = new FakeClock();
    private final FaultyStore store = new FaultyStore(new MemoryStore(clock));
    private final Collection c = new Database(store, Samples.settings(clock)).create("c", Samples.SCHEMA);
    private final Collection other = new Database(store, Samples.settings(clock)).collection("c");

    @Test
    void inSegmentsAndInTheLogAtOnce() {
        c.apply(Samples.upsert(1, "a", "b"));
        c.apply(Samples.upsert(20, "c"));
        c.compact();
        c.apply(Samples.upsert(20, "b"));
        c.apply(Samples.upsert(3, "d"));
        assertThat(other.delete(SMALL, null)).isEqualTo(new Collection.Deleted(2, 5));
        assertThat(Samples.content(c)).isEqualTo(Map.of("b", 20, "c", 20));
        assertThat(c.delete(SMALL, null)).as("nothing is left to delete").isEqualTo(new Collection.Deleted(0, 5));
        c.compact();
        assertThat(c.delete(new Filter.All(), null)).isEqualTo(new Collection.Deleted(2, 6));
        assertThat(Samples.coldContent(store, clock, "c")).isEmpty();
    }

    @Test
    void whatWasChangedMeanwhileIsLookedAtAnew() {
        c.apply(Samples.upsert(1, "a", "b"));
        // Just before the entry is written, another process gets there first.
        store.once(Verb.PUT, "log/", (_, _, real) -> {
            store.heal();
            other.apply(Batch.builder()
                    .upsert(Samples.row("a", 30), new Condition.Version(1))
                    .upsert(Samples.row("new", 2))
                    .build());
            return real.call();
        });
        assertThat(c.delete(SMALL, null)).isEqualTo(new Collection.Deleted(2, 3));
        assertThat(Samples.content(other)).isEqualTo(Map.of("a", 30));
    }

    @Test
    void whatNobodyTouchedNeedsNoSecondLook() {
        c.apply(Samples.upsert(1, "a", "b"));
        store.once(Verb.PUT, "log/", (_, _, real) -> {
            store.heal();
            other.apply(Samples.upsert(2, "new"));
            return real.call();
        });
        assertThat(c.delete(SMALL, null)).isEqualTo(new Collection.Deleted(2, 3));
        assertThat(Samples.content(other))
                .as("it was written after the moment of the deletion")
                .isEqualTo(Map.of("new", 2));
    }

    @Test
    void sentAgainItDeletesNothingMore() {
        c.apply(Samples.upsert(1, "a"));
        assertThat(c.delete(SMALL, "k")).isEqualTo(new Collection.Deleted(1, 2));
        other.apply(Samples.upsert(2, "a"));
        assertThat(other.delete(SMALL, "k")).isEqualTo(new Collection.Deleted(0, 2));
        assertThat(c.delete(new Filter.Compare("value", Operator.GT, 100), "nothing matches"))
                .isEqualTo(new Collection.Deleted(0, 4));
        other.apply(Samples.upsert(200, "large"));
        assertThat(c.delete(new Filter.Compare("value", Operator.GT, 100), "nothing matches"))
                .isEqualTo(new Collection.Deleted(0, 4));
        assertThat(Samples.content(c)).isEqualTo(Map.of("a", 2, "large", 200));
        assertThatThrownBy(() -> c.delete(new Filter.All(), "k")).isInstanceOf(IdempotencyKeyReusedException.class);
        assertThatThrownBy(() -> c.apply(Batch.builder().key("k").delete("a").build()))
                .isInstanceOf(IdempotencyKeyReusedException.class);
    }

    @Test
    void moreThanACommitDeletesIsRefusedWhole() {
        c.apply(Samples.upsert(1, "a", "b", "c"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> c.delete(SMALL, null, 2))
                .withMessageContaining("More than 2 records match");
        assertThat(Samples.content(c)).hasSize(3);
        assertThat(c.delete(SMALL, null, 3).records()).isEqualTo(3);
    }

    /** Counters that go up by conditional writes; whoever is at ten or more must never be deleted. */
    @Test
    void noUpdateIsLostToADeletion() throws Exception {
        List<String> ids = Stream.of(1, 2, 3, 4, 5, 6).map(i -> "r" + i).toList();
        c.apply(Samples.upsert(1, ids.toArray(String[]::new)));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> raised = new ArrayList<>();
            for (String id : ids) {
                raised.add(threads.submit(() -> {
                    var fetched = other.fetch(List.of(id), Consistency.STRONG);
                    if (fetched.records().isEmpty()) {
                        return false;
                    }
                    try {
                        other.apply(Batch.builder()
                                .upsert(
                                        Samples.row(id, 50),
                                        new Condition.Version(fetched.versions().getFirst()))
                                .build());
                        return true;
                    } catch (ConditionFailedException e) {
                        return false;
                    }
                }));
            }
            Future<Collection.Deleted> deleted = threads.submit(() -> c.delete(SMALL, null));
            long kept = 0;
            for (int i = 0; i < ids.size(); i++) {
                boolean wasRaised = raised.get(i).get();
                deleted.get();
                kept += wasRaised ? 1 : 0;
                assertThat(c.fetch(List.of(ids.get(i)), Consistency.STRONG).records())
                        .as("acknowledged: %s", wasRaised)
                        .hasSize(wasRaised ? 1 : 0);
            }
            assertThat(deleted.get().records()).isEqualTo(ids.size() - kept);
        }
    }
}
