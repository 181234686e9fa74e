package dev.quiver.index.segment;

import dev.quiver.index.store.Meter;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The memory image of an object that arrives piece by piece: what a search needs at once is fetched at once, ranges in parallel, while all of it streams in behind. Bytes are at their final place from the beginning.
 */
final class PartialFile {
    /** One ranged GET of the stream: large enough that requests cost little, small enough that several go in parallel. */
    private static final long PIECE = 8L << 20;

    /** One processor does not take in more. */
    private static final int PARALLEL_PIECES =
            Math.min(16, 4 * Runtime.getRuntime().availableProcessors());

    private static final long MOMENT_NANOS = 100_000_000;

    /** Each is a connection. */
    private static final int PARALLEL_RANGES = 256;

    /** What is remembered as present; also the least that is read. */
    private static final int GRANULE = 512;

    /** A gap that is read too, for it costs less than another request. */
    private static final int GAP = 8;

    private final ObjectStore store;
    private final String key;
    private final MemorySegment file;
    private final Meter meter;
    private final BitSet present = new BitSet();
    private CompletableFuture<Void> all;
    private volatile boolean complete;
    /** Searches that wait for their ranges: the stream stands back. */
    private int urgent;
    /** Somebody can do nothing before all is there. */
    private boolean awaited;

    PartialFile(ObjectStore store, String key, MemorySegment file, Meter meter) {
        this.store = store;
        this.key = key;
        this.file = file;
        this.meter = meter;
    }

    /** A part of the file. */
    record Range(long offset, long length) {}

    boolean complete() {
        return complete;
    }

    /**
     * Returns when all of these are there: one round trip, as far as the store takes so many requests at once.
     *
     * @throws StoreException if one could not be read
     */
    void ensure(List<Range> ranges) {
        List<Range> missing = missing(ranges);
        if (missing.isEmpty()) {
            return;
        }
        if (missing.size() == 1) {
            read(missing.getFirst());
            return;
        }
        urgent(1);
        try (ExecutorService threads =
                Executors.newFixedThreadPool(PARALLEL_RANGES, Thread.ofVirtual().factory())) {
            List<Future<?>> reads = new ArrayList<>();
            missing.forEach(r -> reads.add(threads.submit(() -> read(r))));
            for (Future<?> read : reads) {
                read.get();
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw cause(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while reading " + key, e);
        } finally {
            urgent(-1);
        }
    }

    private synchronized void urgent(int more) {
        urgent += more;
        notifyAll();
    }

    /** Who has asked for the stream is about to send an answer, for which it needs the processor. */
    private synchronized void letOthersGoFirst() throws InterruptedException {
        long until = System.nanoTime() + MOMENT_NANOS;
        for (long left; !awaited && (left = until - System.nanoTime()) > 0; ) {
            wait(left / 1_000_000 + 1);
        }
    }

    private synchronized void standBack() {
        try {
            while (urgent > 0) {
                wait();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while reading " + key, e);
        }
    }

    private synchronized List<Range> missing(List<Range> ranges) {
        if (complete) {
            return List.of();
        }
        BitSet wanted = new BitSet();
        for (Range r : ranges) {
            if (r.length > 0) {
                wanted.set((int) (r.offset / GRANULE), (int) ((r.offset + r.length - 1) / GRANULE) + 1);
            }
        }
        wanted.andNot(present);
        List<Range> missing = new ArrayList<>();
        for (int from = wanted.nextSetBit(0); from >= 0; ) {
            int to = wanted.nextClearBit(from);
            int next = wanted.nextSetBit(to);
            while (next >= 0 && next - to <= GAP) {
                to = wanted.nextClearBit(next);
                next = wanted.nextSetBit(to);
            }
            long start = (long) from * GRANULE;
            missing.add(new Range(start, Math.min((long) to * GRANULE, file.byteSize()) - start));
            from = next;
        }
        return missing;
    }

    private void read(Range range) {
        store.read(key, range.offset, file.asSlice(range.offset, range.length));
        synchronized (this) {
            // Only whole granules: a range ends inside one at the end of the file alone.
            present.set((int) (range.offset / GRANULE), (int) ((range.offset + range.length + GRANULE - 1) / GRANULE));
        }
    }

    /** Begins to stream all of it in a moment, if that is not under way; again, if the store failed. What is damaged stays so, and is read again only for who waits for it. */
    synchronized void start(Runnable verify) {
        if (all == null || (all.isCompletedExceptionally() && all.exceptionNow() instanceof StoreException)) {
            stream(verify);
        }
    }

    private synchronized void stream(Runnable verify) {
        if (complete || (all != null && !all.isDone())) {
            return;
        }
        CompletableFuture<Void> loading = new CompletableFuture<>();
        all = loading;
        Thread.ofVirtual().name("load " + key).start(() -> {
            try {
                letOthersGoFirst();
                long started = System.nanoTime();
                readAll(store, key, file, this::standBack);
                verify.run();
                complete = true;
                meter.segmentLoaded(System.nanoTime() - started);
                loading.complete(null);
            } catch (RuntimeException | Error | InterruptedException e) {
                loading.completeExceptionally(e);
            }
        });
    }

    /**
     * Returns when all of it is there and verified.
     *
     * @throws StoreException if it could not be read, which the next call tries again
     */
    void awaitAll(Runnable verify) {
        if (complete) {
            return;
        }
        CompletableFuture<Void> loading;
        synchronized (this) {
            awaited = true;
            notifyAll();
            stream(verify);
            loading = all;
        }
        try {
            loading.join();
        } catch (CompletionException e) {
            throw cause(e.getCause());
        }
    }

    private static RuntimeException cause(Throwable cause) {
        if (cause instanceof Error e) {
            throw e;
        }
        return cause instanceof RuntimeException e ? e : new IllegalStateException(cause);
    }

    /** Reads an object in parallel pieces. */
    static void readAll(ObjectStore store, String key, MemorySegment file) {
        readAll(store, key, file, () -> {});
    }

    /** @param gate is passed before each piece */
    private static void readAll(ObjectStore store, String key, MemorySegment file, Runnable gate) {
        long length = file.byteSize();
        if (length <= PIECE) {
            gate.run();
            store.read(key, 0, file);
            return;
        }
        try (ExecutorService threads =
                Executors.newFixedThreadPool(PARALLEL_PIECES, Thread.ofVirtual().factory())) {
            List<Future<?>> pieces = new ArrayList<>();
            for (long at = 0; at < length; at += PIECE) {
                long offset = at;
                MemorySegment target = file.asSlice(at, Math.min(PIECE, length - at));
                pieces.add(threads.submit(() -> {
                    gate.run();
                    store.read(key, offset, target);
                }));
            }
            for (Future<?> piece : pieces) {
                piece.get();
            }
        } catch (java.util.concurrent.ExecutionException e) {
            throw cause(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while reading " + key, e);
        }
    }
}
