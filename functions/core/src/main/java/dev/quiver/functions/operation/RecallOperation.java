package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.RecallRequest;
import dev.quiver.functions.operation.Messages.RecallResponse;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;

/** {@code recall}: how good the index is on the live data, by searching for some of its records exactly too. */
public final class RecallOperation {
    private static final int DEFAULT_SAMPLE = 100;
    private static final int DEFAULT_TOP_K = 10;

    private final Database database;

    public RecallOperation(Database database) {
        this.database = database;
    }

    public RecallResponse recall(RecallRequest request) {
        Check check = Check.of(request);
        check.given(request.collection(), "/collection")
                .range(request.sample(), 1, Limits.RECALL_SAMPLE, "/sample")
                .range(request.topK(), 1, Limits.RECALL_TOP_K, "/topK");
        Efforts.check(check, request.accuracy(), request.probes(), request.rescore());
        check.done();
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        int topK = request.topK() == null ? DEFAULT_TOP_K : request.topK();
        Collection.Recall recall = collection.recall(
                request.sample() == null ? DEFAULT_SAMPLE : request.sample(),
                topK,
                Efforts.of(request.accuracy(), request.probes(), request.rescore()),
                Consistency.STRONG);
        return new RecallResponse(
                recall.recall(),
                recall.sample(),
                topK,
                QueryOperation.millis(recall.millis()),
                QueryOperation.millis(recall.exactMillis()),
                recall.sequence());
    }
}
