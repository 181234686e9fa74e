package dev.quiver.index.log;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.index.store.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The log of one collection: numbered objects, each put only if its number is free. The number is the order of commits. */
public final class WriteAheadLog {
    private final ObjectStore store;
    private final Layout layout;

    public WriteAheadLog(ObjectStore store, Layout layout) {
        this.store = store;
        this.layout = layout;
    }

    /** What became of an attempt to take a sequence. */
    public sealed interface Attempt {
        /** The entry lies at its sequence. */
        record Committed() implements Attempt {}

        /** Somebody else's entry may lie there: read the tail and take a later sequence. */
        record Taken() implements Attempt {}
    }

    /**
     * Puts an encoded entry at a sequence. When the answer to the put is lost, or says that the key is taken, the object is read back and the
     * commit id in it decides, so that an own entry is neither lost from sight nor written twice.
     *
     * @throws StoreException if it stays unknown whether the entry was stored
     */
    public Attempt put(byte[] encoded, UUID commit, long sequence) {
        LogEntry.withSequence(encoded, sequence);
        String key = layout.log(sequence);
        StoreException lost = null;
        for (int attempt = 0; attempt < 3; attempt++) {
            try {
                if (store.put(key, Content.of(encoded), new Precondition.IfAbsent()) instanceof PutResult.Stored) {
                    return new Attempt.Committed();
                }
                lost = null;
            } catch (StoreException e) {
                if (!e.outcomeUnknown()) {
                    throw e;
                }
                lost = e;
            }
            var stored = readBack(key, lost);
            if (stored.isPresent()) {
                return commit.equals(LogEntry.commitOf(stored.get().bytes()))
                        ? new Attempt.Committed()
                        : new Attempt.Taken();
            }
            if (lost == null) {
                // Refused and yet not there: a rival's put is still under way, or the sequence was folded and
                // collected.
                return new Attempt.Taken();
            }
        }
        throw lost;
    }

    private java.util.Optional<ObjectStore.Blob> readBack(String key, StoreException lost) {
        try {
            return store.get(key);
        } catch (StoreException e) {
            throw StoreException.unknown(
                    (lost == null ? e : lost).getMessage() + " (and reading back whether it was stored failed too)", e);
        }
    }

    /** True if the object at a sequence is there and holds this commit. */
    public boolean holds(long sequence, UUID commit) {
        return store.get(layout.log(sequence))
                .map(b -> commit.equals(LogEntry.commitOf(b.bytes())))
                .orElse(false);
    }

    public void remove(long sequence) {
        store.delete(layout.log(sequence));
    }

    public List<Listed> list(long afterSequence) {
        return store.list(layout.logFolder(), layout.log(afterSequence));
    }

    /** What a tail read found. */
    public sealed interface Tail {
        /** All entries after the asked sequence, in order and without a gap. */
        record Entries(List<LogEntry> entries) implements Tail {}

        /** The sequence after the asked one is not there, but later ones are: it was folded meanwhile, the manifest has moved on. */
        record Gap(long missing) implements Tail {}
    }

    /** @param dimension of the vectors in the entries */
    public Tail tail(long afterSequence, int dimension) {
        List<Listed> listed = list(afterSequence);
        if (listed.isEmpty()) {
            return new Tail.Entries(List.of());
        }
        long expected = afterSequence;
        for (Listed l : listed) {
            if (layout.sequence(l.key()) != ++expected) {
                return new Tail.Gap(expected);
            }
        }
        List<LogEntry> entries = new ArrayList<>();
        if (listed.size() == 1) {
            LogEntry e = read(afterSequence + 1, dimension);
            return e == null ? new Tail.Gap(afterSequence + 1) : new Tail.Entries(List.of(e));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<LogEntry>> reads = new ArrayList<>();
            for (int i = 1; i <= listed.size(); i++) {
                long sequence = afterSequence + i;
                reads.add(threads.submit(() -> read(sequence, dimension)));
            }
            for (Future<LogEntry> r : reads) {
                LogEntry e = r.get();
                if (e == null) {
                    return new Tail.Gap(afterSequence + entries.size() + 1);
                }
                entries.add(e);
            }
            return new Tail.Entries(entries);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while reading the log", e);
        }
    }

    private LogEntry read(long sequence, int dimension) {
        String key = layout.log(sequence);
        return store.get(key)
                .map(b -> LogEntry.decode(key, b.bytes(), sequence, dimension))
                .orElse(null);
    }
}
