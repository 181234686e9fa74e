package dev.quiver.client;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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
 * @param nextToken from the page before; or null
 * @param explain whether to answer also how the search was done; or null
 * @param boost what attributes add to the scores; or null
 * @param boostDepth hits of the search that boosts put in order; ten times topK and at least 100 if null
 * @param rerank a model that is to order the best hits; or null
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
        Fusion fusion,
        String nextToken,
        Boolean explain,
        List<Boost> boost,
        Integer boostDepth,
        Rerank rerank) {

    /** Those of one request, to be changed on the way to another one. */
    private static final class Fields {
        private final String collection;
        private float[] vector;
        private String text;
        private String id;
        private List<Example> positive;
        private List<Example> negative;
        private Strategy strategy;
        private Integer topK;
        private Filter filter;
        private List<Include> include;
        private Double minScore;
        private Double diversity;
        private Grouping groupBy;
        private Consistency consistency;
        private Double accuracy;
        private Integer probes;
        private Integer rescore;
        private AsOf asOf;
        private Mode mode;
        private Map<String, Double> fields;
        private Matching matching;
        private Fusion fusion;
        private String nextToken;
        private Boolean explain;
        private List<Boost> boost;
        private Integer boostDepth;
        private Rerank rerank;

        Fields(String collection) {
            this.collection = collection;
        }

        Fields(QueryRequest r) {
            this(r.collection);
            vector = r.vector;
            text = r.text;
            id = r.id;
            positive = r.positive;
            negative = r.negative;
            strategy = r.strategy;
            topK = r.topK;
            filter = r.filter;
            include = r.include;
            minScore = r.minScore;
            diversity = r.diversity;
            groupBy = r.groupBy;
            consistency = r.consistency;
            accuracy = r.accuracy;
            probes = r.probes;
            rescore = r.rescore;
            asOf = r.asOf;
            mode = r.mode;
            fields = r.fields;
            matching = r.matching;
            fusion = r.fusion;
            nextToken = r.nextToken;
            explain = r.explain;
            boost = r.boost;
            boostDepth = r.boostDepth;
            rerank = r.rerank;
        }

        QueryRequest build() {
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
                    matching,
                    fusion,
                    nextToken,
                    explain,
                    boost,
                    boostDepth,
                    rerank);
        }
    }

    private static QueryRequest of(String collection, Consumer<Fields> target) {
        Fields fields = new Fields(collection);
        target.accept(fields);
        return fields.build();
    }

    private QueryRequest with(Consumer<Fields> change) {
        Fields fields = new Fields(this);
        change.accept(fields);
        return fields.build();
    }

    public static QueryRequest ofVector(String collection, float[] vector) {
        return of(collection, f -> f.vector = vector);
    }

    public static QueryRequest ofText(String collection, String text) {
        return of(collection, f -> f.text = text);
    }

    /** More like this record. */
    public static QueryRequest ofRecord(String collection, String id) {
        return of(collection, f -> f.id = id);
    }

    /** More like these. */
    public static QueryRequest ofExamples(String collection, List<Example> positive) {
        return of(collection, f -> f.positive = positive);
    }

    /** And unlike these. */
    public QueryRequest awayFrom(List<Example> others) {
        return with(f -> f.negative = others);
    }

    public QueryRequest withStrategy(Strategy other) {
        return with(f -> f.strategy = other);
    }

    public QueryRequest withTopK(int other) {
        return with(f -> f.topK = other);
    }

    public QueryRequest withFilter(Filter other) {
        return with(f -> f.filter = other);
    }

    public QueryRequest including(Include... parts) {
        return with(f -> f.include = List.of(parts));
    }

    public QueryRequest withMinScore(double other) {
        return with(f -> f.minScore = other);
    }

    public QueryRequest withDiversity(double other) {
        return with(f -> f.diversity = other);
    }

    /** At most so many hits with the same value of a field. */
    public QueryRequest groupedBy(String field, int size) {
        return with(f -> f.groupBy = new Grouping(field, size));
    }

    public QueryRequest withConsistency(Consistency other) {
        return with(f -> {
            f.consistency = other;
            f.asOf = null;
        });
    }

    public QueryRequest withAccuracy(double other) {
        return with(f -> f.accuracy = other);
    }

    public QueryRequest asOf(AsOf state) {
        return with(f -> {
            f.asOf = state;
            f.consistency = null;
        });
    }

    /** The page after the one that has this token. */
    public QueryRequest from(String token) {
        return with(f -> f.nextToken = token);
    }

    /** Also answer how the search was done. */
    public QueryRequest explained() {
        return with(f -> f.explain = true);
    }

    /** Put the best hits in an order to which attributes add. */
    public QueryRequest boostedBy(Boost... boosts) {
        return with(f -> f.boost = List.of(boosts));
    }

    /** So many hits of the search are put in the order of the boosts. */
    public QueryRequest withBoostDepth(int hits) {
        return with(f -> f.boostDepth = hits);
    }

    /** Order the best hits by a model that reads query and text together. */
    public QueryRequest rerankedBy(Rerank other) {
        return with(f -> f.rerank = other);
    }

    public QueryRequest withMode(Mode other) {
        return with(f -> f.mode = other);
    }

    /** Search in these text fields, with these weights. */
    public QueryRequest inFields(Map<String, Double> weights) {
        return with(f -> f.fields = weights);
    }

    /** Whether any or all of the words must be there. */
    public QueryRequest withMatching(Matching other) {
        return with(f -> f.matching = other);
    }

    /** Both: what is near and what has the words. */
    public QueryRequest hybrid(Fusion other) {
        return with(f -> {
            f.mode = Mode.HYBRID;
            f.fusion = other;
        });
    }

    /** In mode hybrid: a vector of one's own beside the text. */
    public QueryRequest besideVector(float[] near) {
        return with(f -> f.vector = near);
    }
}
