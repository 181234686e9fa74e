package dev.quiver.client;

import java.util.List;

/**
 * A search near a vector, a text or a record: exactly one of the three.
 *
 * @param text embedded by the collection's model
 * @param id near this record, which is left out of the answer
 * @param topK 1 to 1,000; 10 if null
 * @param filter or null
 * @param include attributes and text if null
 * @param minScore leave out hits with a lower score, or, under euclidean, with a greater distance; or null
 * @param consistency or null
 * @param accuracy the share of the true nearest that is to be found on average, 0.5 to 1; 0.95 if null
 * @param probes for experts: clusters to read in each segment; or null
 * @param rescore for experts: rows of each segment to score anew; or null
 * @param asOf an earlier state to read, instead of consistency; or null
 */
public record QueryRequest(
        String collection,
        float[] vector,
        String text,
        String id,
        Integer topK,
        Filter filter,
        List<Include> include,
        Double minScore,
        Consistency consistency,
        Double accuracy,
        Integer probes,
        Integer rescore,
        AsOf asOf) {

    public static QueryRequest ofVector(String collection, float[] vector) {
        return new QueryRequest(collection, vector, null, null, null, null, null, null, null, null, null, null, null);
    }

    public static QueryRequest ofText(String collection, String text) {
        return new QueryRequest(collection, null, text, null, null, null, null, null, null, null, null, null, null);
    }

    /** More like this record. */
    public static QueryRequest ofRecord(String collection, String id) {
        return new QueryRequest(collection, null, null, id, null, null, null, null, null, null, null, null, null);
    }

    public QueryRequest withTopK(int other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                other,
                filter,
                include,
                minScore,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withFilter(Filter other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                topK,
                other,
                include,
                minScore,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest including(Include... parts) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                topK,
                filter,
                List.of(parts),
                minScore,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withMinScore(double other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                topK,
                filter,
                include,
                other,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withConsistency(Consistency other) {
        return new QueryRequest(
                collection, vector, text, id, topK, filter, include, minScore, other, accuracy, probes, rescore, null);
    }

    public QueryRequest withAccuracy(double other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                topK,
                filter,
                include,
                minScore,
                consistency,
                other,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest asOf(AsOf state) {
        return new QueryRequest(
                collection, vector, text, id, topK, filter, include, minScore, null, accuracy, probes, rescore, state);
    }
}
