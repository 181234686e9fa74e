package dev.quiver.langchain4j;

import dev.langchain4j.store.embedding.filter.Filter;
import dev.quiver.client.DeleteRequest;
import dev.quiver.client.Include;
import dev.quiver.client.QueryRequest;
import dev.quiver.client.QueryResponse;
import dev.quiver.client.QuiverClient;
import dev.quiver.client.UpsertRecord;
import dev.quiver.client.UpsertRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** A collection behind the HTTP API. */
final class HttpBackend implements Backend {
    static final HttpFilters FILTERS = new HttpFilters();

    /** Of JSON in one upsert: Lambda takes six million bytes. */
    private static final long REQUEST_BYTES = 4 << 20;

    private static final int REQUEST_RECORDS = 10_000;
    private static final int REQUEST_IDS = 1000;

    /** At most, with its comma. */
    private static final int BYTES_PER_COMPONENT = 14;

    private final QuiverClient client;
    private final String collection;

    HttpBackend(QuiverClient client, String collection) {
        this.client = client;
        this.collection = collection;
    }

    @Override
    public void upsert(List<Row> rows) {
        List<UpsertRecord> records = new ArrayList<>();
        long bytes = 0;
        for (Row r : rows) {
            long more = roughBytes(r);
            if (!records.isEmpty() && (bytes + more > REQUEST_BYTES || records.size() == REQUEST_RECORDS)) {
                client.upsert(UpsertRequest.of(collection, records));
                records = new ArrayList<>();
                bytes = 0;
            }
            records.add(new UpsertRecord(r.id(), r.vector(), r.text(), r.attributes(), null, null));
            bytes += more;
        }
        client.upsert(UpsertRequest.of(collection, records));
    }

    private static long roughBytes(Row r) {
        long characters = r.id().length() + (r.text() == null ? 0 : r.text().length());
        for (var e : r.attributes().entrySet()) {
            characters += e.getKey().length() + e.getValue().toString().length() + 8L;
        }
        return (long) BYTES_PER_COMPONENT * r.vector().length + 3 * characters + 64;
    }

    @Override
    public List<Found> search(float[] vector, int topK, Filter filter, OptionalDouble minCosine, double accuracy) {
        QueryRequest request = QueryRequest.ofVector(collection, vector)
                .withTopK(topK)
                .withAccuracy(accuracy)
                .including(Include.VECTOR, Include.TEXT, Include.ATTRIBUTES);
        if (filter != null) {
            request = request.withFilter(FILTERS.map(filter));
        }
        if (minCosine.isPresent()) {
            request = request.withMinScore(minCosine.getAsDouble());
        }
        QueryResponse answer = client.query(request);
        Backend.requireCosine(collection, answer.metric().toString());
        return answer.hits().stream()
                .map(h -> new Found(h.id(), h.score(), h.vector(), h.text(), h.attributes()))
                .toList();
    }

    @Override
    public void delete(List<String> ids) {
        for (int from = 0; from < ids.size(); from += REQUEST_IDS) {
            client.delete(DeleteRequest.ofIds(collection, ids.subList(from, Math.min(from + REQUEST_IDS, ids.size()))));
        }
    }

    @Override
    public void delete(Filter filter) {
        client.delete(DeleteRequest.matching(
                collection, filter == null ? dev.quiver.client.Filter.all() : FILTERS.map(filter)));
    }

    /** The client is the caller's. */
    @Override
    public void close() {}
}
