package dev.quiver.index.store;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** Counts what goes to a store and comes from it. */
public class MeteredStore implements ObjectStore {
    private final ObjectStore store;
    private final Meter meter;

    /** @param store is closed with this */
    public MeteredStore(ObjectStore store, Meter meter) {
        this.store = store;
        this.meter = meter;
    }

    /** Before each request. */
    protected void begin(boolean isPut) {
        meter.request();
    }

    @Override
    public Optional<Blob> get(String key) {
        begin(false);
        Optional<Blob> found = store.get(key);
        found.ifPresent(b -> meter.read(b.bytes().length));
        return found;
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        begin(false);
        ConditionalGet found = store.getIfChanged(key, etag);
        if (found instanceof ConditionalGet.Changed(Blob blob)) {
            meter.read(blob.bytes().length);
        }
        return found;
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        begin(false);
        store.read(key, offset, target);
        meter.read(target.byteSize());
    }

    @Override
    public Optional<MemorySegment> map(String key, long length) {
        return store.map(key, length);
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        begin(true);
        PutResult result = store.put(key, content, precondition);
        if (result instanceof PutResult.Stored) {
            meter.written(content.size());
        }
        return result;
    }

    @Override
    public void delete(String key) {
        begin(false);
        store.delete(key);
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        begin(false);
        return store.list(prefix, startAfter);
    }

    @Override
    public List<String> folders(String prefix) {
        begin(false);
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
