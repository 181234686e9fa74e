package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.FaultyStore.Verb;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A fork has what its parent had, shares its segments, and goes its own way; neither is harmed by what becomes of the other. */
class ForksTest {
    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database = new Database(store, Samples.settings(clock));
    private final Collection parent = database.create("parent", Samples.SCHEMA);

    /** A segment with dead rows, one whole, and a log. */
    private Map<String, Integer> fill() {
        parent.apply(Samples.upsert(1, "a", "b", "c", "d", "e"));
        parent.compact();
        parent.apply(Samples.upsert(2, "b", "f"));
        parent.compact();
        parent.apply(Samples.upsert(3, "c", "g"));
        parent.apply(Samples.delete("d"));
        return Samples.content(parent);
    }

    private void collectAll(String... names) {
        for (int i = 0; i < 3; i++) {
            clock.advance(GRACE.multipliedBy(2));
            for (String name : names) {
                database.collection(name).collectGarbage();
            }
        }
    }

    private List<String> keys(String prefix) {
        return store.list(prefix, "").stream().map(Listed::key).toList();
    }

    private Map<String, Integer> cold(String name) {
        return Samples.coldContent(store, clock, name);
    }

    @Test
    void aForkHasTheSameContentAndNoSegmentIsCopied() {
        Map<String, Integer> content = fill();
        Collection fork = database.fork("parent", "fork", null);
        assertThat(Samples.content(fork)).isEqualTo(content);
        assertThat(cold("fork")).isEqualTo(content);
        assertThat(keys("fork/segments/").stream().filter(k -> k.endsWith(".seg")))
                .as("only the log")
                .hasSize(1);
        assertThat(keys("parent/forks/")).hasSize(1);
        assertThat(fork.schema()).isEqualTo(parent.schema());
        assertThat(fork.fetch(List.of("a"), Consistency.STRONG).versions()).containsExactly(1L);
        assertThat(database.names()).containsExactly("fork", "parent");
        assertThat(database.check("fork").findings()).isEmpty();
        assertThat(database.check("parent").findings()).isEmpty();
    }

    @Test
    void eachGoesItsOwnWay() {
        Map<String, Integer> content = fill();
        Collection fork = database.fork("parent", "fork", null);
        long last = parent.statistics(Consistency.STRONG).sequence();
        assertThat(fork.apply(Samples.upsert(9, "a", "new")))
                .as("sequences go on")
                .isEqualTo(last + 1);
        parent.apply(Samples.delete("a"));
        Map<String, Integer> forked = new TreeMap<>(content);
        forked.put("a", 9);
        forked.put("new", 9);
        Map<String, Integer> left = new TreeMap<>(content);
        left.remove("a");
        for (int i = 0; i < 3; i++) {
            fork.compact();
            parent.compact();
            collectAll("fork", "parent");
            assertThat(cold("fork")).isEqualTo(forked);
            assertThat(cold("parent")).isEqualTo(left);
        }
    }

    @Test
    void aParentThatIsRewrittenKeepsWhatTheForkNeeds() {
        Map<String, Integer> content = fill();
        database.fork("parent", "fork", null);
        parent.apply(Samples.upsert(8, "a", "b", "c", "e", "f", "g"));
        parent.compact();
        collectAll("parent");
        assertThat(cold("fork")).isEqualTo(content);
        assertThat(Samples.content(parent))
                .containsOnlyKeys("a", "b", "c", "e", "f", "g")
                .containsValue(8);
    }

    @Test
    void aDeletedParentLeavesWhatTheForkNeedsAndTheForkTakesItAlong() {
        Map<String, Integer> content = fill();
        Collection fork = database.fork("parent", "fork", null);
        database.delete("parent");
        assertThat(cold("fork")).isEqualTo(content);
        assertThat(keys("parent/").stream().filter(k -> !k.contains("/forks/"))).allMatch(k -> k.endsWith(".seg"));
        // Also a new one of the name is in nobody's way.
        database.create("parent", Samples.SCHEMA).apply(Samples.upsert(1, "x"));
        collectAll("parent", "fork");
        assertThat(cold("fork")).isEqualTo(content);
        database.delete("parent");

        fork.apply(Samples.upsert(7, content.keySet().toArray(String[]::new)));
        fork.compact();
        collectAll("fork");
        assertThat(keys("parent/")).as("nobody needs it any more").isEmpty();
        assertThat(cold("fork")).hasSameSizeAs(content).containsValue(7);
    }

    @Test
    void aDeletedForkLetsItsParentGo() {
        fill();
        database.fork("parent", "fork", null);
        database.delete("fork");
        assertThat(keys("fork/")).isEmpty();
        assertThat(keys("parent/forks/")).isEmpty();
    }

    @Test
    void aForkOfAForkNeedsNeither() {
        Map<String, Integer> content = fill();
        Collection fork = database.fork("parent", "fork", null);
        fork.apply(Samples.upsert(5, "own"));
        fork.compact();
        database.fork("fork", "second", null);
        database.delete("fork");
        database.delete("parent");
        collectAll("second");
        content.put("own", 5);
        assertThat(cold("second")).isEqualTo(content);
    }

    @Test
    void aForkMayTakeItsParentsName() {
        Map<String, Integer> content = fill();
        database.fork("parent", "fork", null);
        database.delete("parent");
        Collection again = database.fork("fork", "parent", null);
        database.delete("fork");
        collectAll("parent");
        assertThat(Samples.content(again)).isEqualTo(content);
        assertThat(database.check("parent").findings()).isEmpty();
    }

    @Test
    void anEarlierStateCanBeForked() {
        parent.retain(Duration.ofHours(5));
        fill();
        Collection fork = database.fork("parent", "fork", new Consistency.AsOfSequence(1));
        assertThat(Samples.content(fork))
                .containsOnlyKeys("a", "b", "c", "d", "e")
                .containsValue(1);
        assertThat(fork.apply(Samples.upsert(2, "z"))).isEqualTo(2);
        assertThatThrownBy(() -> database.fork("parent", "x", new Consistency.AsOfSequence(99)))
                .isInstanceOf(NoSuchStateException.class);
        assertThat(database.exists("x")).isFalse();
    }

    @Test
    void whatCannotBeForkedIsTold() {
        assertThatThrownBy(() -> database.fork("none", "fork", null)).isInstanceOf(CollectionNotFoundException.class);
        assertThatThrownBy(() -> database.fork("parent", "parent", null)).isInstanceOf(CollectionExistsException.class);
        assertThatThrownBy(() -> database.fork("parent", "No", null)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Dies at every step. What it leaves is nobody's collection, holds nothing for ever, and leaves the name free. */
    @Test
    void aForkThatDiesLeavesNothingForEver() {
        Map<String, Integer> content = fill();
        for (int step = 0; ; step++) {
            FaultyStore failing = new FaultyStore(store);
            Database dying = new Database(failing, Samples.settings(clock));
            dying.collection("parent");
            int[] left = {step};
            failing.follow((verb, _, real) -> {
                if (verb == Verb.PUT && left[0]-- == 0) {
                    throw new FaultyStore.Crash();
                }
                return real.call();
            });
            try {
                dying.fork("parent", "fork", null);
                assertThat(step).as("puts of a fork").isGreaterThan(3);
                return;
            } catch (FaultyStore.Crash e) {
                assertThat(database.exists("fork")).isFalse();
                collectAll("parent");
                assertThat(keys("parent/forks/")).as("step %d", step).isEmpty();
                database.fork("parent", "fork", null);
                assertThat(cold("fork")).isEqualTo(content);
                database.delete("fork");
            }
        }
    }
}
