package dev.quiver.functions.operation;

import dev.quiver.functions.embedding.EmbeddingModels;
import dev.quiver.functions.observe.Spans;
import dev.quiver.functions.operation.Messages.ExplainedHit;
import dev.quiver.functions.operation.Messages.Hit;
import dev.quiver.functions.operation.Messages.Include;
import dev.quiver.functions.operation.Messages.Mode;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.QueryResponse;
import dev.quiver.functions.operation.Messages.Scores;
import dev.quiver.functions.operation.Messages.Scoring;
import dev.quiver.functions.operation.Messages.Took;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.functions.rerank.Rerankers;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Explanation;
import dev.quiver.index.NoSuchStateException;
import dev.quiver.index.OutOfRetentionException;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.text.StatisticsGoneException;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Supplier;

/** {@code query}: the nearest records to a vector, a text, another record, or examples. */
public final class QueryOperation {
    private static final int DEFAULT_TOP_K = 10;

    /** Of these many times the wanted hits, the most different are chosen. */
    private static final int DIVERSITY_POOL = 4;

    /** Scores of a search are floats. */
    private static final double ROUNDING = 1e-6;

    private final Database database;
    private final EmbeddingModels models;
    private final Rerankers rerankers;
    private final InstantSource clock;

    /** @param clock what dates in boosts count from */
    public QueryOperation(Database database, EmbeddingModels models, Rerankers rerankers, InstantSource clock) {
        this.database = database;
        this.models = models;
        this.rerankers = rerankers;
        this.clock = clock;
    }

    public QueryResponse query(QueryRequest request) {
        final long started = System.nanoTime();
        Explanations explanations =
                request != null && Boolean.TRUE.equals(request.explain()) ? new Explanations(database.meter()) : null;
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
        check.that(
                request.nextToken() == null || request.diversity() == null || request.diversity() == 0,
                "/nextToken",
                "What is chosen for variety has no next page: every choice depends on all before. Ask for more at once, by 'topK', or leave 'diversity' out.");
        if (request.groupBy() != null) {
            check.given(request.groupBy().field(), "/groupBy/field")
                    .range(request.groupBy().size(), 1, Limits.GROUP, "/groupBy/size");
        }
        Boosts.check(check, request);
        Reranking.check(check, request.rerank(), request.text());
        boolean isReordered = request.boost() != null || request.rerank() != null;
        check.that(
                        !isReordered || request.nextToken() == null,
                        "/nextToken",
                        "What 'boost' or 'rerank' has put in order has no next page: it is made of the best of the search. Ask for more at once, by 'topK', 'boostDepth' and the depth of 'rerank'.")
                .that(
                        !isReordered || request.diversity() == null || request.diversity() == 0,
                        "/diversity",
                        "Variety is chosen by the nearness alone. Give 'diversity', or 'boost' and 'rerank', not both.");
        Efforts.check(check, request.accuracy(), request.probes(), request.rescore());
        check.done();
        // Once more with what the collection declares; what is wrong without it is said before it is opened.
        FilterParser.parse(request.filter());
        if (request.boost() != null) {
            Boosts.of(request.boost(), clock.instant(), DeclaredFields.NONE);
        }
        Consistency asked = RecordOperations.consistency(request.consistency(), request.asOf());
        QueryCursor cursor = request.nextToken() == null ? null : QueryCursor.read(request);
        // What the first page has seen.
        Consistency consistency = cursor == null
                ? asked
                : new Consistency.AsOfSequence(cursor.state().sequence());
        long opening = System.nanoTime();
        Collection collection =
                Spans.in("open", _ -> CollectionOperations.open(database, request.collection(), "/collection"));
        Schema schema = collection.schema();
        Filter filter = DeclaredFilters.parse(request.filter(), schema.declared());
        Boosts boosts = request.boost() == null ? null : Boosts.of(request.boost(), clock.instant(), schema.declared());
        long opened = System.nanoTime();
        boolean byWords = WordSearch.mode(request) != Mode.VECTOR;
        WordSearch words = byWords ? WordSearch.of(request, filter, consistency, collection, models) : null;
        boolean isHybrid = byWords && words.isHybrid();
        Aim aim = byWords ? null : aim(request, collection, consistency, cursor);
        // Those of words are unbounded and higher for what fits better, as dot products are.
        Metric metric = byWords ? Metric.DOT : schema.metric();
        long embedded = System.nanoTime();

        int topK = request.topK() == null ? DEFAULT_TOP_K : request.topK();
        double diversity = request.diversity() == null ? 0 : request.diversity();
        int pool = diversity > 0 ? DIVERSITY_POOL * topK : topK;
        if (request.rerank() != null) {
            pool = Math.max(topK, Reranking.depth(request.rerank()));
        }
        int wanted = boosts == null ? pool : Boosts.depth(request, pool);
        // In steps, so that most pages are cut from the same hits.
        while (cursor != null && wanted < cursor.answered() + pool && wanted < Limits.DEPTH) {
            wanted = Math.min(Limits.DEPTH, 4 * wanted);
        }
        Found found;
        List<SearchResult.Hit> hits;
        Map<String, Double> boosted = Map.of();
        // Groups and negative examples may take most of the hits away; then more are asked for.
        while (true) {
            int atLeast = wanted;
            found = byWords
                    ? Found.of(kept(cursor, collection, () -> words.find(atLeast, cursor, explanations)))
                    : find(
                            collection,
                            search(request, aim, wanted, filter, consistency),
                            aim,
                            metric,
                            cursor,
                            explanations);
            hits = found.hits;
            if (cursor != null) {
                cursor.check(found.state);
            }
            if (boosts != null) {
                // A fusion gives all that it has looked at.
                hits = hits.subList(0, Math.min(wanted, hits.size()));
                boosted = boosts.scores(hits, metric);
                hits = Ranking.inOrder(hits, boosted.keySet());
            }
            if (request.groupBy() != null) {
                hits = Ranking.group(hits, request.groupBy());
            }
            if (cursor != null) {
                hits = cursor.rest(hits, metric);
            }
            // Pages of a fusion stay at the depth of the first.
            if (hits.size() >= pool || found.isAll || wanted >= Limits.DEPTH || (isHybrid && cursor != null)) {
                break;
            }
            wanted = Math.min(Limits.DEPTH, 4 * wanted);
        }
        boolean hasMore = hits.size() > topK || (!found.isAll && wanted < Limits.DEPTH && !isHybrid);
        if (diversity > 0) {
            hits = Ranking.diversify(hits, schema.metric(), diversity, topK);
        }
        long searched = System.nanoTime();
        Map<String, Double> reranked = Map.of();
        if (request.rerank() != null) {
            reranked = Reranking.scores(
                    rerankers,
                    request.rerank(),
                    request.text(),
                    hits.stream().map(SearchResult.Hit::record).toList());
            hits = Ranking.first(hits, reranked.keySet());
        }
        long ranked = System.nanoTime();
        Set<Include> include = RecordOperations.include(request.include());
        List<SearchResult.Hit> page = hits.stream().limit(topK).toList();
        List<Hit> answered = new ArrayList<>();
        for (SearchResult.Hit h : page) {
            answered.add(hit(
                    h,
                    boosted,
                    reranked,
                    include,
                    found.scores.get(h.record().id()),
                    explanations == null ? null : explanations.hit(h.record().id())));
        }
        String next = hasMore && diversity == 0 && !isReordered && !page.isEmpty()
                ? QueryCursor.next(request, cursor, found.state, page)
                : null;
        long done = System.nanoTime();
        return new QueryResponse(
                answered,
                byWords ? words.scoring() : scoring(schema.metric()),
                byWords ? null : CollectionOperations.name(schema.metric()),
                metric.higherIsNearer(),
                answered.size() < topK && found.isAll,
                found.state.sequence(),
                next,
                new Took(
                        millis(done - started),
                        millis(embedded - opened),
                        millis(opened - opening + found.lookNanos),
                        millis(done - embedded - found.lookNanos - (ranked - searched)),
                        request.rerank() == null ? null : millis(ranked - searched)),
                byWords ? words.truncated() : aim.truncated(),
                explanations == null ? null : explanations.all());
    }

    private Aim aim(QueryRequest request, Collection collection, Consistency consistency, QueryCursor cursor) {
        return kept(cursor, collection, () -> Aim.of(request, collection, models, consistency));
    }

    /** A page after the first one reads an earlier state, which may be gone by now. */
    private static <T> T kept(QueryCursor cursor, Collection collection, Supplier<T> read) {
        try {
            return read.get();
        } catch (StatisticsGoneException e) {
            throw ProblemException.at(
                    Kind.OUT_OF_RETENTION,
                    "/nextToken",
                    e.getMessage() + " Start again without the token, or with longer beginnings of words.");
        } catch (OutOfRetentionException | NoSuchStateException e) {
            if (cursor == null) {
                throw e;
            }
            throw ProblemException.at(
                    Kind.OUT_OF_RETENTION,
                    "/nextToken",
                    "The collection '" + collection.name()
                            + "' has changed since the first page, and its state of then, commit "
                            + cursor.state().sequence()
                            + ", is not kept any more. Start again without the token. With a retention (collections/update) earlier states stay readable, and pages go on beside writes.");
        }
    }

    /**
     * @param isAll whether there are no more than these
     * @param state of the last search
     * @param scores by id, in mode hybrid
     */
    private record Found(
            List<SearchResult.Hit> hits,
            boolean isAll,
            QueryCursor.State state,
            long lookNanos,
            Map<String, Scores> scores) {
        static Found of(WordSearch.Found found) {
            return new Found(found.hits(), found.isAll(), found.state(), found.lookNanos(), found.scores());
        }
    }

    private static Scoring scoring(Metric metric) {
        return switch (metric) {
            case COSINE -> Scoring.COSINE;
            case DOT -> Scoring.DOT;
            case EUCLIDEAN -> Scoring.EUCLIDEAN;
        };
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
    private static Found find(
            Collection collection,
            SearchRequest search,
            Aim aim,
            Metric metric,
            QueryCursor cursor,
            Explanations explanations) {
        Map<String, SearchResult.Hit> best = new LinkedHashMap<>();
        boolean isAll = true;
        SearchResult last = null;
        long look = 0;
        for (float[] vector : aim.near()) {
            SearchResult result = kept(cursor, collection, () -> search(collection, search.near(vector), explanations));
            isAll &= result.hits().size() < search.topK();
            last = result;
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
        return new Found(hits, isAll, QueryCursor.State.of(last), look, Map.of());
    }

    private static boolean isNearer(Metric metric, double score, double than) {
        return metric.higherIsNearer() ? score > than : score < than;
    }

    private static SearchResult search(Collection collection, SearchRequest request, Explanations explanations) {
        try {
            if (explanations == null) {
                return Spans.search(collection, request);
            }
            Explanation how = new Explanation();
            long started = System.nanoTime();
            SearchResult result = Spans.search(collection, request, how);
            explanations.add(
                    request.topK(), how, result.rowsScored(), System.nanoTime() - started - result.lookNanos());
            return result;
        } catch (InvalidVectorException e) {
            throw ProblemException.at(Problems.kind(e), "/vector", e.getMessage());
        }
    }

    private static Hit hit(
            SearchResult.Hit h,
            Map<String, Double> boosted,
            Map<String, Double> reranked,
            Set<Include> include,
            Scores scores,
            ExplainedHit explanation) {
        Record r = h.record();
        return new Hit(
                r.id(),
                h.score(),
                boosted.get(r.id()),
                reranked.get(r.id()),
                include.contains(Include.VECTOR) ? r.vector() : null,
                include.contains(Include.TEXT) ? r.text() : null,
                include.contains(Include.ATTRIBUTES) ? r.attributes() : null,
                scores,
                explanation);
    }

    static double millis(long nanos) {
        return Math.round(nanos / 1e4) / 100.0;
    }

    /** To thousandths. */
    static double millis(double exact) {
        return Math.round(exact * 1e3) / 1e3;
    }
}
