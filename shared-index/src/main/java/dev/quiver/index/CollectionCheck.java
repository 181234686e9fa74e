package dev.quiver.index;

import dev.quiver.index.log.CommitKeys;
import dev.quiver.index.log.ForkMarker;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifest.SegmentEntry;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.segment.DeletionVector;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Walks all objects of a collection and says which are damaged, missing or nobody's. Changes nothing, and needs no undamaged manifest. */
public final class CollectionCheck {
    private final ObjectStore store;
    private final Layout layout;
    private final SegmentMemory memory;
    private final List<Finding> findings = new ArrayList<>();
    private final Set<String> known = new HashSet<>();
    private final Map<String, Listed> listed = new TreeMap<>();
    private long live;
    private long checked;

    CollectionCheck(ObjectStore store, Layout layout, SegmentMemory memory) {
        this.store = store;
        this.layout = layout;
        this.memory = memory;
    }

    /** How bad a finding is. */
    public enum Severity {
        /** Something acknowledged cannot be read. */
        DAMAGE,
        /** An earlier state cannot be read; the newest can. */
        HISTORY,
        /** An object that nothing refers to. Garbage collection deletes it once the grace period is over. */
        ORPHAN
    }

    /** @param advice what can be done */
    public record Finding(Severity severity, String key, String problem, String advice) {}

    /**
     * @param objects that were read and verified
     * @param bytes of all objects of the collection
     * @param records live ones that can be read
     */
    public record Report(long objects, long bytes, long records, List<Finding> findings) {
        public boolean damaged() {
            return findings.stream().anyMatch(f -> f.severity == Severity.DAMAGE);
        }
    }

    Report run() {
        for (Listed l : store.list(layout.folder(), "")) {
            listed.put(l.key(), l);
        }
        if (listed.isEmpty()) {
            throw new CollectionNotFoundException(layout.collection(), store.description());
        }
        Optional<Manifest> current = current();
        current.ifPresent(m -> {
            contents(m);
            keys(m);
            history(m);
        });
        current.ifPresent(this::orphans);
        long bytes = listed.values().stream().mapToLong(Listed::size).sum();
        return new Report(checked, bytes, live, List.copyOf(findings));
    }

    private void found(Severity severity, String key, String problem, String advice) {
        findings.add(new Finding(severity, key, problem, advice));
    }

    private Optional<Manifest> current() {
        known.add(layout.manifest());
        Optional<Blob> blob = store.get(layout.manifest());
        checked++;
        if (blob.isPresent()) {
            try {
                return Optional.of(
                        Manifest.fromJson(layout.manifest(), blob.get().bytes()));
            } catch (CorruptDataException e) {
                found(Severity.DAMAGE, layout.manifest(), e.getMessage(), newest());
                return Optional.empty();
            }
        }
        found(Severity.DAMAGE, layout.manifest(), "The manifest is missing.", newest());
        return Optional.empty();
    }

    private String newest() {
        return listed.keySet().stream()
                .filter(k -> k.startsWith(layout.manifests()))
                .sorted(Comparator.reverseOrder())
                .filter(k -> manifest(k).isPresent())
                .findFirst()
                .map(
                        k -> "The newest version that can be read is " + k
                                + ": restore the bucket version of manifest.json, or copy that object over it if there was none after it.")
                .orElse("No version under " + layout.manifests()
                        + " can be read either. The segments hold their records all the same: restore from a backup.");
    }

    private Optional<Manifest> manifest(String key) {
        try {
            return store.get(key).map(b -> Manifest.fromJson(key, b.bytes()));
        } catch (CorruptDataException e) {
            return Optional.empty();
        }
    }

    /** The newest state: every segment, every bit set, every entry of the log. */
    private void contents(Manifest m) {
        Map<String, String> owner = new HashMap<>();
        for (SegmentEntry e : m.segments()) {
            String key = layout.segment(e);
            known.add(key);
            try {
                Segment segment = Segment.load(store, key, e.bytes(), memory);
                segment.awaitResident();
                checked++;
                if (segment.rows() != e.rows()
                        || segment.dimension() != m.schema().dimension()
                        || segment.metric() != m.schema().metric()) {
                    throw new CorruptDataException("Segment " + key + " is not the one that the manifest tells of");
                }
                long[] bits = bits(e);
                if (bits == null) {
                    continue;
                }
                if (BitSets.count(bits) != e.live()) {
                    found(
                            Severity.DAMAGE,
                            key,
                            "The manifest tells of " + e.live() + " live rows, there are " + BitSets.count(bits) + ".",
                            "Fold the collection; if that does not help, restore from a backup.");
                }
                for (int row = 0; row < segment.rows(); row++) {
                    if (BitSets.get(bits, row)) {
                        String other = owner.put(segment.idText(row), key);
                        if (other != null) {
                            found(
                                    Severity.DAMAGE,
                                    key,
                                    "The record '" + segment.idText(row) + "' is live in " + other + ", too.",
                                    "Upsert the record again.");
                        }
                    }
                }
            } catch (CorruptDataException e2) {
                found(
                        Severity.DAMAGE,
                        key,
                        e2.getMessage(),
                        e.live() + " records are in it; those of all other segments and of the log can be read.");
            }
        }
        long last = m.appliedSequence();
        for (Listed l : store.list(layout.logFolder(m.uid()), layout.log(m.uid(), m.appliedSequence()))) {
            long sequence = layout.sequence(m.uid(), l.key());
            if (sequence <= m.appliedSequence()) {
                continue;
            }
            known.add(l.key());
            checked++;
            if (sequence != last + 1) {
                found(
                        Severity.DAMAGE,
                        layout.log(m.uid(), last + 1),
                        "The entry is missing, later ones are there.",
                        "Restore the object from a bucket version. What was committed up to " + last
                                + " can be read with asOf.");
            }
            last = sequence;
            try {
                LogEntry entry = store.get(l.key())
                        .map(b -> LogEntry.decode(
                                l.key(),
                                b.bytes(),
                                m.uid(),
                                sequence,
                                m.schema().dimension()))
                        .orElseThrow(() -> new CorruptDataException("Log entry " + l.key() + " is missing"));
                entry.ids().forEach(id -> owner.put(new String(id, StandardCharsets.UTF_8), l.key()));
                entry.deletes().forEach(id -> owner.remove(new String(id, StandardCharsets.UTF_8)));
            } catch (CorruptDataException e) {
                found(
                        Severity.DAMAGE,
                        l.key(),
                        e.getMessage(),
                        "Restore the object from a bucket version. What was committed before it can be read with asOf.");
            }
        }
        live = owner.size();
    }

    private void keys(Manifest m) {
        if (m.keys() == null) {
            return;
        }
        String key = layout.keys(m.keys());
        known.add(key);
        checked++;
        String advice =
                "Restore the object from a bucket version. Until then batches with idempotency keys are refused.";
        try {
            Optional<Blob> blob = store.get(key);
            if (blob.isEmpty()) {
                throw new CorruptDataException("Idempotency keys " + key + " are missing");
            }
            CommitKeys.decode(key, blob.get().bytes());
        } catch (CorruptDataException e) {
            found(Severity.DAMAGE, key, e.getMessage(), advice);
        }
    }

    private long[] bits(SegmentEntry e) {
        if (e.deletions() == null) {
            return BitSets.ones(e.rows());
        }
        String key = layout.deletions(e.deletions());
        known.add(key);
        checked++;
        try {
            return store.get(key)
                    .map(b -> DeletionVector.decode(key, b.bytes(), e.rows()))
                    .orElseThrow(() -> new CorruptDataException("Deletion vector " + key + " is missing"));
        } catch (CorruptDataException x) {
            found(
                    Severity.DAMAGE,
                    key,
                    x.getMessage(),
                    "Restore the object from a bucket version. Without it, which of the rows of " + layout.segment(e)
                            + " are live is not known.");
            return null;
        }
    }

    /** Earlier manifests that are still there: whether what they name is. */
    private void history(Manifest newest) {
        String own = layout.manifestVersion(newest.version(), newest.id());
        for (String key = own; key != null && (key.equals(own) || listed.containsKey(key)); ) {
            known.add(key);
            checked++;
            Optional<Manifest> m = manifest(key);
            if (m.isEmpty()) {
                found(
                        Severity.HISTORY,
                        key,
                        "The manifest of an earlier state is missing or damaged.",
                        "States from then and before cannot be read with asOf.");
                return;
            }
            if (m.get().keys() != null) {
                // No earlier state needs it.
                known.add(layout.keys(m.get().keys()));
            }
            for (SegmentEntry e : m.get().segments()) {
                List<String> names = new ArrayList<>(List.of(layout.segment(e)));
                if (e.deletions() != null) {
                    names.add(layout.deletions(e.deletions()));
                }
                for (String name : names) {
                    known.add(name);
                    if (!isThere(name)) {
                        found(
                                Severity.HISTORY,
                                name,
                                "It is missing, and version " + m.get().version() + " of the manifest names it.",
                                "States as of then cannot be read; it is no harm beyond the retention.");
                    }
                }
            }
            key = m.get().previous();
        }
    }

    private boolean isThere(String key) {
        return listed.containsKey(key)
                || (!key.startsWith(layout.folder())
                        && store.list(key, "").stream().anyMatch(l -> l.key().equals(key)));
    }

    private void orphans(Manifest newest) {
        for (Listed l : store.list(layout.forks(), "")) {
            known.add(l.key());
            store.get(l.key()).ifPresent(b -> ForkMarker.fromJson(l.key(), b.bytes())
                    .segments()
                    .forEach(s -> known.add(layout.segment(s))));
        }
        for (Listed l : listed.values()) {
            boolean folded = l.key().startsWith(layout.logFolder(newest.uid()))
                    && layout.sequence(newest.uid(), l.key()) > newest.collectedSequence();
            if (!known.contains(l.key()) && !folded) {
                found(
                        Severity.ORPHAN,
                        l.key(),
                        "Nothing refers to it (" + l.size() + " bytes).",
                        "Garbage collection deletes it after the grace period.");
            }
        }
    }
}
