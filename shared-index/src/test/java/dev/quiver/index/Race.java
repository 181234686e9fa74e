package dev.quiver.index;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the same thing in several threads that begin at the same moment. */
public final class Race {
    /** What one thread of a race does. */
    public interface Runner<T> {
        T run(int number) throws Exception;
    }

    private Race() {}

    /** The results in the order of the threads' numbers; the first failure of any of them is thrown. */
    public static <T> List<T> of(int threads, Runner<T> runner) {
        CyclicBarrier start = new CyclicBarrier(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<T>> futures = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int number = i;
                futures.add(executor.submit(() -> {
                    start.await();
                    return runner.run(number);
                }));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> f : futures) {
                results.add(f.get());
            }
            return results;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof BrokenBarrierException) {
                throw new AssertionError("A thread did not start", e);
            }
            throw new AssertionError("A thread of the race failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
