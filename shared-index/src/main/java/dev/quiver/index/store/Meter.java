package dev.quiver.index.store;

import java.util.concurrent.atomic.LongAdder;

/** Counts what a process does that costs: since it began, over all collections. For many threads. */
public final class Meter {
    private final LongAdder requests = new LongAdder();
    private final LongAdder bytesRead = new LongAdder();
    private final LongAdder bytesWritten = new LongAdder();
    private final LongAdder commitRetries = new LongAdder();
    private final LongAdder segmentsLoaded = new LongAdder();
    private final LongAdder loadNanos = new LongAdder();

    /**
     * @param requests to the store
     * @param bytesRead from the store; what it maps is not read
     * @param bytesWritten to the store, of writes that it took
     * @param commitRetries attempts to commit that met somebody else's commit
     * @param segmentsLoaded that were read into memory, whole
     * @param loadNanos that took; of several at once the sum
     */
    public record Count(
            long requests, long bytesRead, long bytesWritten, long commitRetries, long segmentsLoaded, long loadNanos) {
        public static final Count NONE = new Count(0, 0, 0, 0, 0, 0);

        public Count minus(Count earlier) {
            return new Count(
                    requests - earlier.requests,
                    bytesRead - earlier.bytesRead,
                    bytesWritten - earlier.bytesWritten,
                    commitRetries - earlier.commitRetries,
                    segmentsLoaded - earlier.segmentsLoaded,
                    loadNanos - earlier.loadNanos);
        }
    }

    public Count count() {
        return new Count(
                requests.sum(),
                bytesRead.sum(),
                bytesWritten.sum(),
                commitRetries.sum(),
                segmentsLoaded.sum(),
                loadNanos.sum());
    }

    public void request() {
        requests.increment();
    }

    public void read(long bytes) {
        bytesRead.add(bytes);
    }

    public void written(long bytes) {
        bytesWritten.add(bytes);
    }

    public void commitRetried() {
        commitRetries.increment();
    }

    public void segmentLoaded(long nanos) {
        segmentsLoaded.increment();
        loadNanos.add(nanos);
    }
}
