package dev.quiver.index;

import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Manifests;
import dev.quiver.index.log.Ulid;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.ObjectStore.Listed;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/** The collections in a store. */
public final class Database implements AutoCloseable {
    /** Lower case only, so that names which differ by case cannot meet in one folder of a case-insensitive file system. */
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_-]{0,62}");

    private final ObjectStore store;
    private final Settings settings;
    private final SegmentMemory memory;
    private final ConcurrentHashMap<String, Collection> open = new ConcurrentHashMap<>();

    /** @param store is closed with this */
    public Database(ObjectStore store, Settings settings) {
        this.store = store;
        this.settings = settings;
        this.memory = new SegmentMemory(settings.memoryBudget(), settings.temporary());
    }

    public ObjectStore store() {
        return store;
    }

    /** @throws IllegalArgumentException with the rule */
    public static String checkName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "The collection name '" + name
                            + "' is not allowed: use 1 to 63 lower-case letters, digits, '-' and '_', starting with a letter or digit.");
        }
        return name;
    }

    /** @throws CollectionExistsException if there is one of this name */
    public Collection create(String name, Schema schema) {
        Layout layout = new Layout(checkName(name));
        Manifests manifests = new Manifests(store, layout);
        if (manifests.read().isPresent()) {
            throw new CollectionExistsException(name);
        }
        // What a deletion that died has left is in nobody's way: all other names are unique. Garbage collection removes
        // it.
        long now = settings.now();
        String uid = Ulid.next(now, settings.random());
        Manifest first =
                new Manifest(uid, 1, Ulid.next(now, settings.random()), null, now, now, schema, 0, 0, List.of());
        if (!manifests.create(first)) {
            throw new CollectionExistsException(name);
        }
        // One that is open under this name has been deleted by another process.
        open.remove(name);
        return collection(name);
    }

    /**
     * @throws IllegalArgumentException if the name cannot be one
     * @throws CollectionNotFoundException if there is none of this name
     */
    public Collection collection(String name) {
        checkName(name);
        Collection known = open.get(name);
        if (known != null) {
            return known;
        }
        Collection opened = new Collection(name, store, settings, memory);
        opened.schema();
        Collection raced = open.putIfAbsent(name, opened);
        return raced == null ? opened : raced;
    }

    public boolean exists(String name) {
        return new Manifests(store, new Layout(checkName(name))).read().isPresent();
    }

    /** In order. */
    public List<String> names() {
        return store.folders("").stream()
                .filter(n -> NAME.matcher(n).matches() && exists(n))
                .toList();
    }

    /** @throws CollectionNotFoundException if there is none of this name */
    public void delete(String name) {
        Layout layout = new Layout(checkName(name));
        if (!exists(name)) {
            throw new CollectionNotFoundException(name, store.description());
        }
        // Listed before the manifest goes: afterwards somebody may create the collection anew. From then on the
        // collection
        // is gone, whatever becomes of the rest.
        List<Listed> objects = store.list(layout.folder(), "");
        store.delete(layout.manifest());
        open.remove(name);
        for (Listed l : objects) {
            if (!l.key().equals(layout.manifest())) {
                store.delete(l.key());
            }
        }
    }

    @Override
    public void close() {
        store.close();
    }
}
