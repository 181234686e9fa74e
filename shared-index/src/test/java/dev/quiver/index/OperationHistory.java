package dev.quiver.index;

import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/**
 * What writers were told and readers saw, to be held against the log: the entries that are there and those that were archived before they were collected tell which batch was committed as which
 * sequence. Safe for many threads.
 */
final class OperationHistory {
    private final Workload workload;
    private final ConcurrentSkipListMap<Long, Integer> acknowledged = new ConcurrentSkipListMap<>();
    private final Set<Integer> unknown = ConcurrentHashMap.newKeySet();
    private final Set<Integer> refused = ConcurrentHashMap.newKeySet();
    /** Of every sequence that was read, all there was. */
    private final Map<Long, Map<String, Integer>> observed = new ConcurrentHashMap<>();

    /** The last that was acknowledged, by number modulo {@link Workload#LOADS}. */
    private final AtomicIntegerArray loaded = new AtomicIntegerArray(Workload.LOADS);

    private final Set<Integer> loadsBegun = ConcurrentHashMap.newKeySet();
    private final Set<Integer> loadsRefused = ConcurrentHashMap.newKeySet();

    /** In place of a batch: the commit that a bulk load takes its version from. Batches count from 1. */
    private static final int LOAD = 0;

    OperationHistory(Workload workload) {
        this.workload = workload;
    }

    void acknowledged(long sequence, int batch) {
        Integer other = acknowledged.put(sequence, batch);
        unknown.remove(batch);
        require(other == null, "sequence %d was acknowledged to batch %d and batch %d", sequence, other, batch);
    }

    void refused(int batch) {
        unknown.remove(batch);
        refused.add(batch);
    }

    /** May be there or not. */
    void unknown(int batch) {
        unknown.add(batch);
    }

    void loadBegun(int number) {
        loadsBegun.add(number);
    }

    void loadAcknowledged(int number) {
        loaded.set(number % Workload.LOADS, number);
    }

    void loadRefused(int number) {
        loadsRefused.add(number);
    }

    /** What was acknowledged before a read began, so a strong one must see it. */
    record Before(long sequence, List<Integer> loads) {}

    Before now() {
        return new Before(
                acknowledged.isEmpty() ? 0 : acknowledged.lastKey(),
                IntStream.range(0, Workload.LOADS).map(loaded::get).boxed().toList());
    }

    /** A strong read saw all rows. */
    void observed(List<Record> rows, long sequence, Before before) {
        require(sequence >= before.sequence, "read sequence %d after %d was acknowledged", sequence, before.sequence);
        Map<String, Integer> content = new TreeMap<>();
        for (Record r : rows) {
            int value = (int) r.vector()[0];
            require(content.put(r.id(), value) == null, "sequence %d has %s twice", sequence, r.id());
            require(
                    r.text().equals("text " + value) && r.attributes().equals(Map.of("value", (long) value)),
                    "sequence %d has %s with the vector of batch %d and the text '%s'",
                    sequence,
                    r.id(),
                    value,
                    r.text());
        }
        removeLoads(content, before);
        Map<String, Integer> other = observed.putIfAbsent(sequence, content);
        require(
                other == null || other.equals(content),
                "sequence %d was read as %s and as %s",
                sequence,
                other,
                content);
    }

    /** Loads are not in the log: what there is of them must be whole, and not older than what was acknowledged. */
    private void removeLoads(Map<String, Integer> content, Before before) {
        for (int slot = 0; slot < Workload.LOADS; slot++) {
            Set<Integer> numbers = new HashSet<>();
            Workload.loadIds(slot).forEach(id -> numbers.add(content.remove(id)));
            Integer number = numbers.iterator().next();
            int least = before.loads.get(slot);
            require(numbers.size() == 1, "parts of loads %s were read", numbers);
            require(
                    number == null ? least == 0 : number >= least,
                    "load %d was read after %d was acknowledged",
                    number,
                    least);
            require(
                    number == null || (loadsBegun.contains(number) && !loadsRefused.contains(number)),
                    "load %d was read, which was refused or never begun",
                    number);
        }
    }

    /**
     * Holds all batches against the log.
     *
     * @param store without faults
     * @param archive log entries that were collected
     * @return what there must be now
     */
    private Map<String, Integer> verify(ObjectStore store, ObjectStore archive) {
        SortedMap<Long, Integer> log = log(store, archive);
        acknowledged.forEach((sequence, batch) -> require(
                batch.equals(log.get(sequence)),
                "sequence %d was acknowledged to batch %d, and holds batch %s",
                sequence,
                batch,
                log.get(sequence)));
        Map<String, Integer> state = new TreeMap<>();
        Set<Integer> seen = new HashSet<>();
        long expected = 0;
        for (var entry : log.entrySet()) {
            long sequence = entry.getKey();
            int number = entry.getValue();
            expected++;
            require(sequence == expected, "sequence %d is missing", expected);
            if (number != LOAD) {
                require(seen.add(number), "batch %d was committed twice, the second time as %d", number, sequence);
                require(!refused.contains(number), "batch %d was refused, and is there as %d", number, sequence);
                require(
                        acknowledged.containsKey(sequence) || unknown.contains(number),
                        "nobody wrote batch %d, which is there as %d",
                        number,
                        sequence);
                Batch batch = workload.batch(number);
                batch.upserts().forEach(r -> state.put(r.id(), number));
                batch.deletes().forEach(state::remove);
            }
            Map<String, Integer> read = observed.get(sequence);
            require(read == null || read.equals(state), "sequence %d was read as %s, and is %s", sequence, read, state);
        }
        observed.keySet().forEach(s -> require(s <= log.size(), "sequence %d was read, there are %d", s, log.size()));
        return state;
    }

    /** Sequences and the numbers of the batches. */
    private SortedMap<Long, Integer> log(ObjectStore store, ObjectStore archive) {
        SortedMap<Long, Integer> log = new TreeMap<>();
        String uid = manifest(store).uid();
        for (ObjectStore from : List.of(archive, store)) {
            for (Listed l : from.list(Workload.LAYOUT.logFolder(uid), "")) {
                long sequence = Workload.LAYOUT.sequence(uid, l.key());
                // What lies where something was collected before a writer that was held up has left: nobody reads it.
                if (!log.containsKey(sequence)) {
                    LogEntry e = LogEntry.decode(
                            l.key(),
                            from.get(l.key()).orElseThrow().bytes(),
                            uid,
                            sequence,
                            Samples.SCHEMA.dimension());
                    log.put(sequence, number(e));
                }
            }
        }
        return log;
    }

    /** The number of the batch that an entry holds, which must be all of it. */
    private int number(LogEntry e) {
        if (e.rows() == 0 && e.deletes().isEmpty()) {
            return LOAD;
        }
        int number = (int) OffHeap.getFloats(e.vectors(), 0, 1)[0];
        Batch batch = workload.batch(number);
        require(
                strings(e.ids()).equals(batch.upserts().stream().map(Record::id).toList())
                        && strings(e.deletes()).equals(batch.deletes()),
                "sequence %d holds a part of batch %d",
                e.sequence(),
                number);
        return number;
    }

    private static List<String> strings(List<byte[]> utf8) {
        return utf8.stream().map(b -> new String(b, StandardCharsets.UTF_8)).toList();
    }

    /**
     * When all faults are over: a new process sees what there must be, also after everything was folded and all garbage collected, and then only that is stored which the manifest names.
     *
     * @param store without faults
     * @param archive log entries that were collected
     * @return what there must be
     */
    Map<String, Integer> verifyAtRest(ObjectStore store, ObjectStore archive, Settings settings) {
        Map<String, Integer> content = contentForANewProcess(store, settings);
        Map<String, Integer> ofBatches = new TreeMap<>(content);
        removeLoads(ofBatches, now());
        Map<String, Integer> expected = verify(store, archive);
        require(ofBatches.equals(expected), "at the end there is %s, not %s", ofBatches, expected);

        Settings later =
                settings.withClock(() -> Instant.now().plus(settings.grace().multipliedBy(3)));
        Collection c = new Database(store, later).collection(Workload.COLLECTION);
        while (c.compact().swapped()) {}
        Map<String, Integer> compacted = contentForANewProcess(store, settings);
        require(compacted.equals(content), "%s was compacted to %s", content, compacted);
        // Twice: the first one is the reason why an older manifest can go.
        for (int i = 0; i < 2; i++) {
            c.collectGarbage();
        }
        Map<String, Integer> left = contentForANewProcess(store, settings);
        require(left.equals(content), "collection of garbage left %s of %s", left, content);
        requireShrunk(store);
        return content;
    }

    private static Map<String, Integer> contentForANewProcess(ObjectStore store, Settings settings) {
        return Samples.content(new Database(store, settings).collection(Workload.COLLECTION));
    }

    private static void requireShrunk(ObjectStore store) {
        Manifest manifest = manifest(store);
        Set<String> named = new TreeSet<>(List.of(Workload.LAYOUT.manifest()));
        manifest.segments().forEach(s -> {
            named.add(Workload.LAYOUT.segment(s.name()));
            if (s.deletions() != null) {
                named.add(Workload.LAYOUT.deletions(s.deletions()));
            }
        });
        Set<String> found = new TreeSet<>();
        List<String> versions = new ArrayList<>();
        for (Listed l : store.list(Workload.LAYOUT.folder(), "")) {
            if (l.key().startsWith(Workload.LAYOUT.manifests())) {
                versions.add(l.key());
            } else {
                found.add(l.key());
            }
        }
        require(found.equals(named), "%s is stored, %s is needed", found, named);
        require(versions.size() <= 2, "old manifests are stored: %s", versions);
    }

    private static Manifest manifest(ObjectStore store) {
        String key = Workload.LAYOUT.manifest();
        return Manifest.fromJson(key, store.get(key).orElseThrow().bytes());
    }

    @Override
    public String toString() {
        return acknowledged.size() + " batches acknowledged, " + unknown.size() + " with unknown outcome, "
                + refused.size() + " refused, " + observed.size() + " states read";
    }

    private static void require(boolean holds, String what, Object... arguments) {
        if (!holds) {
            throw new AssertionError(String.format(what, arguments));
        }
    }
}
