package dev.quiver.index;

import dev.quiver.index.log.CommitKeys;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.WriteAheadLog;
import dev.quiver.index.log.WriteAheadLog.Holder;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.IdempotencyKey;
import dev.quiver.index.record.InvalidFieldException;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Vectors;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The write path of a collection: gathers batches that wait at the same time into one entry of the log, and puts it at the log's end. A batch without conditions needs to know where the log ends, not what others have
 * written there.
 */
final class Committer {
    /** A writer that has not looked for so long looks again before it writes: the collection may have been deleted. */
    private static final Duration LOOKS_AGAIN = Duration.ofSeconds(30);

    /** Who always comes second gives up after so long, and not before so many attempts. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int ATTEMPTS = 50;

    /** Whatever the clock says. */
    private static final int MOST_ATTEMPTS = 1_000;

    /** Milliseconds; doubled for each step of contention. */
    private static final long LEAST_BACK_OFF = 5;

    private static final int MOST_CONTENTION = 9;

    /** Steps up for each, and one step down for each commit. */
    private static final int LOST_RACE = 3;

    /** After a longer wait others have gone on. */
    private static final int BRIEF = 1;

    private static final int IMPATIENT_AFTER = 6;
    private static final long IMPATIENT_BACK_OFF = 25;

    /** Of a commit that several batches share. */
    private static final int GROUP_OPERATIONS = 4096;

    private static final long GROUP_BYTES = 16 << 20;

    /** Of the time that the last commit took. */
    private static final int LINGER_FRACTION = 16;

    /** A commit may have taken long for other reasons than the store's. */
    private static final long MOST_LINGER_NANOS = 5_000_000;

    private final String name;
    private final ObjectStore store;
    private final Layout layout;
    private final Manifests manifests;
    private final WriteAheadLog log;
    private final ViewReader reader;
    private final AppliedKeys keys;
    private final Settings settings;

    private final ReentrantLock lock = new ReentrantLock();
    /** Under the lock, as all that follows. */
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private final java.util.concurrent.locks.Condition committed = lock.newCondition();
    private final java.util.concurrent.locks.Condition arrived = lock.newCondition();
    private boolean committing;
    private int awaited;
    private int lastGroup;
    private long lastNanos;

    /** Steps of backing off, kept from commit to commit. */
    private volatile int contention;

    /** Null until this process has written. */
    private volatile LogEnd last;

    Committer(
            ObjectStore store,
            Layout layout,
            Manifests manifests,
            WriteAheadLog log,
            ViewReader reader,
            AppliedKeys keys,
            Settings settings) {
        this.name = layout.collection();
        this.store = store;
        this.layout = layout;
        this.manifests = manifests;
        this.log = log;
        this.reader = reader;
        this.keys = keys;
        this.settings = settings;
    }

    /**
     * Where a log ends, for a writer.
     *
     * @param sequence of the last entry that is known
     * @param readAt when the manifest was read; what lay after the sequence then is there for a grace period more
     * @param unseen entries up to the sequence that no view of this process has read
     * @param unseenBytes of those
     */
    record LogEnd(String uid, Schema schema, long sequence, long readAt, long unseen, long unseenBytes) {
        static LogEnd of(View view) {
            Manifest m = view.current().manifest();
            return new LogEnd(m.uid(), m.schema(), view.sequence(), view.readAt(), 0, 0);
        }

        LogEnd and(long entries, long bytes) {
            return new LogEnd(uid, schema, sequence + entries, readAt, unseen + entries, unseenBytes + bytes);
        }

        LogEnd asOf(long time) {
            return new LogEnd(uid, schema, sequence, time, unseen, unseenBytes);
        }
    }

    /** As far as is known without a look at the store. */
    LogEnd known() {
        LogEnd seen = LogEnd.of(reader.held());
        LogEnd written = last;
        return written != null && written.uid.equals(seen.uid) && written.sequence > seen.sequence ? written : seen;
    }

    /**
     * No older than a writer may go by.
     *
     * @throws CollectionNotFoundException if it was deleted
     */
    LogEnd end() {
        LogEnd known = known();
        if (settings.now() - known.readAt <= LOOKS_AGAIN.toMillis()) {
            return known;
        }
        // Nobody else has written lately: then asking for the next entry costs less than a list.
        return known.unseen == 0 ? LogEnd.of(reader.refresh()) : look().end;
    }

    /**
     * What a look at the log without reading its entries showed.
     *
     * @param entries that were seen, up to the end; none if they had been folded
     */
    private record Look(LogEnd end, List<Listed> entries) {}

    /** As it is now, without reading what others have written. */
    private Look look() {
        LogEnd known = known();
        long started = settings.now();
        boolean isFresh = started - known.readAt <= LOOKS_AGAIN.toMillis();
        List<Listed> later;
        if (isFresh) {
            later = log.list(known.uid, known.sequence);
        } else {
            var both = settings.tasks()
                    .both(() -> manifests.refresh(reader.held().current()), () -> log.list(known.uid, known.sequence));
            Manifest now = both.first()
                    .orElseThrow(() -> new CollectionNotFoundException(name, store.description()))
                    .manifest();
            if (!now.uid().equals(known.uid) || now.appliedSequence() > known.sequence) {
                return new Look(LogEnd.of(reader.refresh(true)), List.of());
            }
            later = both.second();
        }
        LogEnd end = isFresh ? known : known.asOf(started);
        for (Listed l : later) {
            if (layout.sequence(end.uid, l.key()) != end.sequence + 1) {
                // Folded and collected meanwhile.
                return new Look(LogEnd.of(reader.refresh(true)), List.of());
            }
            end = end.and(1, l.size());
        }
        last = end;
        return new Look(end, later);
    }

    /** @see Collection#apply */
    long commit(Batch batch) {
        Waiting mine = new Waiting(batch);
        lock.lock();
        try {
            waiting.add(mine);
            if (waiting.size() == awaited) {
                arrived.signal();
            }
            while (!mine.done) {
                if (committing) {
                    committed.awaitUninterruptibly();
                } else {
                    commitForAll();
                }
            }
        } finally {
            lock.unlock();
        }
        if (mine.failure != null) {
            throw mine.failure;
        }
        return mine.sequence;
    }

    /** Whoever comes while nobody commits does it for those behind it, too. Called under the lock, which it gives up meanwhile. */
    private void commitForAll() {
        committing = true;
        try {
            linger();
            List<Waiting> group = nextGroup();
            long begun = System.nanoTime();
            lock.unlock();
            try {
                commit(group);
            } finally {
                lock.lock();
            }
            lastGroup = group.size();
            lastNanos = System.nanoTime() - begun;
        } finally {
            committing = false;
            committed.signalAll();
        }
    }

    /** Those of the last group who write again are about to come; the first of them waits, though not long, instead of going alone. */
    private void linger() {
        long nanos = Math.min(lastNanos / LINGER_FRACTION, MOST_LINGER_NANOS);
        awaited = lastGroup;
        try {
            while (waiting.size() < awaited && nanos > 0) {
                nanos = arrived.awaitNanos(nanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            awaited = 0;
        }
    }

    /** A batch that is to be committed. Written by the thread that commits it; the others look after that, under the lock. */
    private static final class Waiting {
        private final Batch batch;
        private long sequence;
        private RuntimeException failure;
        private boolean done;

        Waiting(Batch batch) {
            this.batch = batch;
        }

        void succeed(long at) {
            sequence = at;
            done = true;
        }

        void fail(RuntimeException e) {
            if (!done) {
                failure = e;
                done = true;
            }
        }
    }

    private List<Waiting> nextGroup() {
        List<Waiting> group = new ArrayList<>();
        int operations = 0;
        long bytes = 0;
        for (Waiting w; (w = waiting.peek()) != null; waiting.remove()) {
            operations += w.batch.size();
            bytes += w.batch.roughBytes();
            if (!group.isEmpty()
                    && (operations > GROUP_OPERATIONS || bytes > GROUP_BYTES || hasKeyOf(w.batch, group))) {
                break;
            }
            group.add(w);
        }
        return group;
    }

    private static boolean hasKeyOf(Batch batch, List<Waiting> group) {
        return batch.keys().stream()
                .anyMatch(k ->
                        group.stream().flatMap(w -> w.batch.keys().stream()).anyMatch(k::sameKey));
    }

    private void commit(List<Waiting> group) {
        RuntimeException failure = StoreException.unknown("The commit of the batch broke off", null);
        try {
            new GroupCommit(group).run();
        } catch (RuntimeException e) {
            failure = e;
        } finally {
            for (Waiting w : group) {
                w.fail(failure);
            }
        }
    }

    /** The batches of a group on their way into one log entry. */
    private final class GroupCommit {
        private final UUID commit =
                new UUID(settings.random().nextLong(), settings.random().nextLong());
        private List<Waiting> group;
        private final Patience patience = patience();
        private String uid;
        private byte[] encoded;
        /** A sequence where our entry may lie without our knowing, or 0. */
        private long unsettled;

        /** The view was brought up to what lay where we wanted to write. */
        private boolean abreast;

        GroupCommit(List<Waiting> group) {
            this.group = group;
        }

        void run() {
            try {
                for (; patience.isLeft(); patience.backOff()) {
                    if (attempt(patience.attempts)) {
                        contention = Math.max(0, contention - 1);
                        return;
                    }
                }
            } catch (StoreException e) {
                throw unsettled == 0 || e.outcomeUnknown() ? e : StoreException.unknown(e.getMessage(), e);
            }
            if (unsettled == 0 || log.holder(uid, encoded, unsettled) == Holder.ANOTHER) {
                throw new CommitContentionException(name, patience.attempts);
            }
            throw StoreException.unknown(
                    "The store does not say whether " + layout.log(uid, unsettled) + " was written", null);
        }

        /** True if there is nothing left to do. */
        private boolean attempt(int number) {
            boolean conditional = group.stream()
                    .anyMatch(w ->
                            !w.batch.conditions().isEmpty() || !w.batch.keys().isEmpty());
            // Who comes second at a sequence has read what lies there, and tries the next one before it reads all anew.
            boolean look = conditional || (number > 0 && !abreast);
            abreast = false;
            View view = conditional ? reader.refresh(number > 0) : null;
            Look seen = conditional || !look ? null : look();
            LogEnd end = conditional ? LogEnd.of(view) : look ? seen.end : end();
            if (!end.uid.equals(uid)) {
                if (uid != null) {
                    throw new CollectionNotFoundException(name, store.description());
                }
                uid = end.uid;
                keep(w -> check(w.batch, end.schema));
            }
            if (unsettled > 0 && end.sequence >= unsettled) {
                if (isOurs(seen)) {
                    succeed(unsettled);
                    return true;
                }
                unsettled = 0;
            }
            // While an entry may yet appear, nothing is decided otherwise than in it.
            if (encoded == null || (conditional && unsettled == 0)) {
                if (conditional) {
                    decide(view);
                }
                if (group.isEmpty()) {
                    return true;
                }
                Batch together = group.size() == 1
                        ? group.getFirst().batch
                        : Batch.together(group.stream().map(w -> w.batch).toList());
                encoded = LogEntry.encode(
                        together, commit, uid, end.schema.dimension(), settings.now(), contention > BRIEF);
            }
            long sequence = end.sequence + 1;
            // Among many a list has to follow anyway, and mostly says by an entry's length that it is another's.
            switch (log.put(uid, encoded, sequence, conditional || contention <= BRIEF)) {
                case WriteAheadLog.Attempt.Committed(boolean once) -> {
                    if (wasCollectedBefore(sequence, end)) {
                        log.remove(uid, sequence);
                        if (once && unsettled != sequence) {
                            return false;
                        }
                        throw StoreException.unknown(
                                "An earlier try to write " + layout.log(uid, sequence)
                                        + " was not answered, and this writer was held up for longer than the grace period: it may have been folded and collected. Read before you write again.",
                                null);
                    }
                    apply(end, encoded);
                    reader.wrote(uid, sequence);
                    succeed(sequence);
                    return true;
                }
                case WriteAheadLog.Attempt.Taken(var entry) -> {
                    // Who was held up may have met what another one that was held up has put where nobody looks any
                    // more.
                    if (!heldUp(end)) {
                        apply(end, entry.bytes());
                        abreast = contention <= BRIEF && (look || number == 0);
                    }
                    return false;
                }
                case WriteAheadLog.Attempt.Unsettled _ -> {
                    unsettled = sequence;
                    return false;
                }
            }
        }

        /** Whether it is our entry that lies where that was unsettled. */
        private boolean isOurs(Look seen) {
            String key = layout.log(uid, unsettled);
            boolean isAnothers = seen != null
                    && seen.entries.stream().anyMatch(l -> l.key().equals(key) && l.size() != encoded.length);
            if (isAnothers) {
                return false;
            }
            return switch (log.holder(uid, encoded, unsettled)) {
                case OURS -> true;
                case ANOTHER -> false;
                case NOBODY ->
                    throw StoreException.unknown(
                            key
                                    + " was folded and collected before this writer knew whether it was its own. Read before you write again.",
                            null);
            };
        }

        /** What lies after the end. */
        private void apply(LogEnd end, byte[] entry) {
            long sequence = end.sequence + 1;
            reader.apply(LogEntry.decode(layout.log(uid, sequence), entry, uid, sequence, end.schema.dimension()));
            last = end.and(1, entry.length);
        }

        private void succeed(long sequence) {
            group.forEach(w -> w.succeed(sequence));
        }

        /** Those that were not committed before and whose conditions hold, one after the other, stay. */
        private void decide(View view) {
            List<Batch> before = new ArrayList<>();
            List<Waiting> kept = new ArrayList<>();
            for (Waiting w : group) {
                if (wasCommitted(w, view)) {
                    continue;
                }
                Optional<ConditionFailedException> unmet = unmet(w.batch, before, view);
                if (unmet.isPresent()) {
                    w.fail(unmet.get());
                } else {
                    kept.add(w);
                    before.add(w.batch);
                }
            }
            group = kept;
        }

        private boolean wasCommitted(Waiting w, View view) {
            for (IdempotencyKey key : w.batch.keys()) {
                Optional<CommitKeys.Entry> earlier = keys.find(key, view);
                if (earlier.isPresent()) {
                    if (earlier.get().key().equals(key)) {
                        w.succeed(earlier.get().sequence());
                    } else {
                        w.fail(new IdempotencyKeyReusedException(earlier.get().sequence()));
                    }
                    return true;
                }
            }
            return false;
        }

        private Optional<ConditionFailedException> unmet(Batch batch, List<Batch> before, View view) {
            for (var c : batch.conditions().entrySet()) {
                Long version = version(c.getKey(), before, view);
                boolean holds =
                        switch (c.getValue()) {
                            case Condition.Absent _ -> version == null;
                            case Condition.Version(long wanted) -> version != null && version == wanted;
                            case Condition.Unchanged(long seen) -> version != null && version == seen;
                        };
                if (!holds) {
                    return Optional.of(new ConditionFailedException(c.getKey(), c.getValue(), version));
                }
            }
            return Optional.empty();
        }

        private Long version(String id, List<Batch> before, View view) {
            for (Batch b : before.reversed()) {
                Optional<Boolean> there = b.leaves(id);
                if (there.isPresent()) {
                    return there.get() ? Long.valueOf(view.sequence() + 1) : null;
                }
            }
            return reader.locate(view, id)
                    .map(l -> l.part().source().version(l.row()))
                    .orElse(null);
        }

        private void keep(Consumer<Waiting> check) {
            List<Waiting> kept = new ArrayList<>();
            for (Waiting w : group) {
                try {
                    check.accept(w);
                    kept.add(w);
                } catch (InvalidVectorException | InvalidFieldException e) {
                    w.fail(e);
                }
            }
            group = kept;
        }

        private static void check(Batch batch, Schema schema) {
            for (Record r : batch.upserts()) {
                Vectors.check(r.vector(), schema.dimension(), schema.metric());
                schema.declared().fit(r);
            }
        }
    }

    /**
     * Whether a put that succeeded took a sequence that had been folded and collected while this writer was held up; nobody would ever read
     * it. Collected entries were folded longer ago than the grace period, so the manifest needs a look only when this writer was slow, and an
     * entry younger than that is ours.
     *
     * @throws StoreException with unknown outcome if this cannot be found out any more
     */
    private boolean wasCollectedBefore(long sequence, LogEnd end) {
        if (!heldUp(end)) {
            return false;
        }
        String key = layout.log(end.uid, sequence);
        try {
            var current = manifests
                    .read()
                    .filter(c -> c.manifest().uid().equals(end.uid))
                    .orElseThrow(() -> new CollectionNotFoundException(name, store.description()));
            if (current.manifest().collectedSequence() < sequence) {
                return false;
            }
            if (log.list(end.uid, sequence - 1).stream()
                    .anyMatch(l -> l.key().equals(key)
                            && settings.now() - l.lastModified()
                                    < settings.grace().toMillis())) {
                return true;
            }
        } catch (StoreException e) {
            throw StoreException.unknown(key + " was written, but not in time, and then: " + e.getMessage(), e);
        }
        // Folded and collected as it should be, or put after that and too long ago to tell.
        throw StoreException.unknown(
                key + " was written, but this writer was held up for longer than the grace period of "
                        + settings.grace()
                        + " and cannot tell whether the entry was folded. Read before you write again.",
                null);
    }

    private boolean heldUp(LogEnd end) {
        return settings.now() - end.readAt > settings.grace().toMillis() / 4;
    }

    Patience patience() {
        return new Patience();
    }

    /** Of who always comes second: so many attempts, and more if they were quick. */
    final class Patience {
        private final long until = settings.now() + PATIENCE.toMillis();
        private int attempts;

        boolean isLeft() {
            return attempts < MOST_ATTEMPTS && (attempts < ATTEMPTS || settings.now() < until);
        }

        int attempts() {
            return attempts;
        }

        /** Waits before the next attempt. */
        void backOff() {
            settings.meter().commitRetried();
            // What has been learnt of how many others there are holds for the next commit, too: whoever is at it goes
            // on for a while, which costs less than if all try all the time.
            contention = Math.min(MOST_CONTENTION, contention + LOST_RACE);
            // And then shorter and shorter: who has waited long goes before those who come fresh.
            long most = attempts < IMPATIENT_AFTER
                    ? LEAST_BACK_OFF << contention
                    : Math.max(
                            IMPATIENT_BACK_OFF,
                            (LEAST_BACK_OFF << MOST_CONTENTION) >> (attempts - IMPATIENT_AFTER) / 4);
            attempts++;
            long millis = Math.floorMod(settings.random().nextLong(), most + 1);
            try {
                settings.tasks().sleep(millis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw StoreException.refused("Interrupted while waiting to commit; nothing was written", e);
            }
        }
    }

    /** The sequence of a batch that was committed under one of these keys. */
    Optional<Long> committedBefore(List<IdempotencyKey> named, View view) {
        return named.stream()
                .flatMap(k -> keys.find(k, view).stream())
                .findFirst()
                .map(earlier -> {
                    if (!named.contains(earlier.key())) {
                        throw new IdempotencyKeyReusedException(earlier.sequence());
                    }
                    return earlier.sequence();
                });
    }
}
