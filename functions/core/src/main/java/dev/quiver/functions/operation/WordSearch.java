package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.FusionMethod;
import dev.quiver.functions.operation.Messages.FusionSettings;
import dev.quiver.functions.operation.Messages.Matching;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.Scores;
import dev.quiver.functions.operation.Messages.Scoring;
import dev.quiver.functions.operation.Messages.Truncated;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Explanation;
import dev.quiver.index.Fusion;
import dev.quiver.index.HybridRequest;
import dev.quiver.index.HybridResult;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.TextRequest;
import dev.quiver.index.TextResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextQuery;
import dev.quiver.index.vector.InvalidVectorException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/** The modes text and hybrid of {@code query}. */
public final class WordSearch {
    private static final int MOST_K = 1000;

    /** Candidates of each search. */
    private static final int DEPTH = 100;

    /** See docs/benchmarks.md: what serves best where nothing is known of the texts. */
    private static final FusionMethod METHOD = FusionMethod.WEIGHTED;

    private static final int K = 60;
    private static final double VECTOR_WEIGHT = 0.5;

    private final QueryRequest request;
    private final Filter filter;
    private final Consistency consistency;
    private final Collection collection;
    /** Null in mode text. */
    private final float[] vector;

    private final Truncated truncated;

    private WordSearch(
            QueryRequest request,
            Filter filter,
            Consistency consistency,
            Collection collection,
            float[] vector,
            Truncated truncated) {
        this.request = request;
        this.filter = filter;
        this.consistency = consistency;
        this.collection = collection;
        this.vector = vector;
        this.truncated = truncated;
    }

    static Mode mode(QueryRequest request) {
        return request.mode() == null ? Mode.VECTOR : request.mode();
    }

    /** Everything that can be said without the collection. */
    static void check(Check check, QueryRequest request) {
        Mode mode = mode(request);
        if (mode == Mode.VECTOR) {
            check.that(request.fields() == null, "/fields", "'fields' goes with mode text or hybrid.")
                    .that(request.matching() == null, "/matching", "'matching' goes with mode text or hybrid.")
                    .that(request.fusion() == null, "/fusion", "'fusion' goes with mode hybrid.");
            return;
        }
        check.that(
                        request.text() != null && !request.text().isBlank(),
                        "/text",
                        "Mode " + mode + " searches for the words of 'text', which must not be blank.")
                .that(request.id() == null, "/id", "'id' goes with mode vector.")
                .that(request.positive() == null, "/positive", "'positive' goes with mode vector.")
                .that(request.negative() == null, "/negative", "'negative' goes with mode vector.")
                .that(request.strategy() == null, "/strategy", "'strategy' goes with mode vector.")
                .that(request.diversity() == null, "/diversity", "'diversity' goes with mode vector.");
        if (mode == Mode.TEXT) {
            check.that(request.vector() == null, "/vector", "'vector' goes with mode vector or hybrid.")
                    .that(request.fusion() == null, "/fusion", "'fusion' goes with mode hybrid.")
                    .that(request.accuracy() == null, "/accuracy", "'accuracy' goes with mode vector or hybrid.")
                    .that(request.probes() == null, "/probes", "'probes' goes with mode vector or hybrid.")
                    .that(request.rescore() == null, "/rescore", "'rescore' goes with mode vector or hybrid.");
        }
        if (request.fields() != null) {
            check.that(!request.fields().isEmpty(), "/fields", "Give at least one field, or leave 'fields' out.");
            request.fields().forEach((name, weight) -> {
                try {
                    TextField.checkWeight(weight == null ? Double.NaN : weight);
                } catch (IllegalArgumentException e) {
                    check.that(false, pointer(name), e.getMessage());
                }
            });
        }
        FusionSettings fusion = request.fusion();
        if (fusion != null) {
            check.range(fusion.k(), 0, MOST_K, "/fusion/k")
                    .range(fusion.depth(), 1, Limits.TOP_K, "/fusion/depth")
                    .that(
                            fusion.vectorWeight() == null || (fusion.vectorWeight() >= 0 && fusion.vectorWeight() <= 1),
                            "/fusion/vectorWeight",
                            "The value must be between 0 and 1.");
        }
    }

    private static String pointer(String name) {
        return "/fields/" + name.replace("~", "~0").replace("/", "~1");
    }

    /** Embeds the text if that is needed. */
    static WordSearch of(
            QueryRequest request,
            Filter filter,
            Consistency consistency,
            Collection collection,
            EmbeddingModels models) {
        Schema schema = collection.schema();
        checkFields(request, collection.name(), schema);
        if (mode(request) == Mode.TEXT || request.vector() != null) {
            return new WordSearch(request, filter, consistency, collection, request.vector(), null);
        }
        if (schema.model() == null) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/vector",
                    "The collection '" + collection.name()
                            + "' has no embedding model: give a 'vector' beside the text, or search in mode text.");
        }
        TextEmbedder embedder = RecordOperations.embedder(models, schema, collection, "/text");
        TextEmbedder.Embedded embedded =
                Spans.in("embed", _ -> embedder.embed(List.of(request.text()), TextEmbedder.Purpose.QUERY));
        List<Truncated> truncated = EmbedOperation.truncated(embedded.truncations());
        return new WordSearch(
                request,
                filter,
                consistency,
                collection,
                embedded.vectors().getFirst(),
                truncated.isEmpty() ? null : truncated.getFirst());
    }

    private static void checkFields(QueryRequest request, String name, Schema schema) {
        if (schema.text().isEmpty()) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/mode",
                    "The collection '" + name
                            + "' was created without text fields, so its words cannot be searched for. Search in mode vector, or use a collection with text fields.");
        }
        List<String> known = schema.text().stream().map(TextField::name).toList();
        if (request.fields() != null) {
            for (String field : request.fields().keySet()) {
                if (!known.contains(field)) {
                    throw ProblemException.at(
                            Kind.INVALID_REQUEST,
                            pointer(field),
                            "The collection '" + name + "' has no text field '" + field + "'. It has: "
                                    + String.join(", ", known) + ".");
                }
            }
        }
    }

    Truncated truncated() {
        return truncated;
    }

    /** What the scores of the answer are. */
    Scoring scoring() {
        if (vector == null) {
            return Scoring.BM25;
        }
        return switch (fusion(request.fusion(), 1).method()) {
            case RRF -> Scoring.RRF;
            case WEIGHTED -> Scoring.WEIGHTED;
        };
    }

    boolean isHybrid() {
        return vector != null;
    }

    /**
     * @param isAll whether there are no more than these
     * @param scores by id, in mode hybrid
     */
    record Found(
            List<SearchResult.Hit> hits,
            boolean isAll,
            QueryCursor.State state,
            long lookNanos,
            Map<String, Scores> scores) {}

    /**
     * @param wanted so many hits; in mode hybrid all that come of looking at least so deep
     * @param cursor whose page it is to be; null for the first
     * @param explanations null if nobody wants to know
     */
    Found find(int wanted, QueryCursor cursor, Explanations explanations) {
        TextRequest words = new TextRequest(
                request.text(),
                request.fields() == null ? Map.of() : request.fields(),
                request.matching() == Matching.ALL ? TextQuery.Matching.ALL : TextQuery.Matching.ANY,
                wanted,
                filter,
                request.minScore() == null ? OptionalDouble.empty() : OptionalDouble.of(request.minScore()),
                consistency,
                Optional.ofNullable(cursor).map(c -> c.state().statistics()));
        Explanation how = explanations == null ? null : new Explanation();
        long started = System.nanoTime();
        if (vector == null) {
            TextResult result = Spans.search(collection, words, how);
            if (explanations != null) {
                explanations.add(wanted, how, 0, System.nanoTime() - started - result.lookNanos());
            }
            return new Found(
                    result.hits(),
                    result.hits().size() < wanted,
                    new QueryCursor.State(result.uid(), result.sequence(), 0, result.statistics()),
                    result.lookNanos(),
                    Map.of());
        }
        Fusion fusion = fusion(request.fusion(), wanted);
        if (cursor != null) {
            fusion = new Fusion(
                    fusion.method(),
                    fusion.k(),
                    fusion.vectorWeight(),
                    cursor.state().depth());
        }
        try {
            HybridResult result = Spans.search(
                    collection,
                    new HybridRequest(
                            vector,
                            words.withTopK(2 * fusion.depth()),
                            fusion,
                            Efforts.of(request.accuracy(), request.probes(), request.rescore())),
                    how);
            if (explanations != null) {
                explanations.add(
                        fusion.depth(), how, result.rowsScored(), System.nanoTime() - started - result.lookNanos());
            }
            List<SearchResult.Hit> hits = new ArrayList<>();
            Map<String, Scores> scores = new HashMap<>();
            for (HybridResult.Hit h : result.hits()) {
                hits.add(new SearchResult.Hit(h.record(), h.score()));
                scores.put(h.record().id(), new Scores(h.vectorScore(), h.textScore()));
            }
            return new Found(
                    hits,
                    result.isAll(),
                    new QueryCursor.State(result.uid(), result.sequence(), fusion.depth(), result.statistics()),
                    result.lookNanos(),
                    scores);
        } catch (InvalidVectorException e) {
            throw ProblemException.at(Problems.kind(e), "/vector", e.getMessage());
        }
    }

    /** @param wanted hits; at least so many candidates are looked at */
    static Fusion fusion(FusionSettings s, int wanted) {
        FusionMethod method = s == null || s.method() == null ? METHOD : s.method();
        return new Fusion(
                method == FusionMethod.RRF ? Fusion.Method.RRF : Fusion.Method.WEIGHTED,
                s == null || s.k() == null ? K : s.k(),
                s == null || s.vectorWeight() == null ? VECTOR_WEIGHT : s.vectorWeight(),
                Math.max(wanted, s == null || s.depth() == null ? DEPTH : s.depth()));
    }

    /** Both searches for a text, as {@code query} does it if nothing is said. */
    public static HybridResult hybrid(
            Collection collection, float[] vector, String text, int topK, Filter filter, Consistency consistency) {
        TextRequest words = new TextRequest(
                text, Map.of(), TextQuery.Matching.ANY, topK, filter, OptionalDouble.empty(), consistency);
        return Spans.search(
                collection, new HybridRequest(vector, words, fusion(null, topK), SearchRequest.Effort.DEFAULT));
    }
}
