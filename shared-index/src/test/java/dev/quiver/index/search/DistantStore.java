package dev.quiver.index.search;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** One object, of which small reads are answered at once and large ones, of which a stream consists, when the test says so. */
final class DistantStore implements ObjectStore {
    static final String KEY = "rows/segments/far.seg";
    private static final long LARGE = 1 << 20;

    private final byte[] bytes;
    private final CountDownLatch stream = new CountDownLatch(1);
    private final AtomicLong read = new AtomicLong();
    private volatile boolean failing;

    DistantStore(byte[] bytes) {
        this.bytes = bytes;
    }

    void release() {
        stream.countDown();
    }

    void failStream(boolean fails) {
        failing = fails;
    }

    void forget() {
        read.set(0);
    }

    long bytesRead() {
        return read.get();
    }

    @Override
    public void read(String key, long offset, MemorySegment target) {
        if (target.byteSize() >= LARGE) {
            try {
                stream.await();
            } catch (InterruptedException e) {
                throw StoreException.refused("interrupted", e);
            }
            if (failing) {
                throw StoreException.refused("the test lets the stream fail", null);
            }
        }
        read.addAndGet(target.byteSize());
        MemorySegment.copy(MemorySegment.ofArray(bytes), offset, target, 0, target.byteSize());
    }

    @Override
    public List<Listed> list(String prefix, String startAfter) {
        return List.of(new Listed(KEY, bytes.length, 0));
    }

    @Override
    public Optional<Blob> get(String key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public ConditionalGet getIfChanged(String key, String etag) {
        throw new UnsupportedOperationException();
    }

    @Override
    public PutResult put(String key, Content content, Precondition precondition) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void delete(String key) {
        throw new UnsupportedOperationException();
    }

    @Override
    public List<String> folders(String prefix) {
        throw new UnsupportedOperationException();
    }

    @Override
    public String description() {
        return "far away";
    }

    @Override
    public void close() {
        release();
    }
}
