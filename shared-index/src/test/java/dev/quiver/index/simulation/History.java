package dev.quiver.index.simulation;

import dev.quiver.index.log.Layout;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.store.MemoryStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;

/** What really happened to a collection, as the store saw it, and what the processes were told. Complains as soon as the one does not allow the other. */
final class History {
    /** A promise that was broken. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message);
        }
    }

    /** @param version the commit that wrote it */
    record Value(int value, long version) {}

    /** @param at when it was stored */
    private record Commit(UUID id, Map<String, Integer> upserts, List<String> deletes, long at) {}

    /**
     * @param base what there was after the last commit that it folds
     * @param until when it was replaced
     */
    private record Version(Manifest manifest, Map<String, Value> base, long until) {
        Version replaced(long at) {
            return new Version(manifest, base, at);
        }
    }

    private final Scheduler scheduler;
    private final MemoryStore truth;
    private final int dimension;
    /** Nothing that was in place so long ago is anybody's. */
    private final long retained;

    private final Layout layout;
    /** Commits up to here are those of the collection that this one was forked from. */
    private long offset;

    private boolean dropped;
    private final List<Commit> commits = new ArrayList<>();
    private final TreeMap<Long, UUID> acknowledged = new TreeMap<>();
    private final Set<UUID> refused = new HashSet<>();
    /** By version, from 1. */
    private final List<Version> versions = new ArrayList<>();

    private int deletions;

    History(String name, Scheduler scheduler, MemoryStore truth, int dimension, long retained) {
        this.layout = new Layout(name);
        this.scheduler = scheduler;
        this.truth = truth;
        this.dimension = dimension;
        this.retained = retained;
    }

    private Manifest current() {
        return versions.getLast().manifest;
    }

    /** @param content what a fork begins with */
    void begin(Manifest first, Map<String, Value> content) {
        offset = first.appliedSequence();
        versions.add(new Version(first, content, Long.MAX_VALUE));
    }

    boolean begun() {
        return !versions.isEmpty();
    }

    /** Somebody deletes it: from now on nothing is promised. */
    void drop() {
        dropped = true;
    }

    boolean dropped() {
        return dropped;
    }

    void stored(String key, byte[] bytes, UnaryOperator<Map<String, Value>> change) {
        if (dropped) {
            return;
        }
        if (key.equals(layout.manifest())) {
            Manifest next = Manifest.fromJson(key, bytes);
            Map<String, Value> base = Map.of();
            check(next.appliedSequence() <= lastCommitted(), "version %d folds what is not written", next);
            if (!versions.isEmpty()) {
                Version last = versions.getLast();
                check(next.uid().equals(current().uid()), "the manifest is of another collection");
                check(next.version() == current().version() + 1, "manifest version %d after %d", next, current());
                check(next.appliedSequence() >= current().appliedSequence(), "the fold went back");
                base = state(last, next.appliedSequence());
                versions.set(versions.size() - 1, last.replaced(scheduler.now()));
                base = change == null ? base : change.apply(base);
            }
            for (String name : names(next)) {
                check(truth.get(name).isPresent(), "the new manifest names %s, which is not there", name);
            }
            versions.add(new Version(next, base, Long.MAX_VALUE));
        } else if (key.startsWith(layout.logs())) {
            long sequence = layout.sequence(current().uid(), key);
            LogEntry e = LogEntry.decode(key, bytes, current().uid(), sequence, dimension);
            if (sequence > lastCommitted()) {
                check(sequence == lastCommitted() + 1, "sequence %d was written after %d", sequence, lastCommitted());
                commits.add(decoded(e));
            }
            // Else a writer that was held up fills a place that was collected: nobody reads that, and nobody may be
            // told.
        }
    }

    private Commit decoded(LogEntry e) {
        Map<String, Integer> upserts = new HashMap<>();
        for (int i = 0; i < e.rows(); i++) {
            int value = ((Number) DocumentCodec.decode(e.documents().get(i))
                            .attributes()
                            .get("value"))
                    .intValue();
            upserts.put(utf8(e.ids().get(i)), value);
        }
        return new Commit(
                e.commit(), upserts, e.deletes().stream().map(History::utf8).toList(), scheduler.now());
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Manifests that somebody may still work from. */
    private List<Manifest> live() {
        List<Manifest> live = new ArrayList<>();
        for (Version v : versions.reversed()) {
            if (dropped || v.until < scheduler.now() - retained) {
                break;
            }
            live.add(v.manifest);
        }
        return live;
    }

    /** An object was deleted, of this collection or of another one. */
    void deleted(String key) {
        if (dropped || !begun()) {
            return;
        }
        deletions += key.startsWith(layout.folder()) ? 1 : 0;
        check(!key.equals(layout.manifest()), "%s was deleted", key);
        if (key.startsWith(layout.logFolder(current().uid()))) {
            long sequence = layout.sequence(current().uid(), key);
            for (Manifest m : live()) {
                check(sequence <= m.appliedSequence(), "%s was deleted, version %d needs it", key, m.version());
            }
        } else {
            for (Manifest m : live()) {
                check(
                        !names(m).contains(key),
                        "%s was deleted, version %d of %s names it",
                        key,
                        m.version(),
                        layout.collection());
            }
        }
    }

    /** All objects that a manifest cannot do without. */
    private Set<String> names(Manifest m) {
        return names(layout, m);
    }

    static Set<String> names(Layout layout, Manifest m) {
        Set<String> names = new HashSet<>();
        if (m.keys() != null) {
            names.add(layout.keys(m.keys()));
        }
        m.segments().forEach(s -> {
            names.add(layout.segment(s));
            if (s.deletions() != null) {
                names.add(layout.deletions(s.deletions()));
            }
        });
        return names;
    }

    /** A writer was told that its batch is there. */
    void acknowledge(long sequence, UUID commit) {
        if (dropped) {
            return;
        }
        check(
                sequence > offset && sequence <= lastCommitted(),
                "sequence %d was acknowledged, %d are written",
                sequence,
                lastCommitted());
        check(commit(sequence).id.equals(commit), "sequence %d was acknowledged to the wrong writer", sequence);
        check(acknowledged.put(sequence, commit) == null, "sequence %d was acknowledged twice", sequence);
    }

    /** A writer was told where a batch with an idempotency key, and with this value, is. */
    void once(int value, long sequence) {
        if (dropped) {
            return;
        }
        check(
                sequence > offset
                        && sequence <= lastCommitted()
                        && commit(sequence).upserts.containsValue(value),
                "%d is said to be in commit %d, which it is not",
                value,
                sequence);
        acknowledged.putIfAbsent(sequence, commit(sequence).id);
    }

    /** A writer was told that its batch is not there and never will be. */
    void refuse(UUID commit) {
        refused.add(commit);
    }

    long sequenceOf(UUID commit) {
        for (int i = commits.size(); i > 0; i--) {
            if (commits.get(i - 1).id.equals(commit)) {
                return offset + i;
            }
        }
        throw new Broken("a load was made without a commit of its own");
    }

    long lastAcknowledged() {
        return acknowledged.isEmpty() ? offset : acknowledged.lastKey();
    }

    long lastCommitted() {
        return offset + commits.size();
    }

    private Commit commit(long sequence) {
        return commits.get((int) (sequence - offset - 1));
    }

    String name() {
        return layout.collection();
    }

    int acknowledgements() {
        return acknowledged.size();
    }

    int deletions() {
        return deletions;
    }

    int manifests() {
        return versions.size();
    }

    private Map<String, Value> state(Version version, long sequence) {
        Map<String, Value> state = new TreeMap<>(version.base);
        for (long s = version.manifest.appliedSequence() + 1; s <= sequence; s++) {
            Commit c = commit(s);
            for (var u : c.upserts.entrySet()) {
                state.put(u.getKey(), new Value(u.getValue(), s));
            }
            c.deletes.forEach(state::remove);
        }
        return state;
    }

    /** What a map would hold now. */
    Map<String, Value> state() {
        return state(versions.getLast(), lastCommitted());
    }

    int version() {
        return versions.size();
    }

    /**
     * A reader was told that this is what there is at a sequence.
     *
     * @param since it knows no older manifest than this version
     */
    void read(String who, long sequence, Map<String, Value> content, long atLeast, int since) {
        if (dropped) {
            return;
        }
        check(sequence <= lastCommitted(), "%s read sequence %d of %d", who, sequence, lastCommitted());
        check(
                sequence >= atLeast,
                "%s missed what was acknowledged: read sequence %d, %d was there before",
                who,
                sequence,
                atLeast);
        Map<String, Value> state = null;
        for (Version v : versions.subList(Math.max(1, since) - 1, versions.size())) {
            if (v.manifest.appliedSequence() <= sequence) {
                state = state(v, sequence);
                if (state.equals(content)) {
                    return;
                }
            }
        }
        check(false, "%s read %s at sequence %d, which is %s", who, content, sequence, state);
    }

    /**
     * A reader was told that this is what there was at a sequence.
     *
     * @param since it knows no older manifest than this version
     */
    void readAsOf(String who, long sequence, Map<String, Value> content, int since) {
        if (dropped) {
            return;
        }
        List<Map<String, Value>> states = statesAt(sequence, since);
        check(
                states.contains(content),
                "%s read %s as of sequence %d, which is one of %s",
                who,
                content,
                sequence,
                states);
    }

    /** The newest manifest that was in place so long ago. */
    int versionBefore(long millis) {
        long then = scheduler.now() - millis;
        int v = versions.size();
        while (v > 1 && versions.get(v - 2).until >= then) {
            v--;
        }
        return v;
    }

    /** What there was after a commit, as the newest manifest that does not fold more knows it; one that was the newest since some version was. */
    List<Map<String, Value>> statesAt(long sequence, int since) {
        List<Map<String, Value>> states = new ArrayList<>();
        for (int last = Math.max(1, since); last <= versions.size(); last++) {
            int v = last;
            while (v > 1 && versions.get(v - 1).manifest.appliedSequence() > sequence) {
                v--;
            }
            if (versions.get(v - 1).manifest.appliedSequence() > sequence) {
                continue;
            }
            states.add(state(versions.get(v - 1), sequence));
        }
        return states;
    }

    /** A reader was told that a state is not kept. */
    void gone(long sequence, long retention) {
        if (dropped || sequence < offset) {
            return;
        }
        check(sequence < lastCommitted(), "the last state is said to be gone");
        long ended = commit(sequence + 1).at;
        check(
                ended < scheduler.now() - retention,
                "the state of %d is said to be gone after %d s",
                sequence,
                (scheduler.now() - ended) / 1000);
    }

    /** The version of a record before a commit; null if there was none. */
    private Set<Long> versionsOf(String id, long from, long to, int since) {
        Set<Long> seen = new HashSet<>();
        for (long s = from; s <= to; s++) {
            for (Version v : versions.subList(Math.max(1, since) - 1, versions.size())) {
                if (v.manifest.appliedSequence() <= s) {
                    Value value = state(v, s).get(id);
                    seen.add(value == null ? 0 : value.version);
                }
            }
        }
        return seen;
    }

    /** @param version that a conditional batch asked for, 0 for none, and that was there when it was committed */
    void held(String id, long version, long sequence, int since) {
        if (dropped) {
            return;
        }
        check(
                versionsOf(id, sequence - 1, sequence - 1, since).contains(version),
                "commit %d found %s in version %d, which it was not",
                sequence,
                id,
                version);
    }

    /** A conditional batch was refused; the record was at some time in another version. */
    void didNotHold(String id, long version, long from, int since) {
        if (dropped) {
            return;
        }
        check(
                versionsOf(id, from, lastCommitted(), since).stream().anyMatch(v -> v != version),
                "%s was not found in version %d, which it was all the time",
                id,
                version);
    }

    /** When all have come to rest. */
    void end() {
        if (dropped) {
            return;
        }
        Set<UUID> seen = new HashSet<>();
        Set<Integer> values = new HashSet<>();
        for (Commit c : commits) {
            for (int v : c.upserts.values()) {
                check(values.add(v), "%d was committed twice", v);
            }
            check(seen.add(c.id), "a batch was committed twice");
            check(
                    !refused.contains(c.id),
                    "batch %s was committed although its writer was told that it was not, as %d",
                    c.upserts(),
                    commits.indexOf(c) + 1 + offset);
        }
    }

    static void check(boolean holds, String promise, Object... arguments) {
        if (!holds) {
            for (int i = 0; i < arguments.length; i++) {
                if (arguments[i] instanceof Manifest m) {
                    arguments[i] = m.version();
                }
            }
            throw new Broken(String.format(promise, arguments));
        }
    }
}
