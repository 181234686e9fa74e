package dev.quiver.index.log;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.index.store.StoreException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The log of one collection: numbered objects, each put only if its number is free. The number is the order of commits. */
public final class WriteAheadLog {
    /** At once, before a list is cheaper. */
    private static final int MOST_ASKED = 4;

    private final ObjectStore store;
    private final Layout layout;
    private final Tasks tasks;

    public WriteAheadLog(ObjectStore store, Layout layout, Tasks tasks) {
        this.store = store;
        this.layout = layout;
        this.tasks = tasks;
    }

    /** What became of an attempt to take a sequence. */
    public sealed interface Attempt {
        /**
         * The entry lies at its sequence.
         *
         * @param once no earlier try can have put it there before
         */
        record Committed(boolean once) implements Attempt {}

        /** Somebody else's entry lies there: take a later sequence. */
        record Taken(Blob entry) implements Attempt {}

        /**
         * The store refused, and it is open for whose sake: nobody has looked, or nothing lies there because some put to the key is under way, perhaps an earlier try of our own
         * that the store client gave up waiting for. Once something lies there, {@link WriteAheadLog#holder} tells whose it is.
         */
        record Unsettled() implements Attempt {}
    }

    /**
     * Puts an encoded entry at a sequence. When the answer to the put is lost, or says that the key is taken, the object is read back and
     * compared (the commit id in it is unique), so that an own entry is neither lost from sight nor written twice.
     *
     * @param uid of the collection
     * @param look whether to read what lies there if the store refuses; an answer that was lost is always looked after
     * @throws StoreException if it stays unknown whether the entry was stored
     */
    public Attempt put(String uid, byte[] encoded, long sequence, boolean look) {
        LogEntry.withSequence(encoded, sequence);
        String key = layout.log(uid, sequence);
        StoreException lost = null;
        for (int attempt = 0; attempt < 3; attempt++) {
            try {
                if (store.put(key, Content.of(encoded), new Precondition.IfAbsent()) instanceof PutResult.Stored) {
                    return new Attempt.Committed(attempt == 0);
                }
                if (!look) {
                    return new Attempt.Unsettled();
                }
                lost = null;
            } catch (StoreException e) {
                if (!e.outcomeUnknown() && lost == null) {
                    throw e;
                }
                lost = StoreException.unknown(e.getMessage(), e);
            }
            var stored = readBack(key, lost);
            if (stored.isPresent()) {
                return Arrays.equals(stored.get().bytes(), encoded)
                        ? new Attempt.Committed(true)
                        : new Attempt.Taken(stored.get());
            }
            if (lost == null) {
                return new Attempt.Unsettled();
            }
        }
        throw lost;
    }

    private Optional<Blob> readBack(String key, StoreException lost) {
        try {
            return store.get(key);
        } catch (StoreException e) {
            throw StoreException.unknown(
                    (lost == null ? e : lost).getMessage() + " (and reading back whether it was stored failed too)", e);
        }
    }

    /** Whose entry lies at a sequence. */
    public enum Holder {
        OURS,
        ANOTHER,
        NOBODY
    }

    /** Whose entry lies at a sequence: the one that was encoded, and {@link #put} there, or another. */
    public Holder holder(String uid, byte[] encoded, long sequence) {
        return store.get(layout.log(uid, sequence))
                .map(b -> Arrays.equals(b.bytes(), encoded) ? Holder.OURS : Holder.ANOTHER)
                .orElse(Holder.NOBODY);
    }

    public void remove(String uid, long sequence) {
        store.delete(layout.log(uid, sequence));
    }

    /** The entries after a sequence, in order; other objects that somebody has put there are left out. */
    public List<Listed> list(String uid, long afterSequence) {
        return store.list(layout.logFolder(uid), layout.log(uid, afterSequence)).stream()
                .filter(l -> layout.sequence(uid, l.key()) > afterSequence)
                .toList();
    }

    /** What a tail read found. */
    public sealed interface Tail {
        /** All entries after the asked sequence, in order and without a gap. */
        record Entries(List<LogEntry> entries) implements Tail {}

        /** The sequence after the asked one is not there, but later ones are: it was folded meanwhile, the manifest has moved on. */
        record Gap(long missing) implements Tail {}
    }

    /**
     * The entries after a sequence up to which there is no gap, all that are there when this is called. Asks for the next one and not for a list, which costs S3's users twelve times as much and mostly is empty; if
     * it is there, for those after it, and for a list if there are many.
     */
    public Tail since(String uid, long sequence, int dimension) {
        List<LogEntry> found = new ArrayList<>();
        for (int ask = 1; ask <= MOST_ASKED; ask = 2 * ask) {
            List<Supplier<Optional<LogEntry>>> reads = new ArrayList<>();
            for (int i = 1; i <= ask; i++) {
                long next = sequence + found.size() + i;
                reads.add(() -> read(uid, next, dimension));
            }
            for (Optional<LogEntry> e : tasks.all(reads)) {
                if (e.isEmpty()) {
                    return new Tail.Entries(found);
                }
                found.add(e.get());
            }
        }
        long reached = sequence + found.size();
        return switch (tail(uid, list(uid, reached), reached, dimension)) {
            case Tail.Gap gap -> gap;
            case Tail.Entries(List<LogEntry> rest) -> {
                found.addAll(rest);
                yield new Tail.Entries(found);
            }
        };
    }

    /**
     * Reads the entries after a sequence.
     *
     * @param listed by {@link #list} after this sequence or an earlier one
     * @param dimension of the vectors in the entries
     */
    public Tail tail(String uid, List<Listed> listed, long afterSequence, int dimension) {
        return tail(uid, listed, afterSequence, Long.MAX_VALUE, dimension);
    }

    /** As {@link #tail(String, List, long, int)}, up to a sequence; if that is not there, a gap. */
    public Tail tail(String uid, List<Listed> all, long afterSequence, long upTo, int dimension) {
        List<Listed> listed = all.stream()
                .filter(l -> {
                    long sequence = layout.sequence(uid, l.key());
                    return sequence > afterSequence && sequence <= upTo;
                })
                .toList();
        if (upTo < Long.MAX_VALUE && listed.size() < upTo - afterSequence) {
            return new Tail.Gap(afterSequence + listed.size() + 1);
        }
        if (listed.isEmpty()) {
            return new Tail.Entries(List.of());
        }
        long expected = afterSequence;
        for (Listed l : listed) {
            if (layout.sequence(uid, l.key()) != ++expected) {
                return new Tail.Gap(expected);
            }
        }
        List<Supplier<Optional<LogEntry>>> reads = new ArrayList<>();
        for (int i = 1; i <= listed.size(); i++) {
            long sequence = afterSequence + i;
            reads.add(() -> read(uid, sequence, dimension));
        }
        List<LogEntry> entries = new ArrayList<>();
        for (Optional<LogEntry> e : tasks.all(reads)) {
            if (e.isEmpty()) {
                return new Tail.Gap(afterSequence + entries.size() + 1);
            }
            entries.add(e.get());
        }
        return new Tail.Entries(entries);
    }

    private Optional<LogEntry> read(String uid, long sequence, int dimension) {
        String key = layout.log(uid, sequence);
        return store.get(key).map(b -> LogEntry.decode(key, b.bytes(), uid, sequence, dimension));
    }
}
