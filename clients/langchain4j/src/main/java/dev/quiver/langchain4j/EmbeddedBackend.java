package dev.quiver.langchain4j;

import dev.langchain4j.store.embedding.filter.Filter;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/** A collection in this process. Folds its log behind the writes. */
final class EmbeddedBackend implements Backend {
    private static final System.Logger LOG = System.getLogger(EmbeddedBackend.class.getName());
    private static final IndexFilters FILTERS = new IndexFilters();
    private static final long CLOSING_SECONDS = 20;

    private final Collection collection;
    private final Runnable onClose;
    private final AtomicBoolean folding = new AtomicBoolean();
    private final ExecutorService worker = Executors.newSingleThreadExecutor(
            r -> Thread.ofPlatform().daemon().name("quiver-compact").unstarted(r));

    EmbeddedBackend(Collection collection, Runnable onClose) {
        requireCosine(collection.name(), collection.schema().metric());
        this.collection = collection;
        this.onClose = onClose;
    }

    private static void requireCosine(String name, dev.quiver.index.vector.Metric metric) {
        Backend.requireCosine(name, metric.name().toLowerCase(java.util.Locale.ROOT));
    }

    @Override
    public void upsert(List<Row> rows) {
        Batch.Builder batch = Batch.builder();
        for (Row r : rows) {
            batch.upsert(new Record(r.id(), r.vector(), r.text(), r.attributes()));
        }
        collection.apply(batch.build());
        fold();
    }

    @Override
    public List<Found> search(float[] vector, int topK, Filter filter, OptionalDouble minCosine, double accuracy) {
        return collection
                .search(new SearchRequest(
                        vector,
                        topK,
                        filter == null ? new dev.quiver.index.filter.Filter.All() : FILTERS.map(filter),
                        minCosine,
                        new SearchRequest.Effort(accuracy, 0, 0),
                        Consistency.fromNow()))
                .hits()
                .stream()
                .map(h -> new Found(
                        h.record().id(),
                        h.score(),
                        h.record().vector(),
                        h.record().text(),
                        h.record().attributes()))
                .toList();
    }

    @Override
    public void delete(List<String> ids) {
        Batch.Builder batch = Batch.builder();
        ids.forEach(batch::delete);
        collection.apply(batch.build());
        fold();
    }

    @Override
    public void delete(Filter filter) {
        collection.delete(filter == null ? new dev.quiver.index.filter.Filter.All() : FILTERS.map(filter), null);
        fold();
    }

    private void fold() {
        if (collection.compactionDue() && folding.compareAndSet(false, true)) {
            worker.execute(() -> {
                try {
                    collection.maintain();
                } catch (RuntimeException e) {
                    // The log stays as it is and is still right; the next write tries again.
                    LOG.log(Level.WARNING, "Compacting " + collection.name() + " failed", e);
                } finally {
                    folding.set(false);
                }
            });
        }
    }

    @Override
    public void close() {
        worker.shutdown();
        try {
            if (!worker.awaitTermination(CLOSING_SECONDS, TimeUnit.SECONDS)) {
                worker.shutdownNow();
            }
        } catch (InterruptedException e) {
            worker.shutdownNow();
            Thread.currentThread().interrupt();
        }
        onClose.run();
    }
}
