package dev.quiver.functions.operation;

import dev.quiver.index.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;

/** Compacts collections in the background when their log has grown, one at a time, never a collection twice at once. */
public final class Folding implements AutoCloseable {
    private static final Logger LOG = Logger.getLogger(Folding.class);

    private final boolean on;
    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            r -> Thread.ofPlatform().daemon().name("compact").unstarted(r));

    public Folding(boolean on) {
        this.on = on;
    }

    /** Returns at once. */
    public void afterWrite(Collection collection) {
        if (!on || !collection.compactionDue() || !underWay.add(collection.name())) {
            return;
        }
        worker.execute(() -> {
            try {
                collection.maintain();
            } catch (RuntimeException e) {
                // The log stays as it is and is still right; the next write tries again.
                LOG.warnf(e, "Compacting %s failed", collection.name());
            } finally {
                underWay.remove(collection.name());
            }
        });
    }

    @Override
    public void close() {
        worker.shutdown();
        try {
            if (!worker.awaitTermination(20, TimeUnit.SECONDS)) {
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
