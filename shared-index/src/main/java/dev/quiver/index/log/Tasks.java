package dev.quiver.index.log;

import dev.quiver.index.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** How a process waits, and how it does several things at once. With clock, chance and store this is all that a simulation has to replace. */
public interface Tasks {
    void sleep(long millis) throws InterruptedException;

    /** The results in the order of the tasks. Throws what the first task that failed threw. */
    <T> List<T> all(List<Supplier<T>> tasks);

    record Both<A, B>(A first, B second) {}

    @SuppressWarnings("unchecked")
    default <A, B> Both<A, B> both(Supplier<A> first, Supplier<B> second) {
        List<Object> results = all(List.<Supplier<Object>>of(first::get, second::get));
        return new Both<>((A) results.get(0), (B) results.get(1));
    }

    /** Threads of the system. */
    Tasks SYSTEM = new Tasks() {
        /** Each is a connection, of which a process has only so many (a function on AWS: 1,024 files and sockets). */
        private static final int AT_ONCE = 64;

        @Override
        public void sleep(long millis) throws InterruptedException {
            Thread.sleep(millis);
        }

        @Override
        public <T> List<T> all(List<Supplier<T>> tasks) {
            if (tasks.size() <= 1) {
                return tasks.stream().map(Supplier::get).toList();
            }
            List<FutureTask<T>> futures = new ArrayList<>();
            tasks.forEach(t -> futures.add(new FutureTask<>(t::get)));
            AtomicInteger next = new AtomicInteger();
            Runnable work = () -> {
                for (int i; (i = next.getAndIncrement()) < futures.size(); ) {
                    futures.get(i).run();
                }
            };
            // This thread is one of them.
            for (int i = 1; i < Math.min(AT_ONCE, tasks.size()); i++) {
                Thread.startVirtualThread(work);
            }
            work.run();
            try {
                List<T> results = new ArrayList<>();
                for (FutureTask<T> f : futures) {
                    results.add(f.get());
                }
                return results;
            } catch (ExecutionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StoreException.refused("Interrupted while reading from the store", e);
            }
        }
    };
}
