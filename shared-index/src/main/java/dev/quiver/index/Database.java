package dev.quiver.index;

import dev.quiver.index.log.ForkMarker;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifest.SegmentEntry;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.log.Ulid;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.Meter;
import dev.quiver.index.store.MeteredStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.text.TextAnalyzer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The collections in a store. */
public final class Database implements AutoCloseable {
    private static final int FORK_ATTEMPTS = 3;

    private final ObjectStore store;
    private final Settings settings;
    private final SegmentMemory memory;
    private final ConcurrentHashMap<String, Collection> open = new ConcurrentHashMap<>();

    /** @param store is closed with this */
    public Database(ObjectStore store, Settings settings) {
        this.store = new MeteredStore(store, settings.meter());
        this.settings = settings;
        this.memory = new SegmentMemory(settings.memoryBudget(), settings.temporary());
    }

    public ObjectStore store() {
        return store;
    }

    /** What has been done by this and by whatever else has the same settings. */
    public Meter meter() {
        return settings.meter();
    }

    /** @throws IllegalArgumentException with the rule */
    public static String checkName(String name) {
        if (!Layout.isName(name)) {
            throw new IllegalArgumentException(
                    "The collection name '" + name
                            + "' is not allowed: use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit.");
        }
        return name;
    }

    /**
     * @throws CollectionExistsException if there is one of this name
     * @throws IllegalArgumentException if there is no such analyzer for a text field
     */
    public Collection create(String name, Schema schema) {
        Layout layout = new Layout(checkName(name));
        schema.text().forEach(f -> TextAnalyzer.of(f.analyzer()));
        Manifests manifests = new Manifests(store, layout);
        if (manifests.read().isPresent()) {
            throw new CollectionExistsException(name);
        }
        // What a deletion that died has left is in nobody's way: all other names are unique. Garbage collection removes
        // it.
        long now = settings.now();
        String uid = Ulid.next(now, settings.random());
        Manifest first = new Manifest(
                uid,
                1,
                Ulid.next(now, settings.random()),
                null,
                now,
                now,
                schema,
                0,
                0,
                0,
                false,
                List.of(),
                List.of(),
                null);
        if (!manifests.create(first, stale())) {
            throw new CollectionExistsException(name);
        }
        // One that is open under this name has been deleted by another process.
        open.remove(name);
        return collection(name);
    }

    private long stale() {
        return settings.now() - settings.grace().toMillis();
    }

    /**
     * A collection of its own with what another one has, or had. Nothing but the log is copied: both use the segments that are there, and each goes its own way; either may be deleted.
     *
     * @param as the name of the new one
     * @param moment an earlier state, or null for the newest
     * @throws CollectionExistsException if there is one of the new name
     * @throws OutOfRetentionException if that state is not kept any more
     */
    public Collection fork(String name, String as, Consistency.AsOf moment) {
        Layout target = new Layout(checkName(as));
        Collection source = collection(name);
        Manifests manifests = new Manifests(store, target);
        Forks forks = new Forks(store, settings);
        Current placed = null;
        for (int attempt = 0; attempt < FORK_ATTEMPTS; attempt++) {
            View view = source.view(moment == null ? Consistency.STRONG : moment);
            Manifest base = view.current().manifest();
            long begun = settings.now();
            String uid = Ulid.next(begun, settings.random());
            Manifest pending = new Manifest(
                    uid,
                    1,
                    Ulid.next(begun, settings.random()),
                    null,
                    begun,
                    begun,
                    base.schema(),
                    view.sequence(),
                    view.sequence(),
                    base.retention(),
                    true,
                    List.of(),
                    List.of(),
                    null);
            // Each attempt has a uid of its own, so markers of one that was held up are dead.
            boolean mine = placed != null && retake(manifests, placed, pending);
            if (!mine && !manifests.create(pending, stale())) {
                throw new CollectionExistsException(as);
            }
            Optional<Current> now =
                    manifests.readAny().filter(c -> c.manifest().id().equals(pending.id()));
            if (now.isEmpty()) {
                // Held up so long that somebody took it for abandoned.
                continue;
            }
            placed = now.get();
            Map<String, List<String>> needed = new TreeMap<>();
            for (var s : view.segments()) {
                needed.computeIfAbsent(s.owner() == null ? name : s.owner(), _ -> new ArrayList<>())
                        .add(s.name());
            }
            needed.remove(as);
            needed.forEach((owner, segments) -> forks.mark(new Layout(owner), new ForkMarker(as, uid, segments)));
            List<SegmentEntry> segments =
                    new Compaction(store, target, manifests, null, null, settings).copyOf(view, name);
            // If nobody has deleted the source before the markers lay there, and we were not held up, all that the view
            // names is there and stays.
            boolean there = new Manifests(store, new Layout(name))
                    .read()
                    .filter(c -> c.manifest().uid().equals(base.uid()))
                    .isPresent();
            if (!there) {
                throw new CollectionNotFoundException(name, store.description());
            }
            if (settings.now() - view.readAt() > settings.grace().toMillis() / 4) {
                continue;
            }
            Manifest full = placed.manifest()
                    .forked(
                            Ulid.next(begun, settings.random()),
                            settings.now(),
                            List.copyOf(needed.keySet()),
                            segments,
                            target);
            if (!manifests.swap(placed, full)) {
                throw StoreException.refused("Forking '" + name + "' was held up for too long; try again.", null);
            }
            open.remove(as);
            return collection(as);
        }
        throw StoreException.refused("Forking '" + name + "' was held up too often; try again.", null);
    }

    /** Puts a pending manifest in the place of an earlier one of our own. False if that is not there any more; a refusal without reason is not believed. */
    private static boolean retake(Manifests manifests, Current placed, Manifest pending) {
        for (int attempt = 0; attempt < FORK_ATTEMPTS; attempt++) {
            if (manifests.swap(placed, pending)) {
                return true;
            }
            boolean still = manifests
                    .readAny()
                    .filter(c -> c.etag().equals(placed.etag()))
                    .isPresent();
            if (!still) {
                return false;
            }
        }
        throw StoreException.refused(
                "The store refuses to replace a manifest that nobody else has changed; try again.", null);
    }

    /**
     * @throws IllegalArgumentException if the name cannot be one
     * @throws CollectionNotFoundException if there is none of this name
     */
    public Collection collection(String name) {
        checkName(name);
        // Whoever comes while it is being read for the first time waits for that.
        Collection c = open.computeIfAbsent(name, n -> new Collection(n, store, settings, memory));
        try {
            c.open();
            return c;
        } catch (RuntimeException e) {
            open.remove(name, c);
            throw e;
        }
    }

    public boolean exists(String name) {
        return new Manifests(store, new Layout(checkName(name))).read().isPresent();
    }

    /**
     * What {@link Collection#uid} answers, without a look at more than the manifest.
     *
     * @return empty if there is no collection of this name
     */
    public Optional<String> uid(String name) {
        return new Manifests(store, new Layout(checkName(name))).read().map(c -> c.manifest()
                .uid());
    }

    /** In order. */
    public List<String> names() {
        return store.folders("").stream()
                .filter(n -> Layout.isName(n) && exists(n))
                .toList();
    }

    /** @throws CollectionNotFoundException if there is none of this name */
    public void delete(String name) {
        Layout layout = new Layout(checkName(name));
        Manifest last = new Manifests(store, layout)
                .read()
                .orElseThrow(() -> new CollectionNotFoundException(name, store.description()))
                .manifest();
        // Listed before the manifest goes: afterwards somebody may create the collection anew. From then on the
        // collection
        // is gone, whatever becomes of the rest.
        List<Listed> objects = store.list(layout.folder(), "");
        store.delete(layout.manifest());
        open.remove(name);
        // A fork whose marker is not there yet will find that the manifest is gone.
        Forks forks = new Forks(store, settings);
        Set<String> needed = new HashSet<>();
        forks.needed(layout).forEach(s -> needed.add(layout.segment(s)));
        for (Listed l : objects) {
            if (!l.key().equals(layout.manifest())
                    && !l.key().startsWith(layout.forks())
                    && !needed.contains(l.key())) {
                store.delete(l.key());
            }
        }
        last.owners().forEach(owner -> forks.release(new Layout(owner), last.uid()));
    }

    /**
     * Reads and verifies everything that a collection has, and changes nothing.
     *
     * @throws CollectionNotFoundException if there is not a single object of it
     */
    public CollectionCheck.Report check(String name) {
        return new CollectionCheck(store, new Layout(checkName(name)), memory).run();
    }

    @Override
    public void close() {
        store.close();
    }
}
