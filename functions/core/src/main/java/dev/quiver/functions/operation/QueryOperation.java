package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.Hit;
import dev.quiver.functions.operation.Messages.Include;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.Scores;
import dev.quiver.functions.operation.Messages.Took;
import dev.quiver.functions.operation.WordSearch.Found;
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
import dev.quiver.index.vector.Metric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;

/** {@code query}: the nearest records to a vector, a text, another record, or examples. */
public final class QueryOperation {
    private static final int DEFAULT_TOP_K = 10;

    /** Of these many times the wanted hits, the most different are chosen. */
    private static final int DIVERSITY_POOL = 4;

    /** Hits that are looked at to find enough groups. */
    private static final int MOST = 10_000;

    /** Scores of a search are floats. */
    private static final double ROUNDING = 1e-6;

    private final Database database;
    private final EmbeddingModels models;

    public QueryOperation(Database database, EmbeddingModels models) {
        this.database = database;
        this.models = models;
    }

    public QueryResponse query(QueryRequest request) {
        final long started = System.nanoTime();
        Check check = Check.of(request);
        check.given(request.collection(), "/collection");
        Aim.check(check, request);
        WordSearch.check(check, request);
        check.range(request.topK(), 1, Limits.TOP_K, "/topK")
                .that(
                        request.minScore() == null || Double.isFinite(request.minScore()),
                        "/minScore",
                        "The value must be a finite number.")
                .that(
                        request.diversity() == null || (request.diversity() >= 0 && request.diversity() <= 1),
                        "/diversity",
                        "The value must be between 0 and 1.")
                .elements(request.include(), "/include");
        if (request.groupBy() != null) {
            check.given(request.groupBy().field(), "/groupBy/field")
                    .range(request.groupBy().size(), 1, Limits.GROUP, "/groupBy/size");
        }
        Efforts.check(check, request.accuracy(), request.probes(), request.rescore());
        check.done();
        Filter filter = FilterParser.parse(request.filter());
        Consistency consistency = RecordOperations.consistency(request.consistency(), request.asOf());
        long opening = System.nanoTime();
        Collection collection =
                Spans.in("open", _ -> CollectionOperations.open(database, request.collection(), "/collection"));
        Schema schema = collection.schema();
        long opened = System.nanoTime();
        boolean byWords = WordSearch.mode(request) != Mode.VECTOR;
        WordSearch words = byWords ? WordSearch.of(request, filter, consistency, collection, models) : null;
        Aim aim = byWords ? null : Aim.of(request, collection, models, consistency);
        long embedded = System.nanoTime();

        int topK = request.topK() == null ? DEFAULT_TOP_K : request.topK();
        double diversity = request.diversity() == null ? 0 : request.diversity();
        int pool = diversity > 0 ? DIVERSITY_POOL * topK : topK;
        Found found = null;
        List<SearchResult.Hit> hits = List.of();
        // Groups and negative examples may take most of the hits away; then more are asked for.
        for (int wanted = pool; ; wanted = Math.min(MOST, 4 * wanted)) {
            found = byWords
                    ? words.find(wanted)
                    : find(collection, search(request, aim, wanted, filter, consistency), aim, schema.metric());
            hits = request.groupBy() == null ? found.hits() : Ranking.group(found.hits(), request.groupBy());
            if (hits.size() >= pool || found.isAll() || wanted >= MOST) {
                break;
            }
        }
        if (diversity > 0) {
            hits = Ranking.diversify(hits, schema.metric(), diversity, topK);
        }
        Set<Include> include = RecordOperations.include(request.include());
        Map<String, Scores> scores = found.scores();
        List<Hit> answered = hits.stream()
                .limit(topK)
                .map(h -> hit(h, include, scores.get(h.record().id())))
                .toList();
        long done = System.nanoTime();
        return new QueryResponse(
                answered,
                CollectionOperations.name(schema.metric()),
                byWords || schema.metric().higherIsNearer(),
                answered.size() < topK && found.isAll(),
                found.sequence(),
                new Took(
                        millis(done - started),
                        millis(embedded - opened),
                        millis(opened - opening + found.lookNanos()),
                        millis(done - embedded - found.lookNanos())),
                byWords ? words.truncated() : aim.truncated());
    }

    private static SearchRequest search(
            QueryRequest request, Aim aim, int wanted, Filter filter, Consistency consistency) {
        return new SearchRequest(
                aim.near().getFirst(),
                wanted + aim.excluded().size(),
                filter,
                request.minScore() == null ? OptionalDouble.empty() : OptionalDouble.of(request.minScore()),
                Efforts.of(request.accuracy(), request.probes(), request.rescore()),
                consistency);
    }

    /** The nearest to any of what is aimed at, without examples and what is nearer to a negative one. */
    private static Found find(Collection collection, SearchRequest search, Aim aim, Metric metric) {
        Map<String, SearchResult.Hit> best = new LinkedHashMap<>();
        boolean isAll = true;
        long sequence = 0;
        long look = 0;
        for (float[] vector : aim.near()) {
            SearchResult result = search(collection, search.near(vector));
            isAll &= result.hits().size() < search.topK();
            sequence = result.sequence();
            look += result.lookNanos();
            result.hits()
                    .forEach(h ->
                            best.merge(h.record().id(), h, (a, b) -> isNearer(metric, b.score(), a.score()) ? b : a));
        }
        List<SearchResult.Hit> hits = new ArrayList<>(best.values());
        if (aim.near().size() > 1) {
            Comparator<SearchResult.Hit> byScore = Comparator.comparing(SearchResult.Hit::score);
            hits.sort((metric.higherIsNearer() ? byScore.reversed() : byScore)
                    .thenComparing(h -> h.record().id()));
        }
        hits.removeIf(h -> aim.excluded().contains(h.record().id())
                || aim.away().stream()
                        .anyMatch(x -> Similarity.distance(metric, h.score())
                                        - Similarity.distance(
                                                metric,
                                                Similarity.score(
                                                        metric, x, h.record().vector()))
                                > ROUNDING * Math.max(1, Math.abs(h.score()))));
        return new Found(hits, isAll, sequence, look, Map.of());
    }

    private static boolean isNearer(Metric metric, double score, double than) {
        return metric.higherIsNearer() ? score > than : score < than;
    }

    private static SearchResult search(Collection collection, SearchRequest request) {
        try {
            return Spans.search(collection, request);
        } catch (InvalidVectorException e) {
            throw ProblemException.at(Problems.kind(e), "/vector", e.getMessage());
        }
    }

    private static Hit hit(SearchResult.Hit h, Set<Include> include, Scores scores) {
        Record r = h.record();
        return new Hit(
                r.id(),
                h.score(),
                include.contains(Include.VECTOR) ? r.vector() : null,
                include.contains(Include.TEXT) ? r.text() : null,
                include.contains(Include.ATTRIBUTES) ? r.attributes() : null,
                scores);
    }

    static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }

    /** To thousandths. */
    static double millis(double exact) {
        return Math.round(exact * 1e3) / 1e3;
    }
}
