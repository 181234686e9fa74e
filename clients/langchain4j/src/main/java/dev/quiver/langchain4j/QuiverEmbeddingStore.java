package dev.quiver.langchain4j;

import static dev.langchain4j.internal.ValidationUtils.ensureNotBlank;
import static dev.langchain4j.internal.ValidationUtils.ensureNotEmpty;
import static dev.langchain4j.internal.ValidationUtils.ensureNotNull;
import static dev.langchain4j.internal.ValidationUtils.ensureTrue;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.internal.Utils;
import dev.langchain4j.store.embedding.EmbeddingMatch;
import dev.langchain4j.store.embedding.EmbeddingSearchRequest;
import dev.langchain4j.store.embedding.EmbeddingSearchResult;
import dev.langchain4j.store.embedding.EmbeddingStore;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.quiver.client.CollectionResponse;
import dev.quiver.client.CreateCollectionRequest;
import dev.quiver.client.Metric;
import dev.quiver.client.QuiverClient;
import dev.quiver.client.QuiverException;
import dev.quiver.index.CollectionExistsException;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A collection of Quiver as an embedding store of LangChain4j: in this process over a folder or any other store of Quiver's, or behind its HTTP API. What was added or removed is durable when
 * the call returns, and seen by every search that begins then.
 *
 * <p>The collection compares by cosine, which is what LangChain4j's scores from 0 to 1 are made of.
 */
public final class QuiverEmbeddingStore implements EmbeddingStore<TextSegment>, AutoCloseable {
    private static final double DEFAULT_ACCURACY = 0.95;

    private final Backend backend;
    private final double accuracy;

    private QuiverEmbeddingStore(Backend backend, double accuracy) {
        this.backend = backend;
        this.accuracy = accuracy;
    }

    /**
     * A collection in a folder of this machine, created if it is not there.
     *
     * @param name of the collection: lower-case letters, digits, '-' and '_'
     * @param dimension of the embeddings
     */
    public static QuiverEmbeddingStore inFolder(Path folder, String name, int dimension) {
        Database database = new Database(new FileStore(folder), Settings.defaults());
        try {
            return new QuiverEmbeddingStore(
                    new EmbeddedBackend(openOrCreate(database, name, dimension), database::close), DEFAULT_ACCURACY);
        } catch (RuntimeException e) {
            database.close();
            throw e;
        }
    }

    /**
     * A collection of a database in this process, created if it is not there. The database stays the caller's to close, after this store.
     *
     * @see #inFolder
     */
    public static QuiverEmbeddingStore embedded(Database database, String name, int dimension) {
        return embedded(openOrCreate(database, name, dimension));
    }

    /** A collection that is open in this process. */
    public static QuiverEmbeddingStore embedded(dev.quiver.index.Collection collection) {
        return new QuiverEmbeddingStore(new EmbeddedBackend(collection, () -> {}), DEFAULT_ACCURACY);
    }

    private static dev.quiver.index.Collection openOrCreate(Database database, String name, int dimension) {
        dev.quiver.index.Collection collection = null;
        if (!database.exists(name)) {
            try {
                collection = database.create(name, new Schema(dimension, dev.quiver.index.vector.Metric.COSINE, null));
            } catch (CollectionExistsException e) {
                // Somebody else was faster.
            }
        }
        if (collection == null) {
            collection = database.collection(name);
        }
        Backend.requireDimension(name, collection.schema().dimension(), dimension);
        return collection;
    }

    /**
     * A collection behind the HTTP API, which is there; nothing is sent before the first operation. A key with the scopes read and write is enough. The client stays the caller's to close.
     */
    public static QuiverEmbeddingStore http(QuiverClient client, String name) {
        return new QuiverEmbeddingStore(new HttpBackend(client, name), DEFAULT_ACCURACY);
    }

    /**
     * A collection behind the HTTP API, created if it is not there; for that the key needs the scope admin.
     *
     * @param dimension of the embeddings
     */
    public static QuiverEmbeddingStore http(QuiverClient client, String name, int dimension) {
        CollectionResponse described;
        try {
            described = client.describeCollection(name);
        } catch (QuiverException e) {
            if (!e.is("collection-not-found")) {
                throw e;
            }
            described = createOrDescribe(client, name, dimension);
        }
        Backend.requireCosine(name, described.metric().toString());
        Backend.requireDimension(name, described.dimension(), dimension);
        return http(client, name);
    }

    private static CollectionResponse createOrDescribe(QuiverClient client, String name, int dimension) {
        try {
            return client.createCollection(
                    CreateCollectionRequest.ofVectors(name, dimension).withMetric(Metric.COSINE));
        } catch (QuiverException e) {
            if (e.is("collection-exists")) {
                return client.describeCollection(name);
            }
            throw e;
        }
    }

    /**
     * The same store with another accuracy.
     *
     * @param share of the true nearest that a search is to find on average, 0.5 to 1; 0.95 if nothing is said. At 1 every vector is read
     */
    public QuiverEmbeddingStore withAccuracy(double share) {
        if (!(share >= 0.5 && share <= 1)) {
            throw new IllegalArgumentException("The accuracy is " + share + ", it must be 0.5 to 1.");
        }
        return new QuiverEmbeddingStore(backend, share);
    }

    @Override
    public String add(Embedding embedding) {
        return add(embedding, null);
    }

    @Override
    public void add(String id, Embedding embedding) {
        addAll(List.of(id), List.of(embedding), null);
    }

    @Override
    public String add(Embedding embedding, TextSegment segment) {
        String id = Utils.randomUUID();
        addAll(List.of(id), List.of(embedding), segment == null ? null : List.of(segment));
        return id;
    }

    @Override
    public List<String> addAll(List<Embedding> embeddings) {
        List<String> ids = generateIds(embeddings.size());
        addAll(ids, embeddings, null);
        return ids;
    }

    /**
     * Adds embeddings, or replaces those with the same ids. In this process all of them in one commit; over HTTP in requests of some megabytes, each in one.
     *
     * @param segments null, or one for each, which may be null
     */
    @Override
    public void addAll(List<String> ids, List<Embedding> embeddings, List<TextSegment> segments) {
        if (Utils.isNullOrEmpty(ids) && Utils.isNullOrEmpty(embeddings)) {
            return;
        }
        ensureNotEmpty(ids, "ids");
        ensureNotEmpty(embeddings, "embeddings");
        ensureTrue(ids.size() == embeddings.size(), "There must be as many ids as embeddings");
        ensureTrue(
                segments == null || segments.size() == embeddings.size(),
                "There must be as many segments as embeddings");
        List<Backend.Row> rows = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            TextSegment segment = segments == null ? null : segments.get(i);
            rows.add(new Backend.Row(
                    ensureNotBlank(ids.get(i), "id"),
                    ensureNotNull(embeddings.get(i), "embedding").vector(),
                    segment == null ? null : segment.text(),
                    segment == null ? Map.of() : Values.attributes(segment.metadata())));
        }
        backend.upsert(rows);
    }

    @Override
    public void remove(String id) {
        backend.delete(List.of(ensureNotBlank(id, "id")));
    }

    @Override
    public void removeAll(Collection<String> ids) {
        backend.delete(List.copyOf(ensureNotEmpty(ids, "ids")));
    }

    /** Removes all that match at one moment, in one commit. */
    @Override
    public void removeAll(Filter filter) {
        backend.delete(ensureNotNull(filter, "filter"));
    }

    /** Removes all that are there at one moment, in one commit; at most a million. */
    @Override
    public void removeAll() {
        backend.delete((Filter) null);
    }

    @Override
    public EmbeddingSearchResult<TextSegment> search(EmbeddingSearchRequest request) {
        OptionalDouble minCosine = Relevance.cosine(request.minScore());
        List<EmbeddingMatch<TextSegment>> matches = backend
                .search(request.queryEmbedding().vector(), request.maxResults(), request.filter(), minCosine, accuracy)
                .stream()
                .map(QuiverEmbeddingStore::match)
                .filter(m -> m.score() >= request.minScore())
                .toList();
        return new EmbeddingSearchResult<>(matches);
    }

    private static EmbeddingMatch<TextSegment> match(Backend.Found found) {
        return new EmbeddingMatch<>(
                Relevance.of(found.cosine()),
                found.id(),
                Embedding.from(found.vector()),
                found.text() == null ? null : TextSegment.from(found.text(), Values.metadata(found.attributes())));
    }

    /** Waits for compaction behind the last writes, and closes what this store has opened itself. */
    @Override
    public void close() {
        backend.close();
    }
}
