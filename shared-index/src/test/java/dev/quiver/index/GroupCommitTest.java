package dev.quiver.index;

import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FaultyStore;
import dev.quiver.index.store.FaultyStore.Verb;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.InvalidVectorException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Batches that wait while another is being committed become one commit, in which each has its own fate. */
class GroupCommitTest {
    private final MemoryStore truth = new MemoryStore();
    private final FaultyStore store = new FaultyStore(truth);
    private final Collection c = new Database(store, Settings.defaults()).create("c", Samples.SCHEMA);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    /** The first put to the log waits until all others stand behind it. */
    private List<Future<Long>> together(List<Callable<Long>> writers) throws InterruptedException {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        AtomicInteger puts = new AtomicInteger();
        store.follow((verb, key, real) -> {
            if (verb == Verb.PUT && key.contains("/log/") && puts.getAndIncrement() == 0) {
                first.countDown();
                await(goOn);
            }
            return real.call();
        });
        List<Future<Long>> results = new ArrayList<>();
        results.add(threads.submit(() -> c.apply(upsert(0, "first"))));
        first.await();
        List<Thread> waiting = java.util.Collections.synchronizedList(new ArrayList<>());
        for (Callable<Long> w : writers) {
            results.add(threads.submit(() -> {
                waiting.add(Thread.currentThread());
                return w.call();
            }));
        }
        while (waiting.size() < writers.size()
                || waiting.stream().anyMatch(t -> t.getState() != Thread.State.WAITING)) {
            Thread.onSpinWait();
        }
        goOn.countDown();
        return results;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void thoseThatWaitShareACommit() throws Exception {
        List<Callable<Long>> writers = new ArrayList<>();
        for (int i = 1; i <= 9; i++) {
            int n = i;
            writers.add(() -> c.apply(upsert(n, "own " + n, "same")));
        }
        List<Future<Long>> results = together(writers);
        assertThat(results.removeFirst().get()).isEqualTo(1);
        for (Future<Long> r : results) {
            assertThat(r.get()).isEqualTo(2);
        }
        assertThat(truth.list("c/log/", "")).hasSize(2);
        Map<String, Integer> content = Samples.content(new Database(truth, Settings.defaults()).collection("c"));
        assertThat(content).hasSize(11);
        assertThat(content.get("same")).isBetween(1, 9);
    }

    @Test
    void aBatchThatDoesNotFitFailsAlone() throws Exception {
        List<Future<Long>> results = together(List.of(
                () -> c.apply(upsert(1, "a")),
                () -> c.apply(Batch.builder()
                        .upsert(new Record("b", new float[] {1, 2, 3}, null, Map.of()))
                        .build()),
                () -> c.apply(upsert(3, "c"))));
        assertThat(results.get(1).get()).isEqualTo(2);
        assertThat(failure(results.get(2))).isInstanceOf(InvalidVectorException.class);
        assertThat(results.get(3).get()).isEqualTo(2);
        assertThat(Samples.content(c)).containsOnlyKeys("first", "a", "c");
    }

    @Test
    void conditionsSeeTheBatchesBeforeTheirs() throws Exception {
        List<Callable<Long>> writers = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            int n = i;
            writers.add(() -> c.apply(Batch.builder()
                    .upsert(Samples.row("only", n), new Condition.Absent())
                    .build()));
        }
        List<Future<Long>> results = together(writers);
        int written = 0;
        for (Future<Long> r : results.subList(1, 6)) {
            if (failure(r) == null) {
                written++;
                assertThat(r.get()).isEqualTo(2);
            } else {
                assertThat(failure(r)).isInstanceOf(ConditionFailedException.class);
            }
        }
        assertThat(written).isEqualTo(1);
    }

    @Test
    void aStoreThatFailsFailsAll() throws Exception {
        List<Future<Long>> results;
        AtomicInteger puts = new AtomicInteger();
        results = together(List.of(
                () -> {
                    store.follow((verb, key, real) -> {
                        if (verb == Verb.PUT && key.contains("/log/") && puts.getAndIncrement() >= 0) {
                            throw StoreException.refused("Access denied", null);
                        }
                        return real.call();
                    });
                    return c.apply(upsert(1, "a"));
                },
                () -> c.apply(upsert(2, "b"))));
        assertThat(results.getFirst().get()).isEqualTo(1);
        assertThat(failure(results.get(1))).hasMessageContaining("Access denied");
        assertThat(failure(results.get(2))).hasMessageContaining("Access denied");
        store.heal();
        assertThat(c.apply(upsert(3, "d"))).isEqualTo(2);
        assertThat(Samples.content(c)).containsOnlyKeys("first", "d");
    }

    private static Throwable failure(Future<Long> result) throws InterruptedException {
        try {
            result.get();
            return null;
        } catch (ExecutionException e) {
            return e.getCause();
        }
    }
}
