package dev.quiver.functions.s3vectors;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Small objects are read many at once: each takes as long as the store needs to answer. */
final class Parallel {
    private static final int AT_ONCE = 32;

    private Parallel() {}

    /** The first that are found, in the order of their names. */
    static <T> List<T> firstFound(List<String> names, Function<String, Optional<T>> read, int limit) {
        List<T> found = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int from = 0; from < names.size() && found.size() < limit; ) {
                int to = Math.min(names.size(), from + Math.min(AT_ONCE, limit - found.size()));
                List<Future<Optional<T>>> reads = names.subList(from, to).stream()
                        .map(n -> threads.submit(() -> read.apply(n)))
                        .toList();
                for (Future<Optional<T>> r : reads) {
                    await(r).ifPresent(found::add);
                }
                from = to;
            }
        }
        return found;
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure ? failure : new IllegalStateException(e.getCause());
        }
    }
}
