package dev.quiver.api;

import static dev.quiver.api.Access.of;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.operation.Messages.CollectGarbageResponse;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CollectionResponse;
import dev.quiver.functions.operation.Messages.CompactResponse;
import dev.quiver.functions.operation.Messages.CountRequest;
import dev.quiver.functions.operation.Messages.CountResponse;
import dev.quiver.functions.operation.Messages.CreateCollectionRequest;
import dev.quiver.functions.operation.Messages.DeleteCollectionResponse;
import dev.quiver.functions.operation.Messages.DeleteRequest;
import dev.quiver.functions.operation.Messages.DeleteResponse;
import dev.quiver.functions.operation.Messages.DuplicatesRequest;
import dev.quiver.functions.operation.Messages.DuplicatesResponse;
import dev.quiver.functions.operation.Messages.EmbedRequest;
import dev.quiver.functions.operation.Messages.EmbedResponse;
import dev.quiver.functions.operation.Messages.FetchRequest;
import dev.quiver.functions.operation.Messages.FetchResponse;
import dev.quiver.functions.operation.Messages.ForkRequest;
import dev.quiver.functions.operation.Messages.ListCollectionsRequest;
import dev.quiver.functions.operation.Messages.ListCollectionsResponse;
import dev.quiver.functions.operation.Messages.ListRequest;
import dev.quiver.functions.operation.Messages.ListResponse;
import dev.quiver.functions.operation.Messages.OutliersRequest;
import dev.quiver.functions.operation.Messages.OutliersResponse;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.RagResponse;
import dev.quiver.functions.operation.Messages.RecallRequest;
import dev.quiver.functions.operation.Messages.RecallResponse;
import dev.quiver.functions.operation.Messages.RestoreRequest;
import dev.quiver.functions.operation.Messages.UpdateCollectionRequest;
import dev.quiver.functions.operation.Messages.UpdateRequest;
import dev.quiver.functions.operation.Messages.UpdateResponse;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.operation.Messages.UpsertResponse;
import io.quarkus.funqy.Funq;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.openapi.annotations.Operation;

/** The operations as functions: each is a name and a call. Over HTTP the name is the path. */
@ApplicationScoped
public class Functions {
    private final Quiver quiver;
    private final Access access;

    Functions(Quiver quiver, Access access) {
        this.quiver = quiver;
        this.access = access;
    }

    @Funq("embed")
    @Operation(summary = "Make vectors of texts")
    public EmbedResponse embed(EmbedRequest request) {
        access.check(Scope.READ);
        return quiver.embed().embed(request);
    }

    @Funq("upsert")
    @Operation(
            summary = "Insert or replace records",
            description = "All records of the request are committed together, durably, before the answer.")
    public UpsertResponse upsert(UpsertRequest request) {
        access.check(Scope.WRITE, of(request, UpsertRequest::collection));
        if (request != null && request.create() != null) {
            access.check(Scope.ADMIN, request.collection());
        }
        return quiver.records().upsert(request);
    }

    @Funq("query")
    @Operation(summary = "Find the nearest records", description = "Near to a vector, a text, or another record.")
    public QueryResponse query(QueryRequest request) {
        access.check(Scope.READ, of(request, QueryRequest::collection));
        return quiver.query().query(request);
    }

    @Funq("rag")
    @Operation(
            summary = "Answer a question from the documents",
            description = "With `stream: true` the answer comes as server-sent events.")
    public RagResponse rag(RagRequest request) {
        access.check(Scope.READ, of(request, RagRequest::collection));
        return quiver.rag().answer(request);
    }

    @Funq("count")
    @Operation(summary = "Count records", description = "Those that match a filter, and the values that they have.")
    public CountResponse count(CountRequest request) {
        access.check(Scope.READ, of(request, CountRequest::collection));
        return quiver.count().count(request);
    }

    @Funq("outliers")
    @Operation(
            summary = "Find what is unlike the rest",
            description =
                    "By the mean distance to the nearest neighbours, against a threshold that the collection's own records set.")
    public OutliersResponse outliers(OutliersRequest request) {
        access.check(Scope.READ, of(request, OutliersRequest::collection));
        return quiver.neighbours().outliers(request);
    }

    @Funq("duplicates")
    @Operation(
            summary = "Find near-duplicates",
            description = "Pairs of records above a score, page by page. A record is compared with its 100 nearest.")
    public DuplicatesResponse duplicates(DuplicatesRequest request) {
        access.check(Scope.READ, of(request, DuplicatesRequest::collection));
        return quiver.neighbours().duplicates(request);
    }

    @Funq("recall")
    @Operation(
            summary = "Measure the index",
            description =
                    "Searches for some of the collection's records, at the asked accuracy and exactly, and compares.")
    public RecallResponse recall(RecallRequest request) {
        access.check(Scope.READ, of(request, RecallRequest::collection));
        return quiver.recall().recall(request);
    }

    @Funq("fetch")
    @Operation(summary = "Read records by id")
    public FetchResponse fetch(FetchRequest request) {
        access.check(Scope.READ, of(request, FetchRequest::collection));
        return quiver.records().fetch(request);
    }

    @Funq("update")
    @Operation(
            summary = "Change attributes of records",
            description =
                    "By id or by filter, as one commit. Texts are not embedded anew: vectors and texts stay as they are.")
    public UpdateResponse update(UpdateRequest request) {
        access.check(Scope.WRITE, of(request, UpdateRequest::collection));
        return quiver.records().update(request);
    }

    @Funq("delete")
    @Operation(summary = "Delete records by id")
    public DeleteResponse delete(DeleteRequest request) {
        access.check(Scope.WRITE, of(request, DeleteRequest::collection));
        return quiver.records().delete(request);
    }

    @Funq("list")
    @Operation(summary = "Page through the records of a collection")
    public ListResponse list(ListRequest request) {
        access.check(Scope.READ, of(request, ListRequest::collection));
        return quiver.records().list(request);
    }

    @Funq("collections/create")
    @Operation(summary = "Create a collection")
    public CollectionResponse createCollection(CreateCollectionRequest request) {
        access.check(Scope.ADMIN, of(request, CreateCollectionRequest::name));
        return quiver.collections().create(request);
    }

    @Funq("collections/describe")
    @Operation(summary = "Settings and size of a collection")
    public CollectionResponse describeCollection(CollectionRequest request) {
        access.check(Scope.READ, of(request, CollectionRequest::name));
        return quiver.collections().describe(request);
    }

    @Funq("collections/update")
    @Operation(summary = "Change the settings of a collection")
    public CollectionResponse updateCollection(UpdateCollectionRequest request) {
        access.check(Scope.ADMIN, of(request, UpdateCollectionRequest::name));
        return quiver.collections().update(request);
    }

    @Funq("collections/fork")
    @Operation(
            summary = "Make a collection of another one",
            description =
                    "At once, whatever its size: both use the segments that are there, and each goes its own way. Either may be deleted.")
    public CollectionResponse forkCollection(ForkRequest request) {
        access.check(Scope.ADMIN, of(request, ForkRequest::name), of(request, ForkRequest::as));
        return quiver.collections().fork(request);
    }

    @Funq("collections/restore")
    @Operation(
            summary = "Go back to an earlier state",
            description = "As one change, which others see whole. What was committed since stays readable as of then.")
    public CollectionResponse restoreCollection(RestoreRequest request) {
        access.check(Scope.ADMIN, of(request, RestoreRequest::name));
        return quiver.collections().restore(request);
    }

    @Funq("collections/compact")
    @Operation(
            summary = "Fold the log into a segment",
            description =
                    "And merge segments where that is due. Writes do it by themselves when the log has grown; may run twice at once, and die at any point.")
    public CompactResponse compactCollection(CollectionRequest request) {
        access.check(Scope.ADMIN, of(request, CollectionRequest::name));
        return quiver.collections().compact(request);
    }

    @Funq("collections/collect-garbage")
    @Operation(
            summary = "Delete what nothing refers to",
            description = "Of what is older than the grace period and the retention.")
    public CollectGarbageResponse collectGarbage(CollectionRequest request) {
        access.check(Scope.ADMIN, of(request, CollectionRequest::name));
        return quiver.collections().collectGarbage(request);
    }

    @Funq("collections/list")
    @Operation(summary = "The names of all collections")
    public ListCollectionsResponse listCollections(ListCollectionsRequest request) {
        ApiKey key = access.check(Scope.READ);
        return new ListCollectionsResponse(quiver.collections().list().collections().stream()
                .filter(key::covers)
                .toList());
    }

    @Funq("collections/delete")
    @Operation(summary = "Delete a collection and everything in it")
    public DeleteCollectionResponse deleteCollection(CollectionRequest request) {
        access.check(Scope.ADMIN, of(request, CollectionRequest::name));
        return quiver.collections().delete(request);
    }
}
