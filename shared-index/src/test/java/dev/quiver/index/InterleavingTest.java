package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.coldContent;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.delete;
import static dev.quiver.index.Samples.settings;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Batch;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Two processes, every pair of things they may do, and every moment: the one stops before its first, second, … store call, the other does all of
 * its work, then the first goes on. Whatever was acknowledged is there afterwards, once, and stays there when everything has been folded and
 * collected.
 */
class InterleavingTest {
    /** What the one does. */
    enum Slow {
        UPSERT,
        DELETE_ROWS,
        COMPACT,
        COLLECT_GARBAGE,
        READ,
        CREATE,
        DROP
    }

    /** What the other does meanwhile; where time passes, it is more than the grace period. */
    enum Quick {
        UPSERT,
        DELETE_ROWS,
        COMPACT,
        COMPACT_AND_COLLECT_AT_ONCE,
        COMPACT_AND_COLLECT_LATER,
        UPSERT_COMPACT_AND_COLLECT_LATER,
        COLLECT_GARBAGE_LATER,
        DROP,
        DROP_AND_CREATE
    }

    static Stream<Arguments> pairs() {
        List<Arguments> pairs = new ArrayList<>();
        for (Slow slow : Slow.values()) {
            for (Quick quick : Quick.values()) {
                pairs.add(Arguments.of(slow, quick, false));
                if (slow != Slow.CREATE) {
                    pairs.add(Arguments.of(slow, quick, true));
                }
            }
        }
        return pairs.stream();
    }

    @ParameterizedTest
    @MethodSource("pairs")
    void nothingIsLostHoweverTheyMeet(Slow slow, Quick quick, boolean warm) {
        int step = 0;
        while (new World(slow, quick, warm).run(step)) {
            step++;
        }
        assertThat(step).isPositive();
    }

    /** One meeting. */
    private static final class World {
        private final Slow slow;
        private final Quick quick;
        private final FakeClock clock = new FakeClock();
        private final MemoryStore truth = new MemoryStore(clock);
        private final FaultyStore store = new FaultyStore(truth);
        private final Database slowDatabase = new Database(store, settings(clock));
        private final Database quickDatabase = new Database(truth, settings(clock));
        private Collection slowOne;

        /** Acknowledged batches in the order of their sequences. */
        private final TreeMap<Long, Batch> commits = new TreeMap<>();

        private boolean dropped;
        /** Of the slow one: it may be there or not. */
        private Batch uncertain;

        World(Slow slow, Quick quick, boolean warm) {
            this.slow = slow;
            this.quick = quick;
            Collection c = quickDatabase.create("c", SCHEMA);
            apply(c, upsert(1, "a", "b", "c", "d", "e", "f", "g", "h"));
            c.compact();
            apply(c, upsert(2, "a", "i"));
            c.compact();
            clock.advance(GRACE.multipliedBy(2));
            apply(c, delete("b"));
            apply(c, upsert(3, "c", "j"));
            if (slow == Slow.CREATE) {
                quickDatabase.delete("c");
                commits.clear();
                dropped = true;
            } else if (warm) {
                slowOne = slowDatabase.collection("c");
                content(slowOne);
            }
        }

        private void apply(Collection c, Batch batch) {
            assertThat(commits.put(c.apply(batch), batch)).isNull();
        }

        /** False if there are not so many steps. */
        boolean run(int step) {
            AtomicInteger calls = new AtomicInteger();
            store.follow((_, _, real) -> {
                if (calls.getAndIncrement() == step) {
                    quickly();
                }
                return real.call();
            });
            Map<String, Integer> before = model(commits);
            Object answer = slowly();
            store.heal();
            if (answer instanceof Map<?, ?> read) {
                assertThat(before.equals(read) || model(commits).equals(read))
                        .as("read %s before step %s, from %s to %s", read, step, before, model(commits))
                        .isTrue();
            }
            check("step " + step);
            return calls.get() > step;
        }

        /** What was read, or null. */
        private Object slowly() {
            Batch batch =
                    switch (slow) {
                        case UPSERT -> upsert(100, "a", "j", "x");
                        case DELETE_ROWS -> delete("a", "j", "c", "absent");
                        default -> null;
                    };
            try {
                switch (slow) {
                    case UPSERT, DELETE_ROWS -> {
                        boolean droppedBefore = dropped;
                        int commitsBefore = commits.size();
                        long sequence = slowCollection().apply(batch);
                        boolean newCollection = quick == Quick.DROP_AND_CREATE && commits.size() < commitsBefore;
                        if (dropped != droppedBefore || newCollection) {
                            // To the collection that was dropped, or, if it began late, to the new one.
                            uncertain = batch;
                        } else {
                            assertThat(commits.put(sequence, batch)).isNull();
                        }
                    }
                    case COMPACT -> slowCollection().compact();
                    case COLLECT_GARBAGE -> slowCollection().collectGarbage();
                    case READ -> {
                        Map<String, Integer> read = new TreeMap<>();
                        slowCollection()
                                .list("", "", 1000, Consistency.STRONG)
                                .records()
                                .forEach(r -> read.put(r.id(), (int) r.vector()[0]));
                        return read;
                    }
                    case CREATE -> {
                        slowDatabase.create("c", SCHEMA);
                        dropped = false;
                    }
                    case DROP -> {
                        slowDatabase.delete("c");
                        // The other may have come after it.
                        if (!quickDatabase.exists("c")) {
                            commits.clear();
                            dropped = true;
                        }
                    }
                }
            } catch (CollectionNotFoundException e) {
                assertThat(quick).isIn(Quick.DROP, Quick.DROP_AND_CREATE);
            } catch (CollectionExistsException e) {
                assertThat(slow).isEqualTo(Slow.CREATE);
            } catch (StoreException e) {
                assertThat(e.outcomeUnknown()).isTrue();
                assertThat(e).hasMessageContaining("held up");
                uncertain = batch;
            }
            return null;
        }

        private Collection slowCollection() {
            if (slowOne == null) {
                slowOne = slowDatabase.collection("c");
            }
            return slowOne;
        }

        private void quickly() {
            if (quick != Quick.DROP_AND_CREATE && !quickDatabase.exists("c")) {
                if (slow == Slow.CREATE && quick != Quick.DROP) {
                    quickDatabase.create("c", SCHEMA);
                    dropped = false;
                } else {
                    return;
                }
            }
            if (quick == Quick.DROP || quick == Quick.DROP_AND_CREATE) {
                if (quickDatabase.exists("c")) {
                    quickDatabase.delete("c");
                }
                commits.clear();
                dropped = true;
                if (quick == Quick.DROP_AND_CREATE) {
                    Collection created = quickDatabase.create("c", SCHEMA);
                    dropped = false;
                    apply(created, upsert(40, "a", "new"));
                    apply(created, upsert(41, "new", "newer"));
                }
                return;
            }
            Collection c = quickDatabase.collection("c");
            switch (quick) {
                case UPSERT -> apply(c, upsert(50, "a", "k"));
                case DELETE_ROWS -> apply(c, delete("a", "d", "j"));
                case COMPACT -> c.compact();
                case COMPACT_AND_COLLECT_AT_ONCE -> {
                    c.compact();
                    c.collectGarbage();
                }
                case COMPACT_AND_COLLECT_LATER -> {
                    c.compact();
                    collectLater(c);
                }
                case UPSERT_COMPACT_AND_COLLECT_LATER -> {
                    apply(c, upsert(50, "a", "k"));
                    apply(c, upsert(51, "a", "l"));
                    c.compact();
                    collectLater(c);
                }
                case COLLECT_GARBAGE_LATER -> collectLater(c);
                case DROP, DROP_AND_CREATE -> throw new AssertionError();
            }
        }

        private void collectLater(Collection c) {
            clock.advance(GRACE.multipliedBy(2));
            c.collectGarbage();
        }

        private void check(String when) {
            if (dropped || !quickDatabase.exists("c")) {
                if (slow != Slow.CREATE) {
                    assertThat(dropped).as(when).isTrue();
                }
                assertThat(quickDatabase.exists("c")).as(when).isFalse();
                assertThat(quickDatabase.names()).isEmpty();
                return;
            }
            List<Map<String, Integer>> allowed = new ArrayList<>(List.of(model(commits)));
            if (uncertain != null) {
                for (long at = 0; at <= (commits.isEmpty() ? 0 : commits.lastKey()); at++) {
                    TreeMap<Long, Batch> with = new TreeMap<>();
                    long place = at;
                    commits.forEach((sequence, batch) -> with.put(2 * sequence, batch));
                    with.put(2 * place + 1, uncertain);
                    allowed.add(model(with));
                }
            }
            Map<String, Integer> now = coldContent(truth, clock, "c");
            assertThat(now).as(when).isIn(allowed);
            assertThat(content(quickDatabase.collection("c"))).as(when).isEqualTo(now);
            if (slowOne != null) {
                assertThat(content(slowOne)).as(when).isEqualTo(now);
            }

            Collection after = new Database(truth, settings(clock)).collection("c");
            after.apply(upsert(60, "after"));
            now.put("after", 60);
            after.compact();
            for (int i = 0; i < 2; i++) {
                clock.advance(GRACE.multipliedBy(2));
                after.collectGarbage();
                assertThat(coldContent(truth, clock, "c")).as(when).isEqualTo(now);
            }
            assertThat(truth.list("c/log/", "")).isEmpty();
            assertThat(truth.list("c/segments/", "").stream()
                            .filter(l -> l.key().endsWith(".seg")))
                    .hasSize(after.statistics(Consistency.STRONG).segments());
            if (slowOne != null) {
                assertThat(content(slowOne)).as(when).isEqualTo(now);
                slowOne.apply(upsert(61, "last"));
                now.put("last", 61);
                assertThat(coldContent(truth, clock, "c")).as(when).isEqualTo(now);
            }
        }

        private static Map<String, Integer> model(SortedMap<Long, Batch> commits) {
            Map<String, Integer> content = new TreeMap<>();
            for (Batch batch : commits.values()) {
                batch.upserts().forEach(r -> content.put(r.id(), (int) r.vector()[0]));
                batch.deletes().forEach(content::remove);
            }
            return content;
        }
    }
}
