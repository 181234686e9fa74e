package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.Hit;
import dev.quiver.functions.operation.Messages.Include;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.Took;
import dev.quiver.functions.operation.Messages.Truncated;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.InvalidVectorException;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;

/** {@code query}: the nearest records to a vector, a text or another record. */
public final class QueryOperation {
    private static final int DEFAULT_TOP_K = 10;

    private final Database database;
    private final EmbeddingModels models;

    public QueryOperation(Database database, EmbeddingModels models) {
        this.database = database;
        this.models = models;
    }

    private record Target(float[] vector, Truncated truncated) {}

    public QueryResponse query(QueryRequest request) {
        final long started = System.nanoTime();
        Check check = Check.of(request);
        int given =
                (request.vector() == null ? 0 : 1) + (request.text() == null ? 0 : 1) + (request.id() == null ? 0 : 1);
        check.given(request.collection(), "/collection")
                .that(given == 1, "", "Give exactly one of 'vector', 'text' and 'id'; there are " + given + ".")
                .that(request.text() == null || !request.text().isBlank(), "/text", "The text is blank.")
                .range(request.topK(), 1, Limits.TOP_K, "/topK")
                .that(
                        request.minScore() == null || Double.isFinite(request.minScore()),
                        "/minScore",
                        "The value must be a finite number.")
                .elements(request.include(), "/include");
        Efforts.check(check, request.accuracy(), request.probes(), request.rescore());
        check.done();
        Filter filter = FilterParser.parse(request.filter());
        Consistency consistency = RecordOperations.consistency(request.consistency(), request.asOf());
        long opening = System.nanoTime();
        Collection collection =
                Spans.in("open", _ -> CollectionOperations.open(database, request.collection(), "/collection"));
        Schema schema = collection.schema();
        long opened = System.nanoTime();
        Target target = target(request, collection, schema, consistency);
        long embedded = System.nanoTime();

        int topK = request.topK() == null ? DEFAULT_TOP_K : request.topK();
        // The record itself is its own nearest: one more is asked for and it is taken out.
        int wanted = request.id() == null ? topK : topK + 1;
        SearchResult result = search(
                collection,
                new SearchRequest(
                        target.vector,
                        wanted,
                        filter,
                        request.minScore() == null ? OptionalDouble.empty() : OptionalDouble.of(request.minScore()),
                        Efforts.of(request.accuracy(), request.probes(), request.rescore()),
                        consistency));
        Set<Include> include = RecordOperations.include(request.include());
        List<Hit> hits = result.hits().stream()
                .filter(h -> !h.record().id().equals(request.id()))
                .limit(topK)
                .map(h -> hit(h, include))
                .toList();
        long done = System.nanoTime();
        return new QueryResponse(
                hits,
                CollectionOperations.name(schema.metric()),
                schema.metric().higherIsNearer(),
                hits.size() < topK,
                result.sequence(),
                new Took(
                        millis(done - started),
                        millis(embedded - opened),
                        millis(opened - opening + result.lookNanos()),
                        millis(done - embedded - result.lookNanos())),
                target.truncated);
    }

    private static SearchResult search(Collection collection, SearchRequest request) {
        try {
            return Spans.search(collection, request);
        } catch (InvalidVectorException e) {
            throw ProblemException.at(Problems.kind(e), "/vector", e.getMessage());
        }
    }

    private Target target(QueryRequest request, Collection collection, Schema schema, Consistency consistency) {
        if (request.vector() != null) {
            return new Target(request.vector(), null);
        }
        if (request.text() != null) {
            TextEmbedder embedder = RecordOperations.embedder(models, schema, collection, "/text");
            TextEmbedder.Embedded embedded =
                    Spans.in("embed", _ -> embedder.embed(List.of(request.text()), TextEmbedder.Purpose.QUERY));
            List<Truncated> truncated = EmbedOperation.truncated(embedded.truncations());
            return new Target(embedded.vectors().getFirst(), truncated.isEmpty() ? null : truncated.getFirst());
        }
        try {
            List<Record> found =
                    collection.fetch(List.of(request.id()), consistency).records();
            if (found.isEmpty()) {
                throw ProblemException.at(
                        Kind.RECORD_NOT_FOUND,
                        "/id",
                        "There is no record '" + request.id() + "' in the collection '" + collection.name() + "'.");
            }
            return new Target(found.getFirst().vector(), null);
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/id", e.getMessage());
        }
    }

    private static Hit hit(SearchResult.Hit h, Set<Include> include) {
        Record r = h.record();
        return new Hit(
                r.id(),
                h.score(),
                include.contains(Include.VECTOR) ? r.vector() : null,
                include.contains(Include.TEXT) ? r.text() : null,
                include.contains(Include.ATTRIBUTES) ? r.attributes() : null);
    }

    static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }

    /** To thousandths. */
    static double millis(double exact) {
        return Math.round(exact * 1e3) / 1e3;
    }
}
