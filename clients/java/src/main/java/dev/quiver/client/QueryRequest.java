package dev.quiver.client;

import java.util.List;

/**
 * A search near a vector, a text, a record or examples: exactly one of the four.
 *
 * @param text embedded by the collection's model
 * @param id near this record, which is left out of the answer
 * @param positive examples to be near to
 * @param negative examples to be away from; or null
 * @param strategy how examples are put together; average if null
 * @param topK 1 to 1,000; 10 if null
 * @param filter or null
 * @param include attributes and text if null
 * @param minScore leave out hits with a lower score, or, under euclidean, with a greater distance; or null
 * @param diversity 0 to 1: how much hits should differ from one another; 0 if null
 * @param groupBy how many hits may have the same value of a field; or null
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
        List<Example> positive,
        List<Example> negative,
        Strategy strategy,
        Integer topK,
        Filter filter,
        List<Include> include,
        Double minScore,
        Double diversity,
        Grouping groupBy,
        Consistency consistency,
        Double accuracy,
        Integer probes,
        Integer rescore,
        AsOf asOf) {

    private static QueryRequest of(String collection) {
        return new QueryRequest(
                collection,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null);
    }

    public static QueryRequest ofVector(String collection, float[] vector) {
        return of(collection).withTarget(vector, null, null, null);
    }

    public static QueryRequest ofText(String collection, String text) {
        return of(collection).withTarget(null, text, null, null);
    }

    /** More like this record. */
    public static QueryRequest ofRecord(String collection, String id) {
        return of(collection).withTarget(null, null, id, null);
    }

    /** More like these. */
    public static QueryRequest ofExamples(String collection, List<Example> positive) {
        return of(collection).withTarget(null, null, null, positive);
    }

    private QueryRequest withTarget(float[] near, String nearText, String nearId, List<Example> examples) {
        return new QueryRequest(
                collection,
                near,
                nearText,
                nearId,
                examples,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    /** And unlike these. */
    public QueryRequest awayFrom(List<Example> others) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                others,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withStrategy(Strategy other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                other,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withTopK(int other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                other,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
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
                positive,
                negative,
                strategy,
                topK,
                other,
                include,
                minScore,
                diversity,
                groupBy,
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
                positive,
                negative,
                strategy,
                topK,
                filter,
                List.of(parts),
                minScore,
                diversity,
                groupBy,
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
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                other,
                diversity,
                groupBy,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withDiversity(double other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                other,
                groupBy,
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    /** At most so many hits with the same value of a field. */
    public QueryRequest groupedBy(String field, int size) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                new Grouping(field, size),
                consistency,
                accuracy,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest withConsistency(Consistency other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                other,
                accuracy,
                probes,
                rescore,
                null);
    }

    public QueryRequest withAccuracy(double other) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                consistency,
                other,
                probes,
                rescore,
                asOf);
    }

    public QueryRequest asOf(AsOf state) {
        return new QueryRequest(
                collection,
                vector,
                text,
                id,
                positive,
                negative,
                strategy,
                topK,
                filter,
                include,
                minScore,
                diversity,
                groupBy,
                null,
                accuracy,
                probes,
                rescore,
                state);
    }
}
