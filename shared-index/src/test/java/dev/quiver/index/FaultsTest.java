package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.coldContent;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.delete;
import static dev.quiver.index.Samples.row;
import static dev.quiver.index.Samples.settings;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.FaultyStore.Crash;
import dev.quiver.index.store.FaultyStore.Verb;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.index.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever the store or the process does at the wrong moment, an acknowledged batch is there exactly once, a failed one says whether it may be there, and
 * the collection stays usable.
 */
class FaultsTest {
    private final FakeClock clock = new FakeClock();
    private MemoryStore truth;
    private FaultyStore store;
    private Collection writer;
    private Collection rival;

    @BeforeEach
    void openTwice() {
        truth = new MemoryStore(clock);
        store = new FaultyStore(truth);
        rival = new Database(truth, settings(clock)).create("c", SCHEMA);
        writer = new Database(store, settings(clock)).collection("c");
    }

    // ---- answers that get lost

    @Test
    void aLostAnswerToAPutIsNotADuplicate() {
        store.once(Verb.PUT, "/log/", FaultyStore.LOST_ANSWER);
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(1);
        assertThat(writer.apply(upsert(2, "b"))).isEqualTo(2);
        assertThat(logKeys()).hasSize(2);
        assertThat(content(rival)).isEqualTo(Map.of("a", 1, "b", 2));
    }

    @Test
    void aRetryThatMeetsItsOwnFirstAttemptIsNotADuplicate() {
        store.once(Verb.PUT, "/log/", (_, _, real) -> {
            real.call();
            return new PutResult.Refused();
        });
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(1);
        assertThat(logKeys()).hasSize(1);
        assertThat(content(rival)).isEqualTo(Map.of("a", 1));
    }

    @Test
    void aPutThatWasNotAppliedIsTriedAgain() {
        store.once(Verb.PUT, "/log/", FaultyStore.LOST_REQUEST);
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(1);
        assertThat(logKeys()).hasSize(1);
    }

    @Test
    void aLostAnswerToARivalsSequenceIsNotTakenForSuccess() {
        store.once(Verb.PUT, "/log/", (v, k, real) -> {
            rival.apply(upsert(7, "a", "rival"));
            return FaultyStore.LOST_REQUEST.call(v, k, real);
        });
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(2);
        assertThat(content(writer)).isEqualTo(Map.of("a", 1, "rival", 7));
    }

    /** The client gave up on a request, tried again, was told that another is under way, and only then the first one arrived. */
    @Test
    void aPutThatArrivesAfterItsRefusalIsNotADuplicate() {
        AtomicReference<FaultyStore.Real> underWay = new AtomicReference<>();
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/") && underWay.get() == null) {
                underWay.set(real);
                return new PutResult.Refused();
            }
            if (verb == Verb.LIST && underWay.get() != null) {
                underWay.getAndSet(() -> null).call();
            }
            return real.call();
        });
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(1);
        store.heal();
        assertThat(logKeys()).hasSize(1);
        assertThat(content(rival)).isEqualTo(Map.of("a", 1));
        assertThat(writer.apply(upsert(2, "b"))).isEqualTo(2);
    }

    @Test
    void aRivalsPutThatWasUnderWayIsNotTakenForOurs() {
        AtomicInteger puts = new AtomicInteger();
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/") && puts.getAndIncrement() == 0) {
                return new PutResult.Refused();
            }
            if (verb == Verb.LIST && puts.get() == 1) {
                puts.incrementAndGet();
                rival.apply(upsert(7, "rival"));
            }
            return real.call();
        });
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(2);
        store.heal();
        assertThat(content(writer)).isEqualTo(Map.of("a", 1, "rival", 7));
    }

    @Test
    void aPutThatStaysUnderWayHasAnUnknownOutcome() {
        store.follow(
                (verb, key, real) -> verb == Verb.PUT && key.contains("/log/") ? new PutResult.Refused() : real.call());
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue());
        store.heal();
        assertThat(writer.apply(upsert(2, "a"))).isEqualTo(1);
    }

    @Test
    void aStoreThatStaysSilentLeavesTheOutcomeUnknown() {
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT) {
                return FaultyStore.LOST_REQUEST.call(verb, key, real);
            }
            return real.call();
        });
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue());
        store.heal();
        assertThat(content(writer)).isEmpty();
        assertThat(writer.apply(upsert(2, "a"))).isEqualTo(1);
    }

    @Test
    void aFailedReadBackLeavesTheOutcomeUnknown() {
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/")) {
                return FaultyStore.LOST_ANSWER.call(verb, key, real);
            }
            if (verb == Verb.GET && key.contains("/log/")) {
                return FaultyStore.REFUSED.call(verb, key, real);
            }
            return real.call();
        });
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue())
                .hasMessageContaining("reading back");
        store.heal();
        assertThat(content(writer)).isEqualTo(Map.of("a", 1));
    }

    @Test
    void aRefusalAfterALostAnswerLeavesTheOutcomeUnknown() {
        AtomicInteger puts = new AtomicInteger();
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/")) {
                if (puts.getAndIncrement() == 0) {
                    return FaultyStore.LOST_REQUEST.call(verb, key, real);
                }
                return FaultyStore.REFUSED.call(verb, key, real);
            }
            return real.call();
        });
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue());
    }

    @Test
    void aRefusedPutHadNoEffect() {
        store.once(Verb.PUT, "/log/", FaultyStore.REFUSED);
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isFalse());
        assertThat(content(writer)).isEmpty();
        assertThat(writer.apply(upsert(2, "a"))).isEqualTo(1);
    }

    @Test
    void aWriterThatIsAlwaysTooLateSaysSo() {
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/")) {
                rival.apply(upsert(7, "rival"));
            }
            return real.call();
        });
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOf(CommitContentionException.class)
                .hasMessageContainingAll("'c'", "Nothing was written");
        store.heal();
        assertThat(content(writer)).isEqualTo(Map.of("rival", 7));
    }

    @Test
    void aLostAnswerToACreationIsNoError() {
        store.once(Verb.PUT, "new/manifest.json", FaultyStore.LOST_ANSWER);
        Collection created = new Database(store, settings(clock)).create("new", SCHEMA);
        assertThat(created.apply(upsert(1, "a"))).isEqualTo(1);
        assertThat(coldContent(truth, clock, "new")).isEqualTo(Map.of("a", 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lost", "refused"})
    void aLostAnswerToASwapIsNoError(String how) {
        writer.apply(upsert(1, "a"));
        store.once(Verb.PUT, "/manifest.json", (v, k, real) -> {
            real.call();
            if (how.equals("lost")) {
                return FaultyStore.LOST_REQUEST.call(v, k, real);
            }
            return new PutResult.Refused();
        });
        assertThat(writer.compact().swapped()).isTrue();
        assertThat(content(writer)).isEqualTo(Map.of("a", 1));
        assertThat(writer.statistics(Consistency.STRONG).logOperations()).isZero();
    }

    /** Another process has found the new collection and folded its log before the creator hears of it. */
    @Test
    void aLostAnswerToACreationThatOthersBuildOnIsNoError() {
        store.once(Verb.PUT, "new/manifest.json", (_, _, real) -> {
            real.call();
            Collection found = new Database(truth, settings(clock)).collection("new");
            found.apply(upsert(1, "a"));
            found.compact();
            return new PutResult.Refused();
        });
        Collection created = new Database(store, settings(clock)).create("new", SCHEMA);
        assertThat(created.apply(upsert(2, "b"))).isEqualTo(2);
        assertThat(coldContent(truth, clock, "new")).isEqualTo(Map.of("a", 1, "b", 2));
    }

    @Test
    void aLostAnswerToALoadDoesNotUndoWhatCameAfterIt() {
        store.once(Verb.PUT, "/manifest.json", (_, _, real) -> {
            real.call();
            rival.apply(upsert(9, "a"));
            rival.apply(delete("b"));
            rival.compact();
            return new PutResult.Refused();
        });
        assertThat(writer.load(List.of(row("a", 1), row("b", 1), row("c", 1)).iterator()))
                .isEqualTo(3);
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 9, "c", 1));
    }

    /** The store was busy with a first attempt when it refused the second one, and the first one is done before the third. */
    @Test
    void aLoadWhoseFirstAttemptArrivesLateIsNotRepeated() {
        AtomicReference<FaultyStore.Real> underWay = new AtomicReference<>();
        AtomicInteger swaps = new AtomicInteger();
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.endsWith("/manifest.json")) {
                if (swaps.getAndIncrement() == 0) {
                    underWay.set(real);
                    return new PutResult.Refused();
                }
                underWay.get().call();
                rival.apply(upsert(9, "a"));
            }
            return real.call();
        });
        writer.load(List.of(row("a", 1), row("b", 1)).iterator());
        assertThat(swaps.get()).isEqualTo(2);
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 9, "b", 1));
    }

    @Test
    void aLoadThatSucceededDoesNotFailBecauseItsResultCannotBeRead() {
        store.follow((verb, key, real) -> {
            Object answer = real.call();
            if (verb == Verb.PUT && key.endsWith("/manifest.json")) {
                store.follow(FaultyStore.REFUSED);
            }
            return answer;
        });
        assertThat(writer.load(List.of(row("a", 1)).iterator())).isEqualTo(1);
        store.heal();
        assertThat(content(writer)).isEqualTo(Map.of("a", 1));
    }

    // ---- reads that fail

    @Test
    void aRefreshThatFailsAnywhereLeavesTheOldViewUsable() {
        fill(rival);
        Map<String, Integer> before = content(writer);
        int step = 0;
        for (boolean reached = true; reached; step++) {
            // News of every kind: a new segment, a new deletion vector, two log entries.
            rival.apply(upsert(100 + step, "a", "new-" + step));
            rival.compact();
            rival.apply(upsert(200 + step, "b"));
            rival.apply(delete("c"));
            Map<String, Integer> after = content(rival);
            reached = failsAt(step, () -> writer.search(SearchRequest.of(new float[] {0, 0}, 5)));
            store.heal();
            if (reached) {
                var old = writer.list("", "", 1000, new Consistency.Eventual(Duration.ofDays(1)));
                assertThat(old.records().stream().map(r -> r.id())).containsExactlyElementsOf(before.keySet());
                var oldHits = writer.search(new SearchRequest(
                        new float[] {0, 0},
                        1000,
                        new dev.quiver.index.filter.Filter.All(),
                        java.util.OptionalDouble.empty(),
                        SearchRequest.Effort.DEFAULT,
                        new Consistency.Eventual(Duration.ofDays(1))));
                assertThat(oldHits.hits()).hasSize(before.size());
                assertThat(oldHits.hits())
                        .allSatisfy(h -> assertThat((int) h.record().vector()[0])
                                .isEqualTo(before.get(h.record().id())));
                for (String id : before.keySet()) {
                    assertThat(writer.fetch(List.of(id), new Consistency.Eventual(Duration.ofDays(1)))
                                    .records())
                            .singleElement()
                            .satisfies(r -> assertThat((int) r.vector()[0]).isEqualTo(before.get(id)));
                }
            }
            assertThat(content(writer)).isEqualTo(after);
            before.clear();
            before.putAll(after);
        }
        assertThat(step).isGreaterThan(5);
    }

    /** Whether work that makes more than n store calls fails with the n-th. */
    private boolean failsAt(int n, Runnable work) {
        AtomicInteger calls = new AtomicInteger();
        store.follow((verb, key, real) ->
                calls.getAndIncrement() == n ? FaultyStore.LOST_REQUEST.call(verb, key, real) : real.call());
        try {
            work.run();
            assertThat(calls.get()).isLessThanOrEqualTo(n);
            return false;
        } catch (StoreException e) {
            return true;
        }
    }

    @Test
    void aMissingLogEntryIsNamed() {
        for (int i = 1; i <= 4; i++) {
            rival.apply(upsert(i, "r" + i));
        }
        String second = logKeys().get(1);
        truth.delete(second);
        // Who has read up to there asks for the next entry, and only now and then for all of them.
        clock.advance(Duration.ofMinutes(2));
        assertThatThrownBy(() -> content(writer))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(second);
        assertThatThrownBy(() -> coldContent(truth, clock, "c"))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(second);
    }

    @Test
    void aDamagedLogEntryIsNamedAndTheOldViewStays() {
        rival.apply(upsert(1, "a"));
        assertThat(content(writer)).isEqualTo(Map.of("a", 1));
        rival.apply(upsert(2, "b"));
        String last = logKeys().getLast();
        byte[] bytes = truth.get(last).orElseThrow().bytes();
        bytes[bytes.length - 1] ^= 1;
        truth.delete(last);
        truth.put(last, Content.of(bytes), new ObjectStore.Precondition.IfAbsent());
        assertThatThrownBy(() -> content(writer))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(last);
        assertThat(writer.list("", "", 9, new Consistency.Eventual(Duration.ofDays(1)))
                        .records())
                .hasSize(1);
    }

    @Test
    void aForeignFileInTheLogFolderIsNoEntry() {
        rival.apply(upsert(1, "a"));
        String folder = logKeys().getFirst().replaceAll("[^/]*$", "");
        for (String name : List.of(".DS_Store", "00000000000000000001.tmp", "99999999999999999999", "zzz")) {
            truth.put(folder + name, Content.of(new byte[] {1}), new ObjectStore.Precondition.IfAbsent());
        }
        truth.put("c/log/README", Content.of(new byte[] {1}), new ObjectStore.Precondition.IfAbsent());
        assertThat(content(writer)).isEqualTo(Map.of("a", 1));
        writer.apply(upsert(2, "b"));
        writer.compact();
        clock.advance(GRACE.multipliedBy(2));
        writer.collectGarbage();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 1, "b", 2));
    }

    @Test
    void anEventualReadDoesNotWaitForARefresh() {
        rival.apply(upsert(1, "a", "b"));
        content(writer);
        rival.apply(upsert(2, "a"));
        store.once(Verb.LIST, "/log/", (_, _, real) -> {
            // The refresh of this thread is under way. If another one had to wait for it, neither would end.
            var read = CompletableFuture.supplyAsync(
                            () -> writer.fetch(List.of("a", "b"), new Consistency.Eventual(Duration.ofDays(1))))
                    .orTimeout(30, TimeUnit.SECONDS)
                    .join();
            assertThat(read.records()).hasSize(2).allSatisfy(r -> assertThat(r.vector()[0])
                    .isEqualTo(1));
            return real.call();
        });
        assertThat(content(writer)).isEqualTo(Map.of("a", 2, "b", 1));
    }

    @Test
    void aLongLogIsReadOverAFewConnections() {
        for (int i = 0; i < 300; i++) {
            rival.apply(upsert(i, "r" + i));
        }
        AtomicInteger open = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        store.follow((verb, _, real) -> {
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
            if (verb == Verb.GET) {
                LockSupport.parkNanos(1_000_000);
            }
            Object answer = real.call();
            open.decrementAndGet();
            return answer;
        });
        assertThat(content(writer)).hasSize(300);
        assertThat(most.get()).isLessThanOrEqualTo(64);
    }

    // ---- deaths

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCompactionMayDieAtAnyStep(boolean afterTheStep) {
        int steps = dieAtEveryStep(afterTheStep, Collection::compact);
        assertThat(steps).isGreaterThan(6);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGarbageCollectionMayDieAtAnyStep(boolean afterTheStep) {
        int steps = dieAtEveryStep(afterTheStep, Collection::collectGarbage);
        assertThat(steps).isGreaterThan(6);
    }

    private int dieAtEveryStep(boolean afterTheStep, Consumer<Collection> work) {
        for (int step = 0; ; step++) {
            openTwice();
            fill(rival);
            clock.advance(GRACE.multipliedBy(2));
            rival.apply(upsert(9, "young"));
            Map<String, Integer> expected = content(rival);
            content(writer);
            boolean died = dieAt(step, afterTheStep, () -> work.accept(writer));
            store.heal();

            assertThat(coldContent(truth, clock, "c")).as("step %s", step).isEqualTo(expected);
            assertThat(content(rival)).isEqualTo(expected);
            // The process was restarted.
            Collection next = new Database(store, settings(clock)).collection("c");
            next.apply(upsert(50, "later"));
            assertThat(next.compact().swapped()).isTrue();
            expected.put("later", 50);
            clock.advance(GRACE.multipliedBy(2));
            next.collectGarbage();
            clock.advance(GRACE.multipliedBy(2));
            next.collectGarbage();
            assertThat(coldContent(truth, clock, "c")).as("step %s", step).isEqualTo(expected);
            assertThat(content(rival)).isEqualTo(expected);
            assertNothingIsLeftOver(next);
            if (!died) {
                return step;
            }
        }
    }

    private boolean dieAt(int step, boolean after, Runnable work) {
        AtomicInteger calls = new AtomicInteger();
        store.follow((_, _, real) -> {
            int n = calls.getAndIncrement();
            if (n > step) {
                // A dead process makes no calls.
                throw new Crash();
            }
            if (n == step) {
                if (after) {
                    real.call();
                }
                throw new Crash();
            }
            return real.call();
        });
        try {
            work.run();
            return false;
        } catch (Crash e) {
            return true;
        }
    }

    /** Only what the current manifest names, the manifest itself and its version are there, and the log behind it. */
    private void assertNothingIsLeftOver(Collection collection) {
        var s = collection.statistics(Consistency.STRONG);
        List<String> keys = truth.list("c/", "").stream().map(Listed::key).toList();
        assertThat(keys.stream().filter(k -> k.endsWith(".seg"))).hasSize(s.segments());
        assertThat(keys.stream().filter(k -> k.endsWith(".del")).count()).isLessThanOrEqualTo(s.segments());
        assertThat(keys.stream().filter(k -> k.contains("/log/"))).isEmpty();
        assertThat(keys.stream().filter(k -> k.contains("/manifests/"))).hasSizeLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCreationMayDieAtAnyStep(boolean afterTheStep) {
        for (int step = 0; ; step++) {
            openTwice();
            boolean died = dieAt(step, afterTheStep, () -> new Database(store, settings(clock)).create("new", SCHEMA));
            store.heal();
            Database next = new Database(store, settings(clock));
            Collection c = next.exists("new") ? next.collection("new") : next.create("new", SCHEMA);
            assertThat(c.apply(upsert(1, "a"))).isEqualTo(1);
            assertThat(coldContent(truth, clock, "new")).isEqualTo(Map.of("a", 1));
            if (!died) {
                return;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDeletionMayDieAtAnyStep(boolean afterTheStep) {
        for (int step = 0; ; step++) {
            openTwice();
            fill(rival);
            Map<String, Integer> before = content(rival);
            boolean died = dieAt(step, afterTheStep, () -> new Database(store, settings(clock)).delete("c"));
            store.heal();
            Database next = new Database(store, settings(clock));
            if (next.exists("c")) {
                assertThat(content(next.collection("c"))).isEqualTo(before);
                next.delete("c");
            }
            assertThat(next.names()).isEmpty();
            Collection c = next.create("c", SCHEMA);
            assertThat(content(c)).isEmpty();
            assertThat(c.apply(upsert(1, "x"))).isEqualTo(1);
            c.compact();
            clock.advance(GRACE.multipliedBy(2));
            c.collectGarbage();
            assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("x", 1));
            assertNothingIsLeftOver(c);
            if (!died) {
                return;
            }
        }
    }

    // ---- writers and readers that are held up

    @Test
    void aStalledWriterDoesNotFillACollectedPlace() {
        rival.apply(upsert(1, "first"));
        content(writer);
        store.once(Verb.PUT, "/log/", (_, _, real) -> {
            rival.apply(upsert(7, "a"));
            rival.apply(upsert(8, "b"));
            rival.compact();
            clock.advance(GRACE.multipliedBy(2));
            assertThat(rival.collectGarbage().objects()).isPositive();
            assertThat(logKeys()).isEmpty();
            return real.call();
        });
        assertThat(writer.apply(upsert(100, "a"))).isEqualTo(4);
        Map<String, Integer> expected = Map.of("first", 1, "a", 100, "b", 8);
        assertThat(content(writer)).isEqualTo(expected);
        assertThat(content(rival)).isEqualTo(expected);
        assertThat(coldContent(truth, clock, "c")).isEqualTo(expected);
        rival.compact();
        assertThat(content(rival)).isEqualTo(expected);
        assertThat(logKeys()).hasSize(1);
    }

    @Test
    void aWriterThatIsStalledAfterItsPutDoesNotWriteTwice() {
        content(writer);
        store.once(Verb.PUT, "/log/", (_, _, real) -> {
            Object stored = real.call();
            rival.compact();
            clock.advance(GRACE.multipliedBy(2));
            rival.collectGarbage();
            assertThat(logKeys()).isEmpty();
            return stored;
        });
        // It cannot know any more whether what it wrote was read before it was collected.
        assertThatThrownBy(() -> writer.apply(upsert(100, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue())
                .hasMessageContaining("held up");
        assertThat(content(rival)).isEqualTo(Map.of("a", 100));
        rival.apply(delete("a"));
        assertThat(content(writer)).isEmpty();
    }

    /** Its lists know nothing of the fork, and the manifests by which it would see what is needed have been collected. */
    @Test
    void aStalledCollectorSparesWhatWasForkedMeanwhile() {
        rival.apply(upsert(1, "a"));
        rival.compact();
        content(writer);
        clock.advance(GRACE.multipliedBy(2));
        Database others = new Database(truth, settings(clock));
        store.once(Verb.GET, "c/manifest.json", (_, _, real) -> {
            others.fork("c", "f", null);
            for (int i = 2; i <= 4; i++) {
                rival.apply(upsert(i, "a"));
                rival.compact();
                clock.advance(GRACE.multipliedBy(2));
            }
            assertThat(rival.collectGarbage().objects()).isPositive();
            return real.call();
        });
        writer.collectGarbage();
        assertThat(coldContent(truth, clock, "f")).isEqualTo(Map.of("a", 1));
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 4));
        assertThat(others.check("f").damaged()).isFalse();
        // Undisturbed, it takes what is left.
        clock.advance(GRACE.multipliedBy(2));
        assertThat(writer.collectGarbage().objects()).isPositive();
        assertThat(coldContent(truth, clock, "f")).isEqualTo(Map.of("a", 1));
    }

    @Test
    void aWriterThatIsStalledForShortIsNotDisturbed() {
        content(writer);
        store.once(Verb.PUT, "/log/", (_, _, real) -> {
            clock.advance(GRACE.dividedBy(2));
            return real.call();
        });
        assertThat(writer.apply(upsert(1, "a"))).isEqualTo(1);
        assertThat(content(rival)).isEqualTo(Map.of("a", 1));
    }

    @Test
    void aFailedCheckAfterAStallLeavesTheOutcomeUnknown() {
        content(writer);
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT) {
                Object stored = real.call();
                clock.advance(GRACE.dividedBy(2));
                store.follow(FaultyStore.REFUSED);
                return stored;
            }
            return real.call();
        });
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                        .isTrue());
        assertThat(content(rival)).isEqualTo(Map.of("a", 1));
    }

    /** The grace period runs from the folding, not from the writing: an old entry that was folded just now is still being looked for. */
    @Test
    void aReaderThatBeganBeforeTheFoldingFindsTheLog() {
        rival.apply(upsert(1, "a"));
        clock.advance(GRACE.multipliedBy(10));
        store.once(Verb.LIST, "/log/", (_, _, real) -> {
            assertThat(rival.compact().swapped()).isTrue();
            rival.collectGarbage();
            return real.call();
        });
        Collection cold = new Database(store, settings(clock)).collection("c");
        assertThat(cold.list("", "", 9, new Consistency.Eventual(Duration.ofDays(1)))
                        .records())
                .hasSize(1);
        store.heal();
        assertThat(cold.apply(upsert(2, "b"))).isEqualTo(2);
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 1, "b", 2));
    }

    @Test
    void aReaderThatWasHeldUpReadsAgain() {
        rival.apply(upsert(1, "a"));
        store.once(Verb.LIST, "/log/", (_, _, real) -> {
            rival.compact();
            clock.advance(GRACE.multipliedBy(2));
            rival.collectGarbage();
            assertThat(logKeys()).isEmpty();
            return real.call();
        });
        assertThat(content(new Database(store, settings(clock)).collection("c")))
                .isEqualTo(Map.of("a", 1));
    }

    @Test
    void aReaderThatIsAlwaysHeldUpSaysSo() {
        store.follow((_, _, real) -> {
            clock.advance(GRACE);
            return real.call();
        });
        assertThatThrownBy(() -> content(writer))
                .isInstanceOf(StoreException.class)
                .hasMessageContainingAll("'c'", "held up");
    }

    @Test
    void aCompactionUnderWayIsNotDisturbedByACollectionOfGarbage() {
        fill(rival);
        clock.advance(GRACE.multipliedBy(2));
        rival.collectGarbage();
        Map<String, Integer> expected = content(rival);
        store.once(Verb.PUT, "/manifest.json", (_, _, real) -> {
            // Its new segment is named by no manifest yet.
            assertThat(rival.collectGarbage().objects()).isZero();
            return real.call();
        });
        assertThat(writer.compact().swapped()).isTrue();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(expected);
    }

    /** What a compaction wrote long ago is garbage, unless it is swapped in at the last moment: then the collection has lost its race. */
    @Test
    void aCollectionOfGarbageThatLostItsRaceDeletesNothing() {
        fill(rival);
        Map<String, Integer> expected = content(rival);
        FaultyStore collectors = new FaultyStore(truth);
        Collection collector = new Database(collectors, settings(clock)).collection("c");
        AtomicReference<Object> swapped = new AtomicReference<>();
        store.once(Verb.PUT, "/manifest.json", (_, _, swap) -> {
            clock.advance(GRACE.multipliedBy(2));
            collectors.once(Verb.PUT, "/manifest.json", (_, _, barrier) -> {
                swapped.set(swap.call());
                return barrier.call();
            });
            assertThat(collector.collectGarbage().objects()).isZero();
            return swapped.get();
        });
        assertThat(writer.compact().swapped()).isTrue();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(expected);
        assertThat(content(writer)).isEqualTo(expected);
    }

    @Test
    void rowsThatWereCollectedBeforeTheyWereNamedAreWrittenAgain() {
        rival.apply(upsert(1, "a"));
        store.once(Verb.PUT, "/manifest.json", (_, _, real) -> {
            rival.compact();
            clock.advance(GRACE.multipliedBy(2));
            assertThat(rival.collectGarbage().objects()).isPositive();
            return real.call();
        });
        writer.load(List.of(row("b", 2)).iterator());
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("a", 1, "b", 2));
    }

    // ---- a name that is used again

    @Test
    void aLateLoadSparesTheNewCollectionOfTheName() {
        Database other = new Database(truth, settings(clock));
        store.once(Verb.PUT, ".seg", (_, _, real) -> {
            other.delete("c");
            other.create("c", SCHEMA);
            return real.call();
        });
        assertThatThrownBy(() -> writer.load(List.of(row("a", 1)).iterator()))
                .isInstanceOf(CollectionNotFoundException.class);
        assertThat(coldContent(truth, clock, "c")).isEmpty();
    }

    @Test
    void aDeletionThatIsHeldUpSparesTheNewCollectionOfTheName() {
        fill(rival);
        Database other = new Database(truth, settings(clock));
        store.follow((verb, key, real) -> {
            Object answer = real.call();
            if (verb == Verb.DELETE && key.endsWith("manifest.json")) {
                Collection created = other.create("c", SCHEMA);
                created.apply(upsert(1, "new"));
                created.compact();
                created.apply(upsert(2, "newer"));
            }
            return answer;
        });
        new Database(store, settings(clock)).delete("c");
        store.heal();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("new", 1, "newer", 2));
    }

    @Test
    void aGarbageCollectionThatIsHeldUpSparesTheNewCollectionOfTheName() {
        fill(rival);
        rival.compact();
        clock.advance(GRACE.multipliedBy(2));
        Database other = new Database(truth, settings(clock));
        AtomicInteger deletes = new AtomicInteger();
        store.follow((verb, _, real) -> {
            if (verb == Verb.DELETE && deletes.getAndIncrement() == 0) {
                other.delete("c");
                Collection created = other.create("c", SCHEMA);
                for (int i = 0; i < 10; i++) {
                    created.apply(upsert(i, "new-" + i % 2));
                }
            }
            return real.call();
        });
        writer.collectGarbage();
        store.heal();
        assertThat(deletes.get()).isPositive();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("new-0", 8, "new-1", 9));
    }

    @Test
    void aLateWriterToADeletedCollectionLeavesTheNewOneAlone() {
        fill(rival);
        content(writer);
        Database other = new Database(truth, settings(clock));
        other.delete("c");
        Collection created = other.create("c", SCHEMA);
        created.apply(upsert(1, "new"));
        // Within the time in which a writer does not look again its write is lost with its collection.
        writer.apply(upsert(666, "late"));
        assertThat(content(created)).isEqualTo(Map.of("new", 1));
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("new", 1));
        created.apply(upsert(2, "newer"));
        clock.advance(Duration.ofMinutes(1));
        // Afterwards it writes to the new one.
        assertThat(writer.apply(upsert(3, "newest"))).isEqualTo(3);
        Map<String, Integer> expected = Map.of("new", 1, "newer", 2, "newest", 3);
        assertThat(content(writer)).isEqualTo(expected);
        assertThat(content(created)).isEqualTo(expected);
        created.compact();
        clock.advance(GRACE.multipliedBy(2));
        created.collectGarbage();
        assertNothingIsLeftOver(created);
    }

    /** Another thread of the writer's process has seen the new collection, which is just as long, before the put to the old one returns. */
    @Test
    void aCommitToADeletedCollectionDoesNotEnterTheViewOfTheNewOne() {
        writer.apply(upsert(1, "old"));
        Database other = new Database(truth, settings(clock));
        store.once(Verb.PUT, "/log/", (_, _, real) -> {
            Object stored = real.call();
            other.delete("c");
            other.create("c", SCHEMA).apply(upsert(2, "new"));
            assertThat(content(writer)).isEqualTo(Map.of("new", 2));
            return stored;
        });
        assertThat(writer.apply(upsert(666, "late"))).isEqualTo(2);
        assertThat(content(writer)).isEqualTo(Map.of("new", 2));
        assertThat(writer.list("", "", 9, new Consistency.Eventual(Duration.ofDays(1)))
                        .records())
                .hasSize(1);
        assertThat(writer.apply(upsert(3, "newer"))).isEqualTo(2);
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("new", 2, "newer", 3));
    }

    @Test
    void aLateWriterToADeletedCollectionIsToldAfterAWhile() {
        content(writer);
        new Database(truth, settings(clock)).delete("c");
        clock.advance(Duration.ofMinutes(1));
        assertThatThrownBy(() -> writer.apply(upsert(1, "a")))
                .isInstanceOf(CollectionNotFoundException.class)
                .hasMessageContaining("'c'");
        assertThatThrownBy(() -> content(writer)).isInstanceOf(CollectionNotFoundException.class);
    }

    @Test
    void aLateCompactionOfADeletedCollectionLosesItsRace() {
        fill(rival);
        Database other = new Database(truth, settings(clock));
        store.once(Verb.PUT, ".seg", (_, _, real) -> {
            other.delete("c");
            other.create("c", SCHEMA).apply(upsert(1, "new"));
            return real.call();
        });
        assertThat(writer.compact().swapped()).isFalse();
        assertThat(coldContent(truth, clock, "c")).isEqualTo(Map.of("new", 1));
    }

    /** Two segments, one of them with dead rows, old manifests, and a log. */
    private static void fill(Collection c) {
        c.apply(upsert(1, "a", "b", "c", "d", "e", "f", "g", "h"));
        c.compact();
        c.apply(upsert(2, "a", "i"));
        c.compact();
        c.apply(delete("b"));
        c.apply(upsert(3, "c", "j"));
    }

    private List<String> logKeys() {
        return truth.list("c/log/", "").stream().map(Listed::key).toList();
    }
}
