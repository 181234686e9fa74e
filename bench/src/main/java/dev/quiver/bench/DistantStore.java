package dev.quiver.bench;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** A store with the latency and the bandwidth of one that is far away. Reads of what a search needs are counted, large ones are the stream of all the rest and are not. */
final class DistantStore implements ObjectStore {
    static final int FIRST_BYTE_MILLIS = 30;
    static final long BYTES_PER_SECOND = 80_000_000;
    private static final long STREAM = 4 << 20;

    private final ObjectStore near;
    private int active;
    private int trips;
    private int reads;
    private long bytes;

    DistantStore(ObjectStore near) {
        this.near = near;
    }

    /** How often reads began while none was under way: those that do not overlap follow one another. */
    synchronized int trips() {
        return trips;
    }

    /** Reads in all. */
    synchronized int reads() {
        return reads;
    }

    synchronized long bytesRead() {
        return bytes;
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        boolean counts = target.byteSize() < STREAM;
        if (counts) {
            synchronized (this) {
                trips += active++ == 0 ? 1 : 0;
                reads++;
                bytes += target.byteSize();
            }
        }
        try {
            Thread.sleep(FIRST_BYTE_MILLIS + target.byteSize() * 1000 / BYTES_PER_SECOND);
            near.read(key, offset, target);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("interrupted", e);
        } finally {
            if (counts) {
                synchronized (this) {
                    active--;
                }
            }
        }
    }

    @Override
    public Optional<Blob> get(String key) {
        return near.get(key);
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        return near.getIfChanged(key, etag);
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        return near.put(key, content, precondition);
    }

    @Override
    public void delete(String key) {
        near.delete(key);
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        return near.list(prefix, startAfter);
    }

    @Override
    public List<String> folders(String prefix) {
        return near.folders(prefix);
    }

    @Override
    public String description() {
        return near.description();
    }

    @Override
    public void close() {
        near.close();
    }
}
