package dev.quiver.bench;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what goes to a store and comes from it, and takes its time if it is told to. */
final class CountedStore implements ObjectStore {
    private final ObjectStore store;
    private final long putMillis;
    private final long otherMillis;
    private final AtomicLong requests = new AtomicLong();
    private final AtomicLong written = new AtomicLong();
    private final AtomicLong read = new AtomicLong();

    CountedStore(ObjectStore store) {
        this(store, 0, 0);
    }

    CountedStore(ObjectStore store, long putMillis, long otherMillis) {
        this.store = store;
        this.putMillis = putMillis;
        this.otherMillis = otherMillis;
    }

    long requests() {
        return requests.get();
    }

    long bytesWritten() {
        return written.get();
    }

    long bytesRead() {
        return read.get();
    }

    private void take(long millis) {
        requests.incrementAndGet();
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.unknown("interrupted", e);
        }
    }

    @Override
    public Optional<Blob> get(String key) {
        take(otherMillis);
        Optional<Blob> found = store.get(key);
        found.ifPresent(b -> read.addAndGet(b.bytes().length));
        return found;
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        take(otherMillis);
        ConditionalGet found = store.getIfChanged(key, etag);
        if (found instanceof ConditionalGet.Changed(Blob blob)) {
            read.addAndGet(blob.bytes().length);
        }
        return found;
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        take(otherMillis);
        read.addAndGet(target.byteSize());
        store.read(key, offset, target);
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        take(putMillis);
        PutResult result = store.put(key, content, precondition);
        if (result instanceof PutResult.Stored) {
            written.addAndGet(content.size());
        }
        return result;
    }

    @Override
    public void delete(String key) {
        take(otherMillis);
        store.delete(key);
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        take(otherMillis);
        return store.list(prefix, startAfter);
    }

    @Override
    public List<String> folders(String prefix) {
        take(otherMillis);
        return store.folders(prefix);
    }

    @Override
    public String description() {
        return store.description();
    }

    @Override
    public void close() {}
}
