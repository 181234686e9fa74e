package dev.quiver.index;

import dev.quiver.index.View.Part;
import dev.quiver.index.View.SegmentPart;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifest.SegmentEntry;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.log.Ulid;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.record.Schema;
import dev.quiver.index.search.Calibrator;
import dev.quiver.index.segment.DeletionVector;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.SegmentWriter;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Folds the log into segments, merges segments, and deletes what nothing refers to any more. Each step ends in one swap of the manifest with If-Match; until
 * then it changes nothing that anybody reads, so it may die at any point and run twice at once, and whoever comes next goes on after the last step that was done.
 *
 * <p>The policy: segments lie in tiers by live rows, each four times as large as the one below; a tier with four segments becomes one. A segment of whose rows three in ten are dead is written anew; a small one together with the log.
 */
public final class Compaction {
    /** So many segments of about the same size become one. */
    private static final int TIER_SEGMENTS = 4;

    /** Sizes within this factor are about the same. */
    private static final int TIER_FACTOR = 4;

    /** A segment with this share of dead rows is rewritten. */
    private static final double DEAD_SHARE = 0.3;

    private static final int LOAD_ATTEMPTS = 20;

    /** Entries of others that a writer leaves unread. */
    private static final int MOST_UNSEEN = 1_000;

    /** More are not there to do, unless others write all the while: they leave the rest to the next compaction. */
    private static final int MOST_STEPS = 16;

    private final ObjectStore store;
    private final Layout layout;
    private final Manifests manifests;
    private final ViewReader reader;
    private final Settings settings;
    private final AppliedKeys keys;

    Compaction(
            ObjectStore store,
            Layout layout,
            Manifests manifests,
            ViewReader reader,
            AppliedKeys keys,
            Settings settings) {
        this.store = store;
        this.layout = layout;
        this.manifests = manifests;
        this.reader = reader;
        this.settings = settings;
        this.keys = keys;
    }

    /**
     * @param swapped false if there was nothing to do or another compaction was faster
     * @param folded log operations that are now in segments
     * @param rowsWritten live rows in the new segments
     * @param segments how many there are now
     */
    public record Report(boolean swapped, long folded, long rowsWritten, int segments) {
        private Report and(Report step) {
            return new Report(
                    swapped || step.swapped, folded + step.folded, rowsWritten + step.rowsWritten, step.segments);
        }
    }

    /** @param objects how many were deleted */
    public record Garbage(int objects, long bytes) {}

    boolean due(View view) {
        return view.freshOperations() >= settings.foldRows() || view.freshBytes() >= settings.foldBytes();
    }

    /** What is in entries that the view has not read: at most so many rows; deletes are small, but not more than that many entries full of them. */
    boolean mayBeDue(View view, Committer.LogEnd end) {
        long rows = end.unseenBytes() / (4L * end.schema().dimension());
        return view.freshOperations() + rows >= settings.foldRows()
                || view.freshBytes() + end.unseenBytes() >= settings.foldBytes()
                || end.unseen() >= MOST_UNSEEN;
    }

    /** @param progress is told of each step when it is done */
    Report run(Consumer<Report> progress) {
        Report all = new Report(false, 0, 0, 0);
        for (int number = 1; number <= MOST_STEPS; number++) {
            View view = reader.refresh();
            List<SegmentPart> merged = toMerge(view);
            boolean fold =
                    number == 1 && view.sequence() != view.current().manifest().appliedSequence();
            if (merged.isEmpty() && !fold) {
                return all.and(new Report(
                        false, 0, 0, view.current().manifest().segments().size()));
            }
            Report step = step(view, merged);
            all = all.and(step);
            if (!step.swapped) {
                return all;
            }
            progress.accept(step);
        }
        return all;
    }

    private Report step(View view, List<SegmentPart> merged) {
        Manifest old = view.current().manifest();
        List<SegmentEntry> segments = new ArrayList<>();
        int written = fold(view, merged, segments);
        Manifest next = old.next(
                ulid(), settings.now(), view.sequence(), old.collectedSequence(), segments, foldKeys(view), layout);
        boolean swapped = manifests.swap(view.current(), next);
        if (!swapped) {
            return new Report(false, 0, 0, old.segments().size());
        }
        lookAtIt();
        return new Report(true, view.freshOperations(), written, segments.size());
    }

    /**
     * Puts rows into a segment without the log, and folds the log with it. What others commit meanwhile comes after these rows.
     *
     * @param begun of the collection that they are for
     * @return how many rows
     * @throws CommitContentionException if other compactions were always faster; nothing has changed
     * @throws CollectionNotFoundException if the collection was deleted meanwhile
     */
    long load(SpooledRows rows, Manifest begun) {
        Segment[] loaded = new Segment[1];
        long[] written = new long[1];
        Use use = file -> {
            loaded[0] = Segment.map(file);
            written[0] = settings.now();
        };
        SegmentEntry entry = write(rows, begun.schema(), use);
        List<Manifest> tried = new ArrayList<>();
        for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
            View view = reader.refresh();
            Manifest old = view.current().manifest();
            if (tried.stream().anyMatch(m -> manifests.wasInPlace(m, old))) {
                return rows.rows();
            }
            if (!old.uid().equals(begun.uid())) {
                throw new CollectionNotFoundException(layout.collection(), store.description());
            }
            if (settings.now() - written[0] > settings.grace().toMillis() / 2) {
                // No manifest names it, so a collection of garbage that was in place before this view may have taken
                // it.
                entry = write(rows, begun.schema(), use);
            }
            view = without(loaded[0], view);
            List<SegmentEntry> segments = new ArrayList<>();
            fold(view, List.of(), segments);
            segments.add(entry);
            Manifest next = old.next(
                    ulid(), settings.now(), view.sequence(), old.collectedSequence(), segments, foldKeys(view), layout);
            if (manifests.swap(view.current(), next)) {
                lookAtIt();
                return rows.rows();
            }
            tried.add(next);
        }
        throw new CommitContentionException(layout.collection(), LOAD_ATTEMPTS);
    }

    /**
     * Makes an earlier state the newest one. What was committed until now is folded; what others commit meanwhile comes after it.
     *
     * @return how many records there are then
     * @throws CommitContentionException if other compactions were always faster; nothing has changed
     */
    long restore(Consistency.AsOf moment) {
        List<Manifest> tried = new ArrayList<>();
        for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
            // In this order: if there is a newer manifest when the past is read, in which that may be another one, the
            // swap
            // fails.
            View now = reader.refresh();
            View past = reader.past(moment);
            Manifest old = now.current().manifest();
            if (tried.stream().anyMatch(m -> manifests.wasInPlace(m, old))) {
                return past.liveRows();
            }
            List<SegmentEntry> segments = new ArrayList<>();
            fold(past, List.of(), segments);
            if (settings.now() - past.readAt() > settings.grace().toMillis() / 2) {
                // Held up: what the past names may be garbage by now.
                continue;
            }
            // Not those of the past: what was committed since is gone because somebody wants it so, and does not come
            // back when it is sent again.
            Manifest next = old.next(
                    ulid(), settings.now(), now.sequence(), old.collectedSequence(), segments, foldKeys(now), layout);
            if (manifests.swap(now.current(), next)) {
                lookAtIt();
                return past.liveRows();
            }
            tried.add(next);
        }
        throw new CommitContentionException(layout.collection(), LOAD_ATTEMPTS);
    }

    /** @throws CommitContentionException if others were always faster */
    void retain(long millis) {
        for (int attempt = 0; attempt < LOAD_ATTEMPTS; attempt++) {
            Current current = reader.refresh().current();
            Manifest next = current.manifest().withRetention(ulid(), settings.now(), millis, layout);
            if (current.manifest().retention() == millis || manifests.swap(current, next)) {
                return;
            }
        }
        throw new CommitContentionException(layout.collection(), LOAD_ATTEMPTS);
    }

    /** Segments with what a view of another collection has: its own, where they lie, and one more of its log. */
    List<SegmentEntry> copyOf(View view, String source) {
        List<SegmentEntry> segments = new ArrayList<>();
        for (SegmentPart s : view.segments()) {
            int live = BitSets.count(s.live());
            if (live > 0) {
                String owner = s.owner() == null ? source : s.owner();
                segments.add(new SegmentEntry(
                        s.name(),
                        s.segment().rows(),
                        live,
                        s.segment().bytes(),
                        live == s.segment().rows() ? null : writeDeletions(s),
                        owner.equals(layout.collection()) ? null : owner));
            }
        }
        LiveRows rows = new LiveRows(List.copyOf(view.fresh()));
        if (rows.rows() > 0) {
            segments.add(write(rows, view.current().manifest().schema(), _ -> {}));
        }
        return segments;
    }

    private String writeDeletions(SegmentPart s) {
        String name = ulid();
        store.putUnique(
                layout.deletions(name),
                Content.of(DeletionVector.encode(s.live(), s.segment().rows())));
        return name;
    }

    /** What was swapped in stays so, also if it cannot be read now. */
    private void lookAtIt() {
        try {
            reader.refresh();
        } catch (StoreException e) {
            // The next read tries again.
        }
    }

    /** A view in which the rows of a segment have replaced those of the same ids. */
    private static View without(Segment loaded, View view) {
        List<Part> parts = new ArrayList<>();
        for (Part part : view.parts()) {
            RowSource source = part.source();
            long[] live = part.live();
            Part changed = part;
            for (int r = 0; r < source.rows(); r++) {
                if (BitSets.get(live, r) && loaded.ordinalOf(source.id(r)) >= 0) {
                    changed = changed == part ? part.copy() : changed;
                    BitSets.clear(changed.live(), r);
                }
            }
            parts.add(changed);
        }
        return new View(view.current(), parts, view.sequence(), view.readAt());
    }

    /**
     * Writes the log and the merged segments into a new one.
     *
     * @param segments receives it and those that stay
     * @return rows of the new one
     */
    private int fold(View view, List<SegmentPart> merged, List<SegmentEntry> segments) {
        Manifest old = view.current().manifest();
        List<Part> sources = new ArrayList<>(merged);
        sources.addAll(view.fresh());
        for (SegmentPart s : view.segments()) {
            int live = BitSets.count(s.live());
            if (!merged.contains(s) && live > 0) {
                segments.add(keep(s, live, old));
            }
        }
        LiveRows rows = new LiveRows(sources);
        if (rows.rows() > 0) {
            segments.add(write(rows, old.schema(), _ -> {}));
        }
        return rows.rows();
    }

    private String foldKeys(View view) {
        return keys.fold(view, ulid(), settings.now());
    }

    /** What is to become one segment in the next step: of what is to be done, that with the fewest rows. */
    private List<SegmentPart> toMerge(View view) {
        List<SegmentPart> small = new ArrayList<>();
        List<List<SegmentPart>> steps = new ArrayList<>();
        TreeMap<Integer, List<SegmentPart>> tiers = new TreeMap<>();
        for (SegmentPart s : view.segments()) {
            int live = BitSets.count(s.live());
            if (live == 0) {
                continue;
            }
            if (live >= (1 - DEAD_SHARE) * s.segment().rows()) {
                int tier = (int) (Math.log(live) / Math.log(TIER_FACTOR));
                tiers.computeIfAbsent(tier, _ -> new ArrayList<>()).add(s);
            } else if (live <= settings.foldRows()) {
                small.add(s);
            } else {
                steps.add(List.of(s));
            }
        }
        if (!small.isEmpty()) {
            steps.add(small);
        }
        tiers.values().stream().filter(t -> t.size() >= TIER_SEGMENTS).forEach(steps::add);
        return steps.stream().min(Comparator.comparingLong(Compaction::live)).orElse(List.of());
    }

    private static long live(List<SegmentPart> parts) {
        return parts.stream().mapToLong(s -> BitSets.count(s.live())).sum();
    }

    private SegmentEntry keep(SegmentPart s, int live, Manifest old) {
        SegmentEntry entry = old.segments().stream()
                .filter(e -> e.name().equals(s.name()))
                .findFirst()
                .orElseThrow();
        if (entry.live() == live) {
            return entry;
        }
        return new SegmentEntry(entry.name(), entry.rows(), live, entry.bytes(), writeDeletions(s), entry.owner());
    }

    /** What else is done with a segment's file before it is deleted. */
    private interface Use {
        void of(Path file) throws IOException;
    }

    private SegmentEntry write(RowSource rows, Schema schema, Use use) {
        String name = ulid();
        Path file = null;
        try {
            Files.createDirectories(settings.temporary());
            file = Files.createTempFile(settings.temporary(), "quiver-", ".seg");
            SegmentWriter.write(file, rows, schema.dimension(), schema.metric(), schema.text(), Calibrator::measure);
            use.of(file);
            store.putUnique(layout.segment(name), Content.of(file));
            return new SegmentEntry(name, rows.rows(), rows.rows(), Files.size(file), null, null);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "A segment could not be built in " + settings.temporary() + ": " + e.getMessage(), e);
        } finally {
            if (file != null) {
                try {
                    Files.deleteIfExists(file);
                } catch (IOException e) {
                    // A temporary folder is cleaned by the system.
                }
            }
        }
    }

    /**
     * Lists what nobody can be working from any more, then swaps in a manifest that differs only in its version, then deletes. The swap makes
     * every compaction that is under way lose its race: none can bring back a segment that it wrote before we listed.
     */
    Garbage collectGarbage() {
        // What was garbage then: who is held up after the lists were made knows nothing of forks made since, and these
        // may need what has become garbage since.
        long listed = settings.now();
        Forks forks = new Forks(store, settings);
        forks.sweep(layout, listed - settings.grace().toMillis());
        // Listed before the manifest is read, so that little time is left in which a compaction can be faster than the
        // barrier; what it writes from now on is in no list.
        List<Listed> versions = store.list(layout.manifests(), "");
        List<Listed> stored = store.list(layout.segments(), "");
        List<Listed> logged = store.list(layout.logs(), "");
        Set<String> forked = forks.needed(layout);
        Current current = manifests
                .read()
                .orElseThrow(() -> new CollectionNotFoundException(layout.collection(), store.description()));
        Manifest manifest = current.manifest();
        // The grace period comes on top: who reads an earlier state may take his time.
        long cutoff = listed - settings.grace().toMillis() - manifest.retention();
        InUse inUse = inUse(manifest, versions, cutoff);
        if (inUse == null) {
            return new Garbage(0, 0);
        }
        Set<String> named = new HashSet<>();
        inUse.manifests().forEach(m -> addNames(m, named));
        forked.forEach(s -> named.add(layout.segment(s)));
        // From whose segments this collection has grown away, and of whose it needs fewer.
        Map<String, Set<String>> shared = new HashMap<>();
        for (Manifest m : inUse.manifests()) {
            for (SegmentEntry s : m.segments()) {
                if (s.owner() != null) {
                    shared.computeIfAbsent(s.owner(), _ -> new HashSet<>()).add(s.name());
                }
            }
        }
        List<String> owners =
                manifest.owners().stream().filter(shared::containsKey).toList();
        List<Listed> doomed = new ArrayList<>();
        doomed.addAll(versions);
        doomed.addAll(stored);
        doomed.removeIf(l -> named.contains(l.key()) || l.lastModified() >= cutoff);

        // What all of them have folded nobody will look for in the log.
        long collected = manifest.collectedSequence();
        String uid = manifest.uid();
        for (Listed l : logged) {
            boolean own = l.key().startsWith(layout.logFolder(uid));
            long sequence = own ? layout.sequence(uid, l.key()) : 0;
            if (l.lastModified() < cutoff && sequence >= 0 && sequence <= inUse.folded()) {
                collected = Math.max(collected, sequence);
                doomed.add(l);
            }
        }
        owners.forEach(o -> forks.narrow(new Layout(o), uid, shared.get(o)));
        if (doomed.isEmpty() && owners.equals(manifest.owners())) {
            return new Garbage(0, 0);
        }
        Manifest barrier = manifest.barrier(ulid(), settings.now(), collected, owners, layout);
        if (!manifests.swap(current, barrier)) {
            return new Garbage(0, 0);
        }
        for (Listed l : doomed) {
            store.delete(l.key());
        }
        for (String owner : manifest.owners()) {
            if (!owners.contains(owner)) {
                forks.release(new Layout(owner), uid);
            }
        }
        return new Garbage(
                doomed.size(), doomed.stream().mapToLong(Listed::size).sum());
    }

    /**
     * @param manifests that a reader or writer may still be working from
     * @param folded log entries up to here are in the segments of all of them
     */
    private record InUse(List<Manifest> manifests, long folded) {}

    /**
     * The current manifest and those before it, back to the one that was in place at the cutoff. Each was swapped in before the one after it was
     * written, and the current one when {@code manifest.json} was.
     *
     * @return null if another collection of garbage has taken some of them since we listed: what they named may have been forked meanwhile, and that fork's marker is not in our list
     */
    private InUse inUse(Manifest current, List<Listed> versions, long cutoff) {
        Map<String, Long> written = new HashMap<>();
        versions.forEach(l -> written.put(l.key(), l.lastModified()));
        List<Manifest> inUse = new ArrayList<>();
        Manifest m = current;
        Long inPlace = store.list(layout.manifest(), "").stream()
                .map(Listed::lastModified)
                .findFirst()
                .orElse(null);
        while (m != null) {
            inUse.add(m);
            if (inPlace != null && inPlace < cutoff) {
                return new InUse(inUse, m.appliedSequence());
            }
            // Unknown if somebody has removed it: then one more counts as in use.
            String key = layout.manifestVersion(m.version(), m.id());
            inPlace = written.get(key);
            String previous = m.previous();
            Optional<Blob> blob = previous == null ? Optional.empty() : store.get(previous);
            boolean wasGone = written.containsKey(key) && !written.containsKey(previous);
            if (previous != null && blob.isEmpty() && !wasGone) {
                return null;
            }
            m = blob.map(b -> Manifest.fromJson(previous, b.bytes())).orElse(null);
        }
        return new InUse(inUse, 0);
    }

    private void addNames(Manifest manifest, Set<String> named) {
        named.add(layout.manifestVersion(manifest.version(), manifest.id()));
        if (manifest.keys() != null) {
            named.add(layout.keys(manifest.keys()));
        }
        for (SegmentEntry s : manifest.segments()) {
            named.add(layout.segment(s));
            if (s.deletions() != null) {
                named.add(layout.deletions(s.deletions()));
            }
        }
    }

    private String ulid() {
        return Ulid.next(settings.now(), settings.random());
    }

    /** The live rows of several parts as one source. */
    private static final class LiveRows implements RowSource {
        private final List<RowSource> sources = new ArrayList<>();
        private final int[] source;
        private final int[] row;

        LiveRows(List<Part> parts) {
            int total = Math.toIntExact(
                    parts.stream().mapToLong(p -> BitSets.count(p.live())).sum());
            source = new int[total];
            row = new int[total];
            int n = 0;
            for (Part p : parts) {
                RowSource s = p.source();
                for (int r = 0; r < s.rows(); r++) {
                    if (BitSets.get(p.live(), r)) {
                        source[n] = sources.size();
                        row[n++] = r;
                    }
                }
                sources.add(s);
            }
            assert n == total && Arrays.stream(row).allMatch(r -> r >= 0);
        }

        @Override
        public int rows() {
            return row.length;
        }

        @Override
        public byte[] id(int i) {
            return sources.get(source[i]).id(row[i]);
        }

        @Override
        public float[] vector(int i) {
            return sources.get(source[i]).vector(row[i]);
        }

        @Override
        public byte[] document(int i) {
            return sources.get(source[i]).document(row[i]);
        }

        @Override
        public long version(int i) {
            return sources.get(source[i]).version(row[i]);
        }
    }
}
