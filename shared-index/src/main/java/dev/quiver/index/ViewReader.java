package dev.quiver.index;

import dev.quiver.index.View.FreshPart;
import dev.quiver.index.View.Part;
import dev.quiver.index.View.SegmentPart;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifest.SegmentEntry;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.log.Tasks;
import dev.quiver.index.log.WriteAheadLog;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.search.LiveRows;
import dev.quiver.index.search.SegmentSearch;
import dev.quiver.index.segment.DeletionVector;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Brings the view of a collection up to date with the store: the manifest by conditional GET, the log by asking for the entry after the last one seen.
 * Whole entries are applied, in order, so no view ever shows half a batch.
 */
@SuppressWarnings("ReferenceEquality") // Of views and manifests: is it still the same one?
final class ViewReader {
    /** A view older than this fraction of the grace period could miss what was folded and collected in between. */
    private static final int GRACE_FRACTION = 4;

    private static final int ATTEMPTS = 10;

    /** Asking for the next entry does not show that one has gone missing of which later ones are there; that is damage, and found this late at the latest. */
    private static final long LIST_EVERY = 60_000;

    /** Where the newest row of an id in the log lies. */
    private record Place(int part, int row) {}

    private final ObjectStore store;
    private final Layout layout;
    private final Manifests manifests;
    private final WriteAheadLog log;
    private final Settings settings;
    private final SegmentMemory memory;

    private final ReentrantLock lock = new ReentrantLock();
    /** Of {@link #view}; changed only under the lock and together with it. */
    private Map<String, Place> freshIds = new HashMap<>();

    /** When the log was listed, by the clock. */
    private volatile long listedAt;

    private record Written(String uid, long sequence) {}

    /** The last one, which a view may not have yet, if others wrote before it. */
    private volatile Written written;

    private volatile View view;
    /** When reading of it began. */
    private volatile long moment;

    ViewReader(
            ObjectStore store,
            Layout layout,
            Manifests manifests,
            WriteAheadLog log,
            Settings settings,
            SegmentMemory memory) {
        this.store = store;
        this.layout = layout;
        this.manifests = manifests;
        this.log = log;
        this.settings = settings;
        this.memory = memory;
    }

    View read(Consistency consistency) {
        return switch (consistency) {
            case Consistency.Strong(var since) -> {
                // In this order: the view may be newer than the moment, not older.
                boolean enough = moment > since;
                View v = view;
                yield enough && v != null ? v : refresh();
            }
            case Consistency.Eventual(var maxAge) -> {
                View v = view;
                yield v != null && settings.now() - v.readAt() <= maxAge.toMillis() && hasOwn(v) ? v : refresh();
            }
            case Consistency.AsOf moment -> past(moment);
        };
    }

    /** What was read last, however old it is. */
    View held() {
        View v = view;
        return v != null ? v : refresh();
    }

    /** This process has committed that. */
    void wrote(String uid, long sequence) {
        written = new Written(uid, sequence);
    }

    private boolean hasOwn(View v) {
        Written w = written;
        return w == null
                || w.sequence <= v.sequence()
                || !w.uid.equals(v.current().manifest().uid());
    }

    void open() {
        if (view == null) {
            refresh();
        }
    }

    /** A view that was read after this call began. Callers that wait for the same refresh share it. */
    View refresh() {
        return refresh(false);
    }

    /** @param list for who knows that others have written: a list costs more than asking for the next entry, and less than asking for many */
    View refresh(boolean list) {
        long arrival = Moments.next();
        lock.lock();
        try {
            if (moment > arrival && view != null) {
                return view;
            }
            long begun = Moments.next();
            load(list);
            moment = begun;
            return view;
        } finally {
            lock.unlock();
        }
    }

    /** Applies an entry that this process has just committed or come upon, if it is the next one. Else the next refresh will find it. */
    void apply(LogEntry entry) {
        lock.lock();
        try {
            View v = view;
            if (v != null
                    && v.sequence() + 1 == entry.sequence()
                    && v.current().manifest().uid().equals(entry.collection())) {
                // readAt stays: nothing was read of what others wrote.
                publish(new Builder(v), List.of(entry), v.current(), v.readAt());
            }
        } finally {
            lock.unlock();
        }
    }

    /** The part and row of the live row with this id in a view. */
    Optional<Located> locate(View in, String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        Place place;
        // A refresh in another thread holds the lock while it waits for the store; then the slow way is the faster one.
        if (lock.tryLock()) {
            try {
                place = in == view ? freshIds.get(id) : search(in, utf8);
            } finally {
                lock.unlock();
            }
        } else {
            place = search(in, utf8);
        }
        if (place != null) {
            return Optional.of(new Located(in.parts().get(place.part), place.row));
        }
        for (SegmentPart s : in.segments()) {
            int row = s.segment().ordinalOf(utf8);
            if (row >= 0 && BitSets.get(s.live(), row)) {
                return Optional.of(new Located(s, row));
            }
        }
        return Optional.empty();
    }

    record Located(Part part, int row) {}

    /** The slow way, for a view that another thread has replaced meanwhile or is about to replace. */
    private static Place search(View in, byte[] id) {
        for (int p = 0; p < in.parts().size(); p++) {
            if (in.parts().get(p) instanceof FreshPart f) {
                for (int r = 0; r < f.entry().rows(); r++) {
                    if (BitSets.get(f.live(), r)
                            && Arrays.equals(f.entry().ids().get(r), id)) {
                        return new Place(p, r);
                    }
                }
            }
        }
        return null;
    }

    /** Everything is fetched before anything is applied, so a store that fails leaves the old view as it was. */
    private void load(boolean list) {
        String missing = null;
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long started = settings.now();
            View old = view;
            Supplier<CollectionNotFoundException> notFound =
                    () -> new CollectionNotFoundException(layout.collection(), store.description());
            Current known = old == null ? manifests.read().orElseThrow(notFound) : old.current();
            try {
                Current current;
                WriteAheadLog.Tail tail = null;
                if (old == null) {
                    current = known;
                } else {
                    var look = look(old, list, started);
                    current = look.first().orElseThrow(notFound);
                    tail = look.second();
                    known = current;
                }
                Manifest m = current.manifest();
                Builder b;
                if (old != null && old.current() == current) {
                    b = new Builder(old);
                } else {
                    // What came of the log was asked for as of another manifest.
                    var opened = settings.tasks()
                            .both(
                                    () -> log.list(m.uid(), m.appliedSequence()),
                                    () -> old != null
                                                    && old.current()
                                                            .manifest()
                                                            .uid()
                                                            .equals(m.uid())
                                            ? rebuild(current, old)
                                            : segments(current, null));
                    listedAt = started;
                    b = opened.second();
                    tail = log.tail(
                            m.uid(), opened.first(), b.sequence, m.schema().dimension());
                }
                switch (tail) {
                    case WriteAheadLog.Tail.Gap(long sequence) -> missing = layout.log(m.uid(), sequence);
                    case WriteAheadLog.Tail.Entries(List<LogEntry> entries) -> {
                        publish(b, entries, current, started);
                        if (!heldUp(started)) {
                            return;
                        }
                        // We were held up: what was committed in between may already be folded and collected. Read
                        // again,
                        // from here.
                    }
                }
            } catch (CorruptDataException e) {
                // What a manifest names may be deleted once there is another. If there is, read that one.
                if (manifests.refresh(known).orElseThrow(notFound) == known) {
                    throw e;
                }
            }
        }
        if (missing == null) {
            throw StoreException.refused(
                    "Reading '" + layout.collection() + "' was held up too often; try again.", null);
        }
        throw new CorruptDataException(
                "Log entry " + missing + " is missing although the manifest does not say that it is folded."
                        + " Restore the object from a backup or a bucket version.");
    }

    /** At the manifest and at the log, both at once. */
    private Tasks.Both<Optional<Current>, WriteAheadLog.Tail> look(View old, boolean list, long started) {
        Manifest m = old.current().manifest();
        return settings.tasks()
                .both(
                        () -> manifests.refresh(old.current()),
                        () -> list || started - listedAt > LIST_EVERY
                                ? list(m, old.sequence())
                                : log.since(m.uid(), old.sequence(), m.schema().dimension()));
    }

    private WriteAheadLog.Tail list(Manifest m, long after) {
        var tail = log.tail(m.uid(), log.list(m.uid(), after), after, m.schema().dimension());
        // With a gap it is to be listed again.
        if (tail instanceof WriteAheadLog.Tail.Entries) {
            listedAt = settings.now();
        }
        return tail;
    }

    private void publish(Builder b, List<LogEntry> entries, Current current, long readAt) {
        boolean done = false;
        try {
            entries.forEach(b::apply);
            freshIds = b.ids;
            view = b.build(current, readAt);
            done = true;
        } finally {
            if (!done) {
                // Half applied, out of memory say: the next read starts from the manifest.
                view = null;
            }
        }
    }

    /** The segments of a manifest; those that a view has already are taken from there. */
    private Builder segments(Current current, View old) {
        Map<String, SegmentPart> known = new HashMap<>();
        if (old != null) {
            old.segments().forEach(s -> known.put(s.name(), s));
        }
        List<Supplier<SegmentPart>> parts = new ArrayList<>();
        for (SegmentEntry e : current.manifest().segments()) {
            parts.add(() -> part(e, current, known.get(e.name())));
        }
        Builder b = new Builder(current);
        settings.tasks().all(parts).forEach(b::add);
        return b;
    }

    private SegmentPart part(SegmentEntry e, Current current, SegmentPart loaded) {
        Segment segment = loaded != null ? loaded.segment() : open(e, current);
        verify(segment, e, current);
        SegmentSearch search = loaded != null ? loaded.search() : new SegmentSearch(segment);
        return new SegmentPart(e.name(), e.deletions(), e.owner(), segment, search, LiveRows.of(live(e)));
    }

    /** The segments of a manifest, and those entries of the old view of the same collection that it has not folded yet. */
    private Builder rebuild(Current current, View old) {
        Builder b = segments(current, old);
        for (FreshPart f : old.fresh()) {
            if (f.entry().sequence() == b.sequence + 1) {
                b.apply(f.entry());
            }
        }
        return b;
    }

    /**
     * An earlier state: the newest manifest before it, and the log entries between them. What was in place within the retention is collected no earlier than a grace period after that, so a read that is not held up
     * finds all of it.
     */
    View past(Consistency.AsOf moment) {
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            long started = settings.now();
            Current current = manifests
                    .read()
                    .orElseThrow(() -> new CollectionNotFoundException(layout.collection(), store.description()));
            // What is missing after we were held up has been folded and collected meanwhile.
            boolean last = attempt == ATTEMPTS - 1;
            try {
                View past = past(moment, current, started);
                if (!heldUp(started)) {
                    return past;
                }
            } catch (CorruptDataException | NoSuchStateException | OutOfRetentionException e) {
                if (!heldUp(started) || last) {
                    throw e;
                }
            }
        }
        throw StoreException.refused("Reading '" + layout.collection() + "' was held up too often; try again.", null);
    }

    private boolean heldUp(long started) {
        return settings.now() - started > settings.grace().toMillis() / GRACE_FRACTION;
    }

    private View past(Consistency.AsOf moment, Current current, long started) {
        Manifest newest = current.manifest();
        // Below that a writer that was held up may have filled a place again.
        List<Listed> kept = log.list(newest.uid(), newest.collectedSequence());
        long first = kept.isEmpty() ? newest.appliedSequence() + 1 : sequence(newest, kept.getFirst());
        long last = Math.max(newest.appliedSequence(), kept.isEmpty() ? 0 : sequence(newest, kept.getLast()));
        long wanted =
                switch (moment) {
                    case Consistency.AsOfSequence(long sequence) -> sequence;
                    case Consistency.AsOfTime(var time) ->
                        kept.stream()
                                .filter(l -> l.lastModified() <= time.toEpochMilli())
                                .mapToLong(l -> sequence(newest, l))
                                .max()
                                .orElse(first - 1);
                };
        if (wanted < 0 || wanted > last) {
            throw new NoSuchStateException("There is no sequence " + wanted + " in '" + layout.collection()
                    + "': the last commit has " + last + ".");
        }
        checkRetained(moment, newest, wanted, last, first, kept, started);
        Manifest base = newest;
        while (base.appliedSequence() > wanted || isLater(base, moment)) {
            String key = base.previous();
            base = key == null
                    ? null
                    : store.get(key).map(b -> Manifest.fromJson(key, b.bytes())).orElse(null);
            if (base == null) {
                throw outOfRetention(moment, newest, first);
            }
        }
        Builder b = segments(new Current(base, current.etag()), view);
        if (wanted > b.sequence) {
            switch (log.tail(
                    newest.uid(), kept, b.sequence, wanted, newest.schema().dimension())) {
                case WriteAheadLog.Tail.Gap _ -> throw outOfRetention(moment, newest, first);
                case WriteAheadLog.Tail.Entries(List<LogEntry> entries) -> entries.forEach(b::apply);
            }
        }
        return b.build(new Current(base, current.etag()), started);
    }

    private long sequence(Manifest m, Listed entry) {
        return layout.sequence(m.uid(), entry.key());
    }

    /** Bulk loads take no sequence, so at a time a manifest may be too new although what it folds is not. */
    private static boolean isLater(Manifest m, Consistency.AsOf moment) {
        return moment instanceof Consistency.AsOfTime(var time)
                && m.updatedAt() > time.toEpochMilli()
                && m.previous() != null;
    }

    /** A state is kept as long as the commit that ended it is not older than the retention. */
    private void checkRetained(
            Consistency.AsOf moment, Manifest newest, long wanted, long last, long first, List<Listed> kept, long now) {
        long oldest = now - newest.retention();
        boolean tooOld = moment instanceof Consistency.AsOfTime(var time) && time.toEpochMilli() < oldest;
        if (!tooOld && wanted < last) {
            tooOld = wanted + 1 < first
                    || kept.stream().noneMatch(l -> sequence(newest, l) == wanted + 1 && l.lastModified() >= oldest);
        }
        if (tooOld) {
            throw outOfRetention(moment, newest, first);
        }
    }

    private OutOfRetentionException outOfRetention(Consistency.AsOf moment, Manifest newest, long first) {
        String what =
                switch (moment) {
                    case Consistency.AsOfSequence(long sequence) -> "sequence " + sequence;
                    case Consistency.AsOfTime(var time) -> "the time " + time;
                };
        return new OutOfRetentionException("Collection '" + layout.collection() + "' does not keep its state of " + what
                + ": its retention is " + java.time.Duration.ofMillis(newest.retention())
                + ". A longer retention keeps what is current from now on.");
    }

    private Segment open(SegmentEntry e, Current current) {
        return Segment.open(
                store,
                layout.segment(e),
                e.bytes(),
                e.rows(),
                current.manifest().schema().dimension(),
                memory,
                settings.meter());
    }

    private void verify(Segment segment, SegmentEntry e, Current current) {
        var schema = current.manifest().schema();
        if (segment.rows() != e.rows()
                || segment.dimension() != schema.dimension()
                || segment.metric() != schema.metric()) {
            throw new CorruptDataException("Segment " + segment.key() + " has " + segment.rows() + " rows of dimension "
                    + segment.dimension() + " under " + segment.metric() + ", the manifest tells of " + e.rows()
                    + " of "
                    + schema.dimension() + " under " + schema.metric());
        }
    }

    private long[] live(SegmentEntry e) {
        if (e.deletions() == null) {
            return BitSets.ones(e.rows());
        }
        String key = layout.deletions(e.deletions());
        return store.get(key)
                .map(b -> DeletionVector.decode(key, b.bytes(), e.rows()))
                .orElseThrow(() -> new CorruptDataException("Deletion vector " + key + " is missing"));
    }

    /** A view under construction. Bit sets of the view it starts from are copied before they are changed. */
    private final class Builder {
        private final int dimension;
        private final List<Part> parts = new ArrayList<>();
        private final java.util.BitSet owned = new java.util.BitSet();
        private final Map<String, Place> ids;
        private long sequence;

        Builder(View base) {
            this.dimension = base.current().manifest().schema().dimension();
            this.parts.addAll(base.parts());
            this.sequence = base.sequence();
            this.ids = freshIds;
        }

        Builder(Current current) {
            this.dimension = current.manifest().schema().dimension();
            this.sequence = current.manifest().appliedSequence();
            this.ids = new HashMap<>();
        }

        void add(SegmentPart part) {
            owned.set(parts.size());
            parts.add(part);
        }

        void apply(LogEntry entry) {
            sequence = entry.sequence();
            int part = parts.size();
            for (int row = 0; row < entry.rows(); row++) {
                byte[] utf8 = entry.ids().get(row);
                String id = new String(utf8, StandardCharsets.UTF_8);
                kill(id, utf8);
                ids.put(id, new Place(part, row));
            }
            for (byte[] utf8 : entry.deletes()) {
                String id = new String(utf8, StandardCharsets.UTF_8);
                kill(id, utf8);
                ids.remove(id);
            }
            owned.set(part);
            parts.add(new FreshPart(entry, dimension, BitSets.ones(entry.rows()), new FreshWords(entry)));
        }

        private void kill(String id, byte[] utf8) {
            Place fresh = ids.get(id);
            if (fresh != null) {
                clear(fresh.part, fresh.row);
                return;
            }
            List<Integer> arriving = new ArrayList<>();
            for (int p = 0; p < parts.size(); p++) {
                if (parts.get(p) instanceof SegmentPart s) {
                    if (!s.segment().resident()) {
                        arriving.add(p);
                        continue;
                    }
                    int row = s.segment().ordinalOf(utf8);
                    if (row >= 0 && BitSets.get(s.live(), row)) {
                        clear(p, row);
                        return;
                    }
                }
            }
            // Where it lies in these will be known when they are there.
            for (int p : arriving) {
                own(p);
                ((SegmentPart) parts.get(p)).liveRows().remove(utf8);
            }
        }

        private void clear(int p, int row) {
            own(p);
            BitSets.clear(parts.get(p).live(), row);
        }

        private void own(int p) {
            if (!owned.get(p)) {
                owned.set(p);
                parts.set(p, parts.get(p).copy());
            }
        }

        View build(Current current, long readAt) {
            return new View(current, parts, sequence, readAt);
        }
    }
}
