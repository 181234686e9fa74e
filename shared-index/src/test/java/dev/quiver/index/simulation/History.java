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
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What really happened in the bucket, as the store saw it, and what the processes were told. Complains as soon as the one does not allow the other.
 */
final class History implements SimulatedStore.Watcher {
    static final String NAME = "c";

    /** A promise that was broken. */
    static final class Broken extends AssertionError {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message);
        }
    }

    private record Commit(UUID id, Map<String, Integer> upserts, List<String> deletes) {}

    private record Replaced(Manifest manifest, long at) {}

    private final Scheduler scheduler;
    private final MemoryStore truth;
    private final int dimension;
    /** Nothing that was in place so long ago is anybody's. */
    private final long retained;

    private final Layout layout = new Layout(NAME);
    private final List<Commit> commits = new ArrayList<>();
    private final TreeMap<Long, UUID> acknowledged = new TreeMap<>();
    private final Set<UUID> refused = new HashSet<>();
    private final List<Replaced> replaced = new ArrayList<>();
    private Manifest current;
    private int deletions;

    History(Scheduler scheduler, MemoryStore truth, int dimension, long retained) {
        this.scheduler = scheduler;
        this.truth = truth;
        this.dimension = dimension;
        this.retained = retained;
    }

    @Override
    public void stored(String key, byte[] bytes) {
        if (key.equals(layout.manifest())) {
            Manifest next = Manifest.fromJson(key, bytes);
            if (current != null) {
                replaced.add(new Replaced(current, scheduler.now()));
                check(next.uid().equals(current.uid()), "the manifest is of another collection");
                check(next.version() == current.version() + 1, "manifest version %d after %d", next, current);
                check(next.appliedSequence() >= current.appliedSequence(), "the fold went back");
            }
            check(next.appliedSequence() <= commits.size(), "sequence %d was folded before it was written", next);
            for (String name : names(next)) {
                check(truth.get(name).isPresent(), "the new manifest names %s, which is not there", name);
            }
            current = next;
        } else if (key.startsWith(layout.logs())) {
            long sequence = layout.sequence(current.uid(), key);
            LogEntry e = LogEntry.decode(key, bytes, current.uid(), sequence, dimension);
            if (sequence > commits.size()) {
                check(sequence == commits.size() + 1, "sequence %d was written after %d", sequence, commits.size());
                commits.add(commit(e));
            }
            // Else a writer that was held up fills a place that was collected: nobody reads that, and nobody may be
            // told.
        }
    }

    private static Commit commit(LogEntry e) {
        Map<String, Integer> upserts = new HashMap<>();
        for (int i = 0; i < e.rows(); i++) {
            int value = ((Number) DocumentCodec.decode(e.documents().get(i))
                            .attributes()
                            .get("value"))
                    .intValue();
            upserts.put(utf8(e.ids().get(i)), value);
        }
        return new Commit(
                e.commit(), upserts, e.deletes().stream().map(History::utf8).toList());
    }

    private static String utf8(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Override
    public void deleted(String key) {
        deletions++;
        check(!key.equals(layout.manifest()), "the manifest was deleted");
        List<Manifest> live = new ArrayList<>(List.of(current));
        for (Replaced r : replaced.reversed()) {
            if (r.at < scheduler.now() - retained) {
                break;
            }
            live.add(r.manifest);
        }
        if (key.startsWith(layout.logs())) {
            long sequence = layout.sequence(current.uid(), key);
            for (Manifest m : live) {
                check(sequence <= m.appliedSequence(), "%s was deleted, version %d needs it", key, m.version());
            }
        } else {
            for (Manifest m : live) {
                check(!names(m).contains(key), "%s was deleted, version %d names it", key, m.version());
            }
        }
    }

    /** All objects that a manifest cannot do without. */
    Set<String> names(Manifest m) {
        Set<String> names = new HashSet<>();
        m.segments().forEach(s -> {
            names.add(layout.segment(s.name()));
            if (s.deletions() != null) {
                names.add(layout.deletions(s.deletions()));
            }
        });
        return names;
    }

    /** A writer was told that its batch is there. */
    void acknowledge(long sequence, UUID commit) {
        check(
                sequence >= 1 && sequence <= commits.size(),
                "sequence %d was acknowledged, %d are written",
                sequence,
                commits.size());
        check(
                commits.get((int) sequence - 1).id.equals(commit),
                "sequence %d was acknowledged to the wrong writer",
                sequence);
        check(acknowledged.put(sequence, commit) == null, "sequence %d was acknowledged twice", sequence);
    }

    /** A writer was told that its batch is not there and never will be. */
    void refuse(UUID commit) {
        refused.add(commit);
    }

    long lastAcknowledged() {
        return acknowledged.isEmpty() ? 0 : acknowledged.lastKey();
    }

    long lastCommitted() {
        return commits.size();
    }

    int acknowledgements() {
        return acknowledged.size();
    }

    int deletions() {
        return deletions;
    }

    int manifests() {
        return replaced.size();
    }

    /** What a map would hold after the commits up to a sequence. */
    SortedMap<String, Integer> stateAt(long sequence) {
        SortedMap<String, Integer> state = new TreeMap<>();
        for (Commit c : commits.subList(0, (int) sequence)) {
            state.putAll(c.upserts);
            c.deletes.forEach(state::remove);
        }
        return state;
    }

    /** A reader was told that this is what there is at a sequence. */
    void read(String who, long sequence, Map<String, Integer> content, long atLeast) {
        check(sequence <= commits.size(), "%s read sequence %d of %d", who, sequence, commits.size());
        check(
                sequence >= atLeast,
                "%s missed what was acknowledged: read sequence %d, %d was there before",
                who,
                sequence,
                atLeast);
        check(
                content.equals(stateAt(sequence)),
                "%s read %s at sequence %d, which is %s",
                who,
                content,
                sequence,
                stateAt(sequence));
    }

    /** When all have come to rest. */
    void end() {
        Set<UUID> seen = new HashSet<>();
        for (Commit c : commits) {
            check(seen.add(c.id), "a batch was committed twice");
            check(!refused.contains(c.id), "a batch was committed although its writer was told that it was not");
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
