package dev.quiver.index;

import dev.quiver.index.log.ForkMarker;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.log.Ulid;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Blob;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.ObjectStore.Precondition;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who needs the segments of a collection besides itself. A fork puts its marker into the folder of each owner of its segments before it comes into being, which it does by swapping a pending manifest: so whoever finds a marker can tell for certain
 * whether its fork is there, will never be, or may yet be.
 */
final class Forks {
    private final ObjectStore store;
    private final Settings settings;

    Forks(ObjectStore store, Settings settings) {
        this.store = store;
        this.settings = settings;
    }

    void mark(Layout owner, ForkMarker marker) {
        store.putUnique(owner.fork(marker.uid()), Content.of(marker.toJson()));
    }

    /** The ulids of segments that forks need. */
    Set<String> needed(Layout owner) {
        Set<String> needed = new HashSet<>();
        for (Listed l : store.list(owner.forks(), "")) {
            marker(l.key()).ifPresent(m -> needed.addAll(m.segments()));
        }
        return needed;
    }

    private Optional<ForkMarker> marker(String key) {
        return store.get(key).map(b -> ForkMarker.fromJson(key, b.bytes()));
    }

    /** Takes a fork's marker away, and what it held if there is no owner any more. */
    void release(Layout owner, String uid) {
        String key = owner.fork(uid);
        Optional<ForkMarker> marker = marker(key);
        if (marker.isEmpty()) {
            return;
        }
        store.delete(key);
        if (new Manifests(store, owner).readAny().isEmpty()) {
            Set<String> others = needed(owner);
            marker.get().segments().stream()
                    .filter(s -> !others.contains(s))
                    .forEach(s -> store.delete(owner.segment(s)));
        }
    }

    /** Leaves in a fork's marker only what it still needs. */
    void narrow(Layout owner, String uid, Set<String> needed) {
        String key = owner.fork(uid);
        Optional<Blob> blob = store.get(key);
        if (blob.isEmpty()) {
            return;
        }
        ForkMarker marker = ForkMarker.fromJson(key, blob.get().bytes());
        List<String> left = marker.segments().stream().filter(needed::contains).toList();
        if (left.size() < marker.segments().size()) {
            byte[] json = new ForkMarker(marker.fork(), uid, left).toJson();
            store.put(key, Content.of(json), new Precondition.IfMatch(blob.get().etag()));
        }
    }

    /**
     * Takes away the markers of forks that are not there and never will be, of those that were put before the cutoff.
     *
     * @return how many
     */
    int sweep(Layout owner, long cutoff) {
        int swept = 0;
        for (Listed l : store.list(owner.forks(), "")) {
            Optional<ForkMarker> marker = l.lastModified() < cutoff ? marker(l.key()) : Optional.empty();
            if (marker.isPresent() && isDead(owner, marker.get())) {
                store.delete(l.key());
                swept++;
            }
        }
        return swept;
    }

    private boolean isDead(Layout owner, ForkMarker marker) {
        Manifests manifests = new Manifests(store, new Layout(marker.fork()));
        Optional<Current> current = manifests.readAny();
        if (current.isEmpty() || !current.get().manifest().uid().equals(marker.uid())) {
            return true;
        }
        Manifest m = current.get().manifest();
        // Its swap loses against ours, or ours against its.
        return m.pending()
                ? manifests.swap(current.get(), abandoned(m))
                : !m.owners().contains(owner.collection());
    }

    /** A name that is free again. */
    private Manifest abandoned(Manifest m) {
        String uid = Ulid.next(settings.now(), settings.random());
        return new Manifest(
                uid,
                m.version() + 1,
                uid,
                null,
                m.createdAt(),
                0,
                m.schema(),
                0,
                0,
                0,
                true,
                List.of(),
                List.of(),
                null);
    }
}
