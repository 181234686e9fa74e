package dev.quiver.index;

import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.View.Part;
import dev.quiver.index.ViewReader.Located;
import dev.quiver.index.filter.Columns;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.WriteAheadLog;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.IdempotencyKey;
import dev.quiver.index.record.Patch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.search.ExactScan;
import dev.quiver.index.search.SegmentSearch.Outcome;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * The one public door to a collection: apply batches, search, fetch, list, compact. Safe for many threads, and for many processes on the same
 * store. Obtained from a {@link Database}.
 */
public final class Collection {
    /** Records that a filter deletes in one commit. */
    private static final int MOST_DELETED = 1_000_000;

    /** Records whose attributes one commit changes by a filter: each is written anew, with its vector. */
    private static final int MOST_UPDATED = 10_000;

    private static final long MOST_UPDATED_BYTES = 64 << 20;

    private final String name;
    private final Layout layout;
    private final Settings settings;
    private final Manifests manifests;
    private final WriteAheadLog log;
    private final ViewReader reader;
    private final Compaction compaction;
    private final Committer committer;

    Collection(String name, ObjectStore store, Settings settings, SegmentMemory memory) {
        this.name = name;
        this.layout = new Layout(name);
        this.settings = settings;
        this.manifests = new Manifests(store, layout);
        this.log = new WriteAheadLog(store, layout, settings.tasks());
        this.reader = new ViewReader(store, layout, manifests, log, settings, memory);
        AppliedKeys keys = new AppliedKeys(store, layout, manifests);
        this.compaction = new Compaction(store, layout, manifests, reader, keys, settings);
        this.committer = new Committer(store, layout, manifests, log, reader, keys, settings);
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
        return committer.end().schema();
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
     * @throws dev.quiver.index.record.InvalidFieldException if an attribute does not; nothing is written
     * @throws ConditionFailedException if a condition of the batch does not hold; nothing is written
     * @throws IdempotencyKeyReusedException if another batch was committed under the same key; nothing is written
     * @throws CommitContentionException if other writers were always faster; nothing is written
     * @throws StoreException if the store failed; {@link StoreException#outcomeUnknown} says whether the batch may have been committed
     */
    public long apply(Batch batch) {
        if (batch.isEmpty()) {
            throw new IllegalArgumentException("The batch is empty: there is nothing to commit.");
        }
        DeclaredFields declared = schema().declared();
        return committer.commit(declared.isNone() ? batch : batch.with(declared::fit));
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
        // Each attempt begins anew because a record that was to be deleted has been changed by somebody else.
        Committer.Patience patience = committer.patience();
        for (; patience.isLeft(); patience.backOff()) {
            View view = reader.read(Consistency.fromNow());
            Batch.Builder batch = Batch.builder().key(key).meaning("delete " + filter);
            int matching = addMatching(batch, view, filter, most);
            if (matching == 0 && key == null) {
                return new Deleted(0, view.sequence());
            }
            try {
                long sequence = committer.commit(batch.build());
                // One that was committed before under its key has an older sequence.
                return new Deleted(sequence > view.sequence() ? matching : 0, sequence);
            } catch (ConditionFailedException _) {
                // Once more.
            }
        }
        throw new CommitContentionException(name, patience.attempts());
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

    /**
     * Changes attributes of the records that match a filter, as one commit: of all that matched at one moment between the call and its return. What others change meanwhile is looked at anew, so neither their change nor this one is
     * lost, and a record that they delete stays deleted.
     *
     * @param key see {@link Batch.Builder#key}; a call with the key of an earlier one changes nothing. Or null
     * @throws TooManyRecordsException if more match than one commit changes; nothing is changed
     * @throws Patch.NotPossibleException if a record would have too many attributes; nothing is changed
     * @throws dev.quiver.index.record.InvalidFieldException if an attribute does not fit the schema; nothing is changed
     * @throws CommitContentionException if records that match were changed again and again; nothing is changed
     * @see #apply for what else is thrown
     */
    public Updated update(Filter filter, Patch patch, String key) {
        return update(filter, patch, key, MOST_UPDATED, MOST_UPDATED_BYTES);
    }

    /**
     * Changes attributes of the records with these ids, as one commit, likewise.
     *
     * @param versions that some of them must have
     * @throws ConditionFailedException if one has another version, or is not there; nothing is changed
     */
    public Updated update(List<String> ids, Map<String, Long> versions, Patch patch, String key) {
        String which = Arrays.toString(ids.stream().sorted().distinct().toArray());
        return update(which, patch, key, view -> {
            List<Located> rows = new ArrayList<>();
            List<String> missing = new ArrayList<>();
            for (String id : new LinkedHashSet<>(ids)) {
                Optional<Located> found = reader.locate(view, id);
                Long version =
                        found.map(l -> l.part().source().version(l.row())).orElse(null);
                if (versions.containsKey(id) && !versions.get(id).equals(version)) {
                    throw new ConditionFailedException(id, new Condition.Version(versions.get(id)), version);
                }
                found.ifPresentOrElse(rows::add, () -> missing.add(id));
            }
            return new Chosen(rows, missing, versions);
        });
    }

    /**
     * @param records how many were changed
     * @param missing ids without a record
     * @param sequence of the commit; if there was nothing to change and no key, the last one
     */
    public record Updated(long records, List<String> missing, long sequence) {}

    Updated update(Filter filter, Patch patch, String key, int most, long mostBytes) {
        return update(
                filter.toString(),
                patch,
                key,
                view -> new Chosen(matching(view, filter, most, mostBytes), List.of(), Map.of()));
    }

    private record Chosen(List<Located> rows, List<String> missing, Map<String, Long> versions) {}

    private Updated update(String which, Patch asked, String key, Function<View, Chosen> choice) {
        Patch patch = schema().declared().fit(asked);
        Supplier<Batch.Builder> batch =
                () -> Batch.builder().key(key).meaning("update " + which + " " + patch.meaning());
        List<IdempotencyKey> named = batch.get().build().keys();
        Committer.Patience patience = committer.patience();
        for (; patience.isLeft(); patience.backOff()) {
            View view = reader.read(Consistency.fromNow());
            // Before the conditions, which its first time has made false.
            Optional<Long> before = committer.committedBefore(named, view);
            if (before.isPresent()) {
                return new Updated(0, List.of(), before.get());
            }
            Chosen chosen = choice.apply(view);
            if (chosen.rows.isEmpty() && key == null) {
                return new Updated(0, chosen.missing, view.sequence());
            }
            Batch.Builder changes = batch.get();
            for (Located l : chosen.rows) {
                Record r = record(l.part().source(), l.row());
                long version = l.part().source().version(l.row());
                changes.upsert(
                        patch.apply(r),
                        chosen.versions.containsKey(r.id())
                                ? new Condition.Version(version)
                                : new Condition.Unchanged(version));
            }
            try {
                long sequence = committer.commit(changes.build());
                return new Updated(sequence > view.sequence() ? chosen.rows.size() : 0, chosen.missing, sequence);
            } catch (ConditionFailedException e) {
                if (chosen.versions.containsKey(e.id())) {
                    throw e;
                }
            }
        }
        throw new CommitContentionException(name, patience.attempts());
    }

    private static List<Located> matching(View view, Filter filter, int most, long mostBytes) {
        List<Located> rows = new ArrayList<>();
        int dimension = view.current().manifest().schema().dimension();
        long bytes = 0;
        for (Part part : view.parts()) {
            long[] bits = part.matching(filter);
            for (int row = 0; row < part.source().rows(); row++) {
                if (BitSets.get(bits, row)) {
                    rows.add(new Located(part, row));
                    bytes += 4L * dimension + part.source().document(row).length;
                    if (rows.size() > most || bytes > mostBytes) {
                        throw new TooManyRecordsException(
                                "One commit changes at most " + most
                                        + " records, and what it writes anew is at most " + (mostBytes >> 20)
                                        + " MiB of vectors, texts and attributes; more match the filter. Narrow it, or list the records and change them by their ids.");
                    }
                }
            }
        }
        return rows;
    }

    /**
     * The nearest rows to a vector.
     *
     * @throws dev.quiver.index.vector.InvalidVectorException if the vector does not fit the schema
     */
    public SearchResult search(SearchRequest request) {
        return search(request, null);
    }

    /**
     * As {@link #search(SearchRequest)}.
     *
     * @param explanation is told how it is done; or null
     */
    public SearchResult search(SearchRequest request, Explanation explanation) {
        long started = System.nanoTime();
        View view = reader.read(request.consistency());
        long looked = System.nanoTime() - started;
        Vectors.check(
                request.vector(),
                view.current().manifest().schema().dimension(),
                view.current().manifest().schema().metric());
        return search(view, request, looked, explanation);
    }

    private SearchResult search(View view, SearchRequest request, long looked, Explanation explanation) {
        Schema schema = view.current().manifest().schema();
        Nearest near = nearest(view, request, explanation);
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
        return new SearchResult(
                hits,
                view.sequence(),
                near.rowsScored,
                looked,
                view.current().manifest().uid());
    }

    private record Nearest(TopK top, long rowsScored) {}

    private Nearest nearest(View view, SearchRequest request, Explanation explanation) {
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
                scan(scan, number, part, null, request.filter(), top, explanation);
            } else if (!(request.filter() instanceof Filter.All)) {
                boolean wasResident = s.segment().resident();
                Optional<long[]> allowed = s.fromColumns(request.filter());
                if (allowed.isPresent()) {
                    Outcome outcome = s.search().search(request.vector(), wish, allowed.get(), p, top);
                    rowsScored += outcome.rowsScored();
                    if (explanation != null) {
                        explanation.add(explained(s, BitSets.count(allowed.get()), wasResident, outcome));
                    }
                } else {
                    // Decided row by row, of rows that would enter: only the exact scan can do that.
                    scan(scan, number, part, s.name(), request.filter(), top, explanation);
                }
            } else if (s.segment().resident()) {
                Outcome outcome = s.search().search(request.vector(), wish, s.liveRows(), p, top);
                rowsScored += outcome.rowsScored();
                if (explanation != null) {
                    explanation.add(explained(s, s.mostLive(), true, outcome));
                }
            } else {
                arriving.add(() -> {
                    TopK own = new TopK(k, floor);
                    return new Arrived(s, own, s.search().search(request.vector(), wish, s.liveRows(), number, own));
                });
            }
        }
        // Each waits for the store.
        for (Arrived a : settings.tasks().all(arriving)) {
            rowsScored += a.outcome.rowsScored();
            if (explanation != null) {
                explanation.add(explained(a.part, a.part.mostLive(), false, a.outcome));
            }
            for (TopK.Candidate c : a.best.best()) {
                if (c.similarity() > top.threshold()) {
                    top.add(c.block(), c.row(), c.similarity());
                }
            }
        }
        return new Nearest(top, rowsScored + scan.rowsScored());
    }

    private record Arrived(View.SegmentPart part, TopK best, Outcome outcome) {}

    private static void scan(
            ExactScan scan, int number, Part part, String name, Filter filter, TopK top, Explanation explanation) {
        long before = scan.rowsScored();
        scan.scan(number, part.rows(), accept(part.source(), filter), top);
        if (explanation != null) {
            explanation.add(new Explanation.ScannedPart(name, BitSets.count(part.live()), scan.rowsScored() - before));
        }
    }

    private static Explanation.Part explained(View.SegmentPart s, int matching, boolean wasResident, Outcome outcome) {
        return new Explanation.SegmentPart(
                s.name(),
                s.segment().rows(),
                matching,
                s.segment().clusters() == null ? 0 : s.segment().clusters().clusters(),
                wasResident,
                outcome.plan(),
                outcome.rowsScored());
    }

    /**
     * The rows whose words fit best.
     *
     * @throws IllegalArgumentException if the collection has no such text field
     */
    public TextResult search(TextRequest request) {
        return search(request, null);
    }

    /**
     * As {@link #search(TextRequest)}.
     *
     * @param explanation is told how it is done; or null
     */
    public TextResult search(TextRequest request, Explanation explanation) {
        long started = System.nanoTime();
        View view = reader.read(request.consistency());
        long looked = System.nanoTime() - started;
        return new TextSearcher(view, request, settings).search(looked, explanation);
    }

    /**
     * The rows that are best in both: near to a vector and fitting in their words. Both searches see the same state of the collection.
     *
     * @throws IllegalArgumentException if the collection has no such text field
     * @throws dev.quiver.index.vector.InvalidVectorException if the vector does not fit the schema
     */
    public HybridResult search(HybridRequest request) {
        return search(request, null);
    }

    /**
     * As {@link #search(HybridRequest)}.
     *
     * @param explanation is told how it is done; or null
     */
    public HybridResult search(HybridRequest request, Explanation explanation) {
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
        Nearest near = nearest(view, nearest, explanation);
        HybridResult result = new HybridSearcher(view, request, settings)
                .search(near.top.best(), near.rowsScored, looked, explanation);
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
        return search(view, request, 0, null).hits().stream()
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

    /**
     * Which attributes the records have, and what their values are: string, number or boolean, of a list its elements. In segments those of deleted records count along until they are merged; of fields that are not indexed the types are not known.
     *
     * @return by name, in the order of the names
     */
    public SortedMap<String, SortedSet<String>> fields(Consistency consistency) {
        SortedMap<String, SortedSet<String>> fields = new TreeMap<>();
        for (Part part : reader.read(consistency).parts()) {
            Optional<Columns> columns =
                    part instanceof View.SegmentPart s ? s.segment().columns() : Optional.empty();
            if (columns.isPresent()) {
                columns.get().types().forEach((name, types) -> fields.computeIfAbsent(name, _ -> new TreeSet<>())
                        .addAll(types));
                continue;
            }
            for (int row = 0; row < part.source().rows(); row++) {
                if (BitSets.get(part.live(), row)) {
                    DocumentCodec.attributes(part.source().document(row)).forEach((name, value) -> {
                        SortedSet<String> types = fields.computeIfAbsent(name, _ -> new TreeSet<>());
                        (value instanceof List<?> list ? list : List.of(value))
                                .forEach(v -> types.add(Columns.type(v)));
                    });
                }
            }
        }
        return fields;
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
            rows.version(committer.commit(Batch.builder().build()));
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

    /** Whether the log has grown so far that folding it would pay. Looks only at what is in memory; of entries that this process has not read it goes by their size. */
    public boolean compactionDue() {
        View view = reader.held();
        return compaction.due(view) || compaction.mayBeDue(view, committer.known());
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
        if (compactionDue() && compaction.due(committer.known().unseen() > 0 ? reader.refresh(true) : reader.held())) {
            compact();
            collectGarbage();
        }
    }

    /** Deletes objects that no manifest within the grace period names. Safe to run beside everything else. */
    public Compaction.Garbage collectGarbage() {
        return compaction.collectGarbage();
    }
}
