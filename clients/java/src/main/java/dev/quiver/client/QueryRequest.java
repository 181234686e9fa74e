package dev.quiver.client;

import java.util.List;
import java.util.Map;

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
 * @param mode what is searched; {@link Mode#VECTOR} if null
 * @param fields in mode text and hybrid the text fields to search in and their weights; or null for all
 * @param matching in mode text and hybrid; {@link Matching#ANY} if null
 * @param fusion in mode hybrid; or null
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
        AsOf asOf,
        Mode mode,
        Map<String, Double> fields,
        Matching matching,
        Fusion fusion) {

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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                null,
                mode,
                fields,
                matching,
                fusion);
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
                asOf,
                mode,
                fields,
                matching,
                fusion);
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
                state,
                mode,
                fields,
                matching,
                fusion);
    }

    /** What is searched. */
    public QueryRequest withMode(Mode other) {
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
                accuracy,
                probes,
                rescore,
                asOf,
                other,
                fields,
                matching,
                fusion);
    }

    /** In these text fields, with these weights. */
    public QueryRequest inFields(Map<String, Double> weights) {
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
                accuracy,
                probes,
                rescore,
                asOf,
                mode,
                weights,
                matching,
                fusion);
    }

    /** Whether any or all of the words must be there. */
    public QueryRequest withMatching(Matching other) {
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
                accuracy,
                probes,
                rescore,
                asOf,
                mode,
                fields,
                other,
                fusion);
    }

    /** Both: what is near and what has the words. */
    public QueryRequest hybrid(Fusion other) {
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
                accuracy,
                probes,
                rescore,
                asOf,
                Mode.HYBRID,
                fields,
                matching,
                other);
    }

    /** In mode hybrid: a vector of one's own beside the text. */
    public QueryRequest besideVector(float[] near) {
        return withTarget(near, text, id, positive);
    }
}
