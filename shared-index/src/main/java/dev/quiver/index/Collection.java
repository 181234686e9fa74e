package dev.quiver.index;

import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.View.Part;
import dev.quiver.index.ViewReader.Located;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.log.CommitKeys;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.WriteAheadLog;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.IdempotencyKey;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.search.ExactScan;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Queue;
import java.util.Set;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The one public door to a collection: apply batches, search, fetch, list, compact. Safe for many threads, and for many processes on the same
 * store. Obtained from a {@link Database}.
 */
public final class Collection {
    /** A writer that has not looked for so long looks again before it writes: the collection may have been deleted. */
    private static final Duration WRITER_LOOKS_AGAIN = Duration.ofSeconds(30);

    /** Who always comes second gives up after so long, and not before so many attempts. */
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(20);

    private static final int COMMIT_ATTEMPTS = 50;

    /** Whatever the clock says. */
    private static final int MOST_ATTEMPTS = 1_000;

    private static final long MOST_BACK_OFF = 200;

    private static final long LEAST_BACK_OFF = 25;

    /** Of a commit that several batches share. */
    private static final int GROUP_OPERATIONS = 4096;

    private static final long GROUP_BYTES = 16 << 20;

    /** Records that a filter deletes in one commit. */
    private static final int MOST_DELETED = 1_000_000;

    /** Each began anew because a record that was to be deleted had been changed by somebody else. */
    private static final int DELETE_ATTEMPTS = 50;

    /** Of the time that the last commit took. */
    private static final int LINGER_FRACTION = 16;

    /** A commit may have taken long for other reasons than the store's. */
    private static final long MOST_LINGER_NANOS = 5_000_000;

    private final String name;
    private final ObjectStore store;
    private final Layout layout;
    private final Settings settings;
    private final Manifests manifests;
    private final WriteAheadLog log;
    private final ViewReader reader;
    private final Compaction compaction;
    private final AppliedKeys keys;
    private final ReentrantLock commitLock = new ReentrantLock();
    /** Under the lock, as all that follows. */
    private final Queue<Waiting> waiting = new ArrayDeque<>();

    private final java.util.concurrent.locks.Condition committed = commitLock.newCondition();
    private final java.util.concurrent.locks.Condition arrived = commitLock.newCondition();
    private boolean committing;
    private int awaited;
    private int lastGroup;
    private long lastNanos;

    Collection(String name, ObjectStore store, Settings settings, SegmentMemory memory) {
        this.name = name;
        this.store = store;
        this.layout = new Layout(name);
        this.settings = settings;
        this.manifests = new Manifests(store, layout);
        this.log = new WriteAheadLog(store, layout, settings.tasks());
        this.reader = new ViewReader(store, layout, manifests, log, settings, memory);
        this.keys = new AppliedKeys(store, layout, manifests);
        this.compaction = new Compaction(store, layout, manifests, reader, keys, settings);
    }

    public String name() {
        return name;
    }

    /** Reads it unless that has been done at some time. */
    void open() {
        reader.open();
    }

    /** @throws CollectionNotFoundException if it was deleted */
    public Schema schema() {
        return reader.read(new Consistency.Eventual(WRITER_LOOKS_AGAIN))
                .current()
                .manifest()
                .schema();
    }

    /**
     * Tells collections of one name apart that were created one after the other.
     *
     * @throws CollectionNotFoundException if it was deleted
     */
    public String uid(Consistency consistency) {
        return reader.read(consistency).current().manifest().uid();
    }

    /**
     * Commits a batch. When this returns, the batch is durable, and every strong read that begins afterwards sees all of it. Batches of several threads that wait at the same time become one commit, so
     * they may have the same sequence.
     *
     * @return the sequence of the commit, which is the version of the records in it; of a batch that was committed before under the same idempotency key, that of then
     * @throws dev.quiver.index.vector.InvalidVectorException if a vector does not fit the schema; nothing is written
     * @throws ConditionFailedException if a condition of the batch does not hold; nothing is written
     * @throws IdempotencyKeyReusedException if another batch was committed under the same key; nothing is written
     * @throws CommitContentionException if other writers were always faster; nothing is written
     * @throws StoreException if the store failed; {@link StoreException#outcomeUnknown} says whether the batch may have been committed
     */
    public long apply(Batch batch) {
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("The batch is empty: there is nothing to commit.");
        }
        return commit(batch);
    }

    /**
     * Deletes the records that match a filter, as one commit: all that matched at one moment between the call and its return, and none that was changed after it.
     *
     * @param key see {@link Batch.Builder#key}; a call with the key of an earlier one deletes nothing. Or null
     * @throws IllegalArgumentException if more than a million records match; nothing is deleted
     * @throws CommitContentionException if records that match were changed again and again; nothing is deleted
     * @see #apply for what else is thrown
     */
    public Deleted delete(Filter filter, String key) {
        return delete(filter, key, MOST_DELETED);
    }

    /**
     * @param records how many were deleted
     * @param sequence of the commit; if there was nothing to delete and no key, the last one
     */
    public record Deleted(long records, long sequence) {}

    Deleted delete(Filter filter, String key, int most) {
        for (int attempt = 0; attempt < DELETE_ATTEMPTS; attempt++) {
            View view = reader.read(Consistency.fromNow());
            Batch.Builder batch = Batch.builder().key(key).meaning("delete " + filter);
            int matching = addMatching(batch, view, filter, most);
            if (matching == 0 && key == null) {
                return new Deleted(0, view.sequence());
            }
            try {
                long sequence = commit(batch.build());
                // One that was committed before under its key has an older sequence.
                return new Deleted(sequence > view.sequence() ? matching : 0, sequence);
            } catch (ConditionFailedException e) {
                settings.meter().commitRetried();
                backOff(attempt);
            }
        }
        throw new CommitContentionException(name, DELETE_ATTEMPTS);
    }

    private int addMatching(Batch.Builder batch, View view, Filter filter, int most) {
        int matching = 0;
        for (Part part : view.parts()) {
            RowSource source = part.source();
            long[] bits = part.matching(filter);
            for (int row = 0; row < source.rows(); row++) {
                if (BitSets.get(bits, row)) {
                    if (++matching > most) {
                        throw new IllegalArgumentException(
                                "More than " + most
                                        + " records match the filter, which is more than one commit deletes. Narrow the filter, or delete the collection.");
                    }
                    batch.delete(
                            new String(source.id(row), StandardCharsets.UTF_8),
                            new Condition.Unchanged(source.version(row)));
                }
            }
        }
        return matching;
    }

    private long commit(Batch batch) {
        Waiting mine = new Waiting(batch);
        commitLock.lock();
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
            commitLock.unlock();
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
            commitLock.unlock();
            try {
                commit(group);
            } finally {
                commitLock.lock();
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
        private int attempts;
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
                long patient = settings.now() + COMMIT_PATIENCE.toMillis();
                for (;
                        attempts < MOST_ATTEMPTS && (attempts < COMMIT_ATTEMPTS || settings.now() < patient);
                        attempts++) {
                    if (attempt(attempts)) {
                        return;
                    }
                    settings.meter().commitRetried();
                    backOff(attempts);
                }
            } catch (StoreException e) {
                throw unsettled == 0 || e.outcomeUnknown() ? e : StoreException.unknown(e.getMessage(), e);
            }
            if (unsettled > 0) {
                throw StoreException.unknown(
                        "The store does not say whether " + layout.log(uid, unsettled) + " was written", null);
            }
            throw new CommitContentionException(name, attempts);
        }

        /** True if there is nothing left to do. */
        private boolean attempt(int number) {
            boolean conditional = group.stream()
                    .anyMatch(w ->
                            !w.batch.conditions().isEmpty() || !w.batch.keys().isEmpty());
            // Who comes second at a sequence has read what lies there, and tries the next one before it reads all anew.
            boolean look = conditional || (number > 0 && !abreast);
            abreast = false;
            View view = look ? reader.refresh(number > 0) : reader.read(new Consistency.Eventual(WRITER_LOOKS_AGAIN));
            Schema schema = view.current().manifest().schema();
            if (!view.current().manifest().uid().equals(uid)) {
                if (uid != null) {
                    throw new CollectionNotFoundException(name, store.description());
                }
                uid = view.current().manifest().uid();
                keep(w -> check(w.batch, schema));
            }
            if (unsettled > 0 && view.sequence() >= unsettled) {
                if (log.holds(uid, encoded, unsettled)) {
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
                encoded = LogEntry.encode(together, commit, uid, schema.dimension(), settings.now());
            }
            long sequence = view.sequence() + 1;
            switch (log.put(uid, encoded, sequence)) {
                case WriteAheadLog.Attempt.Committed(boolean once) -> {
                    if (wasCollectedBefore(sequence, uid, view)) {
                        log.remove(uid, sequence);
                        if (once && unsettled != sequence) {
                            return false;
                        }
                        throw StoreException.unknown(
                                "An earlier try to write " + layout.log(uid, sequence)
                                        + " was not answered, and this writer was held up for longer than the grace period: it may have been folded and collected. Read before you write again.",
                                null);
                    }
                    reader.apply(
                            LogEntry.decode(layout.log(uid, sequence), encoded, uid, sequence, schema.dimension()));
                    succeed(sequence);
                    return true;
                }
                case WriteAheadLog.Attempt.Taken(var entry) -> {
                    // Who was held up may have met what another one that was held up has put where nobody looks any
                    // more.
                    if (!heldUp(view)) {
                        reader.apply(LogEntry.decode(
                                layout.log(uid, sequence), entry.bytes(), uid, sequence, schema.dimension()));
                        abreast = look || number == 0;
                    }
                    return false;
                }
                case WriteAheadLog.Attempt.Unsettled _ -> {
                    unsettled = sequence;
                    return false;
                }
            }
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
                } catch (InvalidVectorException e) {
                    w.fail(e);
                }
            }
            group = kept;
        }

        private static void check(Batch batch, Schema schema) {
            for (Record r : batch.upserts()) {
                Vectors.check(r.vector(), schema.dimension(), schema.metric());
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
    private boolean wasCollectedBefore(long sequence, String uid, View view) {
        if (!heldUp(view)) {
            return false;
        }
        String key = layout.log(uid, sequence);
        try {
            var current = manifests
                    .read()
                    .filter(c -> c.manifest().uid().equals(uid))
                    .orElseThrow(() -> new CollectionNotFoundException(name, store.description()));
            if (current.manifest().collectedSequence() < sequence) {
                return false;
            }
            if (log.list(uid, sequence - 1).stream()
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

    private boolean heldUp(View view) {
        return settings.now() - view.readAt() > settings.grace().toMillis() / 4;
    }

    private void backOff(int attempt) {
        // Longer and longer, and then shorter and shorter: who has waited long goes before those who come fresh.
        long most = attempt < 6 ? 5L << attempt : Math.max(LEAST_BACK_OFF, MOST_BACK_OFF >> (attempt - 6) / 4);
        long millis = Math.floorMod(settings.random().nextLong(), most + 1);
        try {
            settings.tasks().sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while waiting to commit; nothing was written", e);
        }
    }

    /**
     * The nearest rows to a vector.
     *
     * @throws dev.quiver.index.vector.InvalidVectorException if the vector does not fit the schema
     */
    public SearchResult search(SearchRequest request) {
        long started = System.nanoTime();
        View view = reader.read(request.consistency());
        long looked = System.nanoTime() - started;
        Vectors.check(
                request.vector(),
                view.current().manifest().schema().dimension(),
                view.current().manifest().schema().metric());
        return search(view, request, looked);
    }

    private SearchResult search(View view, SearchRequest request, long looked) {
        Schema schema = view.current().manifest().schema();
        Nearest near = nearest(view, request);
        List<Hit> hits = new ArrayList<>();
        for (TopK.Candidate c : near.top.best()) {
            hits.add(new Hit(
                    record(view.parts().get(c.block()).source(), c.row()),
                    schema.metric().score(c.similarity())));
        }
        Comparator<Hit> byScore = Comparator.comparing(Hit::score);
        hits.sort((schema.metric().higherIsNearer() ? byScore.reversed() : byScore)
                .thenComparing(h -> h.record().id()));
        // Only now: what streams in would take processor and network from this search.
        view.segments().forEach(s -> s.segment().startLoading());
        return new SearchResult(hits, view.sequence(), near.rowsScored, looked);
    }

    private record Nearest(TopK top, long rowsScored) {}

    private Nearest nearest(View view, SearchRequest request) {
        Schema schema = view.current().manifest().schema();
        float floor = request.minScore().isPresent()
                ? schema.metric().similarity((float) request.minScore().getAsDouble())
                : Float.NEGATIVE_INFINITY;
        int k = Math.clamp(view.mostLiveRows(), 1, request.topK());
        TopK top = new TopK(k, floor);
        ExactScan scan = new ExactScan(KernelChoice.best(), schema.metric(), request.vector());
        Wish wish = new Wish(
                k,
                request.effort().accuracy(),
                request.effort().probes(),
                request.effort().rescore());
        long rowsScored = 0;
        List<Supplier<Arrived>> arriving = new ArrayList<>();
        if (!(request.filter() instanceof Filter.All)) {
            // It needs all of them; so they come at once, and not one after the other.
            view.segments().forEach(s -> s.segment().startLoading());
        }
        for (int p = 0; p < view.parts().size(); p++) {
            Part part = view.parts().get(p);
            int number = p;
            if (!(part instanceof View.SegmentPart s)) {
                scan.scan(p, part.rows(), accept(part.source(), request.filter()), top);
            } else if (!(request.filter() instanceof Filter.All)) {
                Optional<long[]> allowed = s.fromColumns(request.filter());
                if (allowed.isPresent()) {
                    rowsScored += s.search()
                            .search(request.vector(), wish, allowed.get(), p, top)
                            .rowsScored();
                } else {
                    // Decided row by row, of rows that would enter: only the exact scan can do that.
                    scan.scan(p, part.rows(), accept(part.source(), request.filter()), top);
                }
            } else if (s.segment().resident()) {
                rowsScored += s.search()
                        .search(request.vector(), wish, s.liveRows(), p, top)
                        .rowsScored();
            } else {
                arriving.add(() -> {
                    TopK own = new TopK(k, floor);
                    long scored = s.search()
                            .search(request.vector(), wish, s.liveRows(), number, own)
                            .rowsScored();
                    return new Arrived(own, scored);
                });
            }
        }
        // Each waits for the store.
        for (Arrived a : settings.tasks().all(arriving)) {
            rowsScored += a.rowsScored;
            for (TopK.Candidate c : a.best.best()) {
                if (c.similarity() > top.threshold()) {
                    top.add(c.block(), c.row(), c.similarity());
                }
            }
        }
        return new Nearest(top, rowsScored + scan.rowsScored());
    }

    private record Arrived(TopK best, long rowsScored) {}

    /**
     * The rows whose words fit best.
     *
     * @throws IllegalArgumentException if the collection has no such text field
     */
    public SearchResult search(TextRequest request) {
        long started = System.nanoTime();
        View view = reader.read(request.consistency());
        long looked = System.nanoTime() - started;
        return new TextSearcher(view, request, settings).search(looked);
    }

    /**
     * The rows that are best in both: near to a vector and fitting in their words. Both searches see the same state of the collection.
     *
     * @throws IllegalArgumentException if the collection has no such text field
     * @throws dev.quiver.index.vector.InvalidVectorException if the vector does not fit the schema
     */
    public HybridResult search(HybridRequest request) {
        long started = System.nanoTime();
        View view = reader.read(request.text().consistency());
        long looked = System.nanoTime() - started;
        Schema schema = view.current().manifest().schema();
        Vectors.check(request.vector(), schema.dimension(), schema.metric());
        SearchRequest nearest = new SearchRequest(
                request.vector(),
                request.fusion().depth(),
                request.text().filter(),
                OptionalDouble.empty(),
                request.effort(),
                request.text().consistency());
        Nearest near = nearest(view, nearest);
        HybridResult result =
                new HybridSearcher(view, request, settings).search(near.top.best(), near.rowsScored, looked);
        view.segments().forEach(s -> s.segment().startLoading());
        return result;
    }

    /**
     * What share of the true nearest a search finds in the collection as it is: some of its records are searched for with this effort and exactly. A record does not count as its own neighbour.
     *
     * @param sample how many records, 1 and up; all if there are fewer
     * @param topK neighbours of each, 1 and up
     */
    public Recall recall(int sample, int topK, SearchRequest.Effort effort, Consistency consistency) {
        View view = reader.read(consistency);
        List<Located> chosen = sample(view, sample);
        long found = 0;
        long possible = 0;
        long nanos = 0;
        long exactNanos = 0;
        for (Located l : chosen) {
            SearchRequest request = SearchRequest.of(l.part().source().vector(l.row()), topK + 1);
            String self = new String(l.part().source().id(l.row()), StandardCharsets.UTF_8);
            long started = System.nanoTime();
            List<String> truth = neighbours(view, request.with(SearchRequest.Effort.EXACT), self);
            long between = System.nanoTime();
            List<String> hits = neighbours(view, request.with(effort), self);
            nanos += System.nanoTime() - between;
            exactNanos += between - started;
            possible += truth.size();
            found += truth.stream().filter(Set.copyOf(hits)::contains).count();
        }
        int count = chosen.size();
        return new Recall(
                possible == 0 ? 1 : (double) found / possible,
                count,
                count == 0 ? 0 : nanos / 1e6 / count,
                count == 0 ? 0 : exactNanos / 1e6 / count,
                view.sequence());
    }

    /**
     * @param recall share of the true neighbours that were found, 0 to 1; 1 if there are none
     * @param sample records that were searched for
     * @param millis a search, on average
     * @param exactMillis an exact one
     * @param sequence the last commit that this takes into account
     */
    public record Recall(double recall, int sample, double millis, double exactMillis, long sequence) {}

    private List<String> neighbours(View view, SearchRequest request, String self) {
        return search(view, request, 0).hits().stream()
                .map(h -> h.record().id())
                .filter(id -> !id.equals(self))
                .limit(request.topK() - 1L)
                .toList();
    }

    /** Live rows at random, each at most once. */
    private List<Located> sample(View view, int wanted) {
        long live = view.liveRows();
        List<Located> chosen = new ArrayList<>();
        long left = Math.min(wanted, live);
        SplittableRandom random = new SplittableRandom(settings.random().nextLong());
        for (Part part : view.parts()) {
            int rows = part.source().rows();
            for (int row = 0; row < rows && left > 0; row++) {
                // Each live row that is left is as likely as any other to be among those still to be chosen.
                if (BitSets.get(part.live(), row) && random.nextLong(live--) < left) {
                    chosen.add(new Located(part, row));
                    left--;
                }
            }
        }
        return chosen;
    }

    private static IntPredicate accept(RowSource source, Filter filter) {
        return filter instanceof Filter.All
                ? null
                : row -> filter.matches(DocumentCodec.attributes(source.document(row)));
    }

    /** The records with these ids, in their order; ids without a record are left out. */
    public Fetched fetch(List<String> ids, Consistency consistency) {
        View view = reader.read(consistency);
        Map<String, Located> found = new LinkedHashMap<>();
        for (String id : ids) {
            Record.checkId(id);
            reader.locate(view, id).ifPresent(l -> found.put(id, l));
        }
        return fetched(found.values().stream(), view);
    }

    /**
     * @param versions of each record: the sequence of the commit that wrote it, for conditions; 0 if that is not known
     * @param sequence the last commit that this answer takes into account
     */
    public record Fetched(List<Record> records, List<Long> versions, long sequence) {}

    private static Fetched fetched(Stream<Located> rows, View view) {
        List<Record> records = new ArrayList<>();
        List<Long> versions = new ArrayList<>();
        rows.forEach(l -> {
            records.add(record(l.part().source(), l.row()));
            versions.add(l.part().source().version(l.row()));
        });
        return new Fetched(List.copyOf(records), List.copyOf(versions), view.sequence());
    }

    /**
     * How many records match, and which values they have in some fields.
     *
     * @param limit values of each field, 1 and up
     */
    public Facets count(Filter filter, List<String> fields, int limit, Consistency consistency) {
        return new FacetCounter(reader.read(consistency), filter, fields).count(limit);
    }

    /**
     * Records chosen at random, each at most once, in no order.
     *
     * @param wanted all if there are fewer
     */
    public Fetched sample(int wanted, Consistency consistency) {
        View view = reader.read(consistency);
        return fetched(sample(view, wanted).stream(), view);
    }

    /**
     * Records in the order of their ids' UTF-8 bytes.
     *
     * @param prefix only ids that start with it; may be empty
     * @param after only ids greater than it; may be empty
     * @return at most {@code limit} records
     */
    public Fetched list(String prefix, String after, int limit, Consistency consistency) {
        View view = reader.read(consistency);
        byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
        byte[] afterBytes = after.getBytes(StandardCharsets.UTF_8);
        record Found(byte[] id, Located at) {}
        List<Found> found = new ArrayList<>();
        for (Part part : view.parts()) {
            switch (part) {
                case View.SegmentPart s -> {
                    byte[] from = Arrays.compareUnsigned(afterBytes, prefixBytes) > 0 ? afterBytes : prefixBytes;
                    int taken = 0;
                    for (int p = s.segment().positionOf(from); p < s.segment().rows() && taken < limit; p++) {
                        int row = s.segment().ordinalAt(p);
                        byte[] id = s.segment().id(row);
                        if (!startsWith(id, prefixBytes)) {
                            break;
                        }
                        if (BitSets.get(s.live(), row) && Arrays.compareUnsigned(id, afterBytes) > 0) {
                            found.add(new Found(id, new Located(s, row)));
                            taken++;
                        }
                    }
                }
                case View.FreshPart f -> {
                    for (int row = 0; row < f.entry().rows(); row++) {
                        byte[] id = f.entry().ids().get(row);
                        if (BitSets.get(f.live(), row)
                                && startsWith(id, prefixBytes)
                                && Arrays.compareUnsigned(id, afterBytes) > 0) {
                            found.add(new Found(id, new Located(f, row)));
                        }
                    }
                }
            }
        }
        found.sort((a, b) -> Arrays.compareUnsigned(a.id, b.id));
        return fetched(found.stream().limit(limit).map(Found::at), view);
    }

    View view(Consistency consistency) {
        return reader.read(consistency);
    }

    /** All records of one state, read as they are asked for, in no order. */
    public Stream<Record> records(Consistency consistency) {
        Iterator<Part> parts = reader.read(consistency).parts().iterator();
        // Not a flatMap: one that is asked for its iterator collects all records of a segment.
        return StreamSupport.stream(
                new Spliterators.AbstractSpliterator<Record>(Long.MAX_VALUE, Spliterator.NONNULL) {
                    private Part part;
                    private int row;

                    @Override
                    public boolean tryAdvance(Consumer<? super Record> action) {
                        while (true) {
                            for (; part != null && row < part.source().rows(); row++) {
                                if (BitSets.get(part.live(), row)) {
                                    action.accept(record(part.source(), row++));
                                    return true;
                                }
                            }
                            if (!parts.hasNext()) {
                                return false;
                            }
                            part = parts.next();
                            row = 0;
                        }
                    }
                },
                false);
    }

    private static boolean startsWith(byte[] id, byte[] prefix) {
        return id.length >= prefix.length && Arrays.equals(id, 0, prefix.length, prefix, 0, prefix.length);
    }

    static Record record(RowSource source, int row) {
        DocumentCodec.Document document = DocumentCodec.decode(source.document(row));
        return new Record(
                new String(source.id(row), StandardCharsets.UTF_8),
                source.vector(row),
                document.text(),
                document.attributes());
    }

    /**
     * Loads many records at once, past the log, into a segment of their own: for the first filling of a collection. They replace records with the same ids; of several with one id the last
     * counts. All of them become visible together. What other writers commit while this runs comes after it.
     *
     * @param records are read once; they need not fit into memory
     * @return how many records were loaded
     * @throws dev.quiver.index.vector.InvalidVectorException if a vector does not fit the schema; nothing is written
     * @throws CommitContentionException if other compactions were always faster; nothing has changed
     * @throws CollectionNotFoundException if it was deleted
     */
    public long load(Iterator<Record> records) {
        Manifest begun = reader.refresh().current().manifest();
        try (SpooledRows rows = SpooledRows.of(records, begun.schema(), settings.temporary())) {
            if (rows.rows() == 0) {
                return 0;
            }
            // A commit without operations: its sequence is theirs alone.
            rows.version(commit(Batch.builder().build()));
            return compaction.load(rows, begun);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "The records could not be prepared in " + settings.temporary() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Makes an earlier state the newest one, as one change. What was committed since is gone from now on, though not from the states before.
     *
     * @return how many records there are then
     * @throws OutOfRetentionException if that state is not kept any more
     * @throws CommitContentionException if compactions were always faster; nothing has changed
     */
    public long restore(Consistency.AsOf moment) {
        return compaction.restore(moment);
    }

    /**
     * For how long earlier states can be read, from now on.
     *
     * @param retention at most ten years; zero keeps none
     */
    public void retain(Duration retention) {
        long millis = retention.toMillis();
        if (millis < 0 || millis > Manifest.MOST_RETENTION) {
            throw new IllegalArgumentException(
                    "The retention is " + retention + ", it must be from zero to ten years.");
        }
        compaction.retain(millis);
    }

    /** Reads what a first search needs, and begins to read all of it into memory, behind. */
    public void preload() {
        reader.read(Consistency.STRONG).segments().forEach(s -> s.segment().startLoading());
    }

    /** Settings and size at this moment. */
    public Statistics statistics(Consistency consistency) {
        View view = reader.read(consistency);
        var manifest = view.current().manifest();
        return new Statistics(
                manifest.schema(),
                view.liveRows(),
                manifest.segments().size(),
                manifest.segments().stream().mapToLong(s -> s.bytes()).sum(),
                view.freshOperations(),
                view.freshBytes(),
                view.sequence(),
                manifest.version(),
                manifest.createdAt(),
                Duration.ofMillis(manifest.retention()));
    }

    /**
     * @param records live ones
     * @param logOperations upserts and deletes that are not folded into segments yet
     * @param sequence of the last commit
     * @param manifestVersion counts compactions
     * @param createdAt epoch milliseconds
     * @param retention for which earlier states can be read
     */
    public record Statistics(
            Schema schema,
            long records,
            int segments,
            long segmentBytes,
            long logOperations,
            long logBytes,
            long sequence,
            long manifestVersion,
            long createdAt,
            Duration retention) {}

    /** Whether the log has grown so far that folding it would pay. Looks only at what is in memory. */
    public boolean compactionDue() {
        return compaction.due(reader.read(new Consistency.Eventual(Duration.ofDays(1))));
    }

    /**
     * Folds the log into a segment and merges segments as the policy says. Safe to run beside writers, readers and other compactions; the loser of a race
     * discards its work.
     */
    public Compaction.Report compact() {
        return compact(_ -> {});
    }

    /** @param progress is told of each step once it is done and others see it; what it throws ends the compaction there, and the next one goes on */
    public Compaction.Report compact(Consumer<Compaction.Report> progress) {
        return compaction.run(progress);
    }

    /** What a process does after it has written: folds the log if it has grown, and then deletes what has become garbage. Costs nothing while neither is due. */
    public void maintain() {
        if (compactionDue()) {
            compact();
            collectGarbage();
        }
    }

    /** Deletes objects that no manifest within the grace period names. Safe to run beside everything else. */
    public Compaction.Garbage collectGarbage() {
        return compaction.collectGarbage();
    }
}
