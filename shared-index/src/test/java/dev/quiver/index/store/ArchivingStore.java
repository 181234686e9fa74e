package dev.quiver.index.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Keeps a copy of what is deleted elsewhere, so that a test can tell afterwards what there has been. The first copy of a key counts. */
public final class ArchivingStore implements ObjectStore {
    private final ObjectStore store;
    private final ObjectStore source;
    private final ObjectStore archive;
    private final Predicate<String> keys;

    /**
     * @param source the same objects as in {@code store}, without its faults
     * @param keys what to keep
     */
    public ArchivingStore(ObjectStore store, ObjectStore source, ObjectStore archive, Predicate<String> keys) {
        this.store = store;
        this.source = source;
        this.archive = archive;
        this.keys = keys;
    }

    @Override
    public void delete(String key) {
        if (keys.test(key)) {
            source.get(key).ifPresent(b -> archive.put(key, Content.of(b.bytes()), new Precondition.IfAbsent()));
        }
        store.delete(key);
    }

    @Override
    public Optional<Blob> get(String key) {
        return store.get(key);
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        return store.getIfChanged(key, etag);
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        store.read(key, offset, target);
    }

    @Override
    public Optional<MemorySegment> map(String key, long length) {
        return store.map(key, length);
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        return store.put(key, content, precondition);
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        return store.list(prefix, startAfter);
    }

    @Override
    public List<String> folders(String prefix) {
        return store.folders(prefix);
    }

    @Override
    public String description() {
        return store.description();
    }

    @Override
    public void close() {
        store.close();
    }
}
