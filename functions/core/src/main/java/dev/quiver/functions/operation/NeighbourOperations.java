package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.DuplicatePair;
import dev.quiver.functions.operation.Messages.DuplicatesRequest;
import dev.quiver.functions.operation.Messages.DuplicatesResponse;
import dev.quiver.functions.operation.Messages.OutlierScore;
import dev.quiver.functions.operation.Messages.OutliersRequest;
import dev.quiver.functions.operation.Messages.OutliersResponse;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchRequest.Effort;
import dev.quiver.index.SearchResult;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What the neighbours of records tell: {@code outliers}, which lie far from theirs, and {@code duplicates}, which lie next to one another. Each record is searched for in the index, so the whole collection costs
 * as many searches as it has records and not the square of that; it is gone through in pages, each of bounded work.
 *
 * @see <a href="https://doi.org/10.1007/3-540-45681-3_2">Angiulli and Pizzuti, 2002: distance to the k nearest neighbours as an outlier score</a>
 */
public final class NeighbourOperations {
    private static final int DEFAULT_NEIGHBOURS = 10;
    private static final int DEFAULT_PAGE = 100;
    private static final double DEFAULT_QUANTILE = 0.99;
    private static final double DEFAULT_DUPLICATE = 0.95;

    /** Records whose scores make the threshold. */
    private static final int CALIBRATION = 500;

    /** What is the same as many others is told of with so many of them; these have their own. */
    private static final int MOST_DUPLICATES = 100;

    /** Of the searches of one request, which begins with a look of its own. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private static final Effort THOROUGH = new Effort(0.99, 0, 0);
    private static final PageToken OUTLIERS = new PageToken("outliers", 2);
    private static final PageToken DUPLICATES = new PageToken("duplicates", 1);

    private final Database database;

    public NeighbourOperations(Database database) {
        this.database = database;
    }

    public OutliersResponse outliers(OutliersRequest request) {
        Check check = Check.of(request);
        check.given(request.collection(), "/collection")
                .that(request.ids() == null || request.vectors() == null, "", "Give 'ids' or 'vectors', not both.")
                .range(request.neighbours(), 1, Limits.NEIGHBOURS, "/neighbours")
                .that(
                        request.quantile() == null || (request.quantile() >= 0.5 && request.quantile() <= 0.9999),
                        "/quantile",
                        "The value must be between 0.5 and 0.9999.")
                .that(
                        request.threshold() == null || Double.isFinite(request.threshold()),
                        "/threshold",
                        "The value must be a finite number.")
                .that(
                        request.threshold() == null || request.quantile() == null,
                        "/quantile",
                        "Give 'quantile' or 'threshold', not both.")
                .range(request.limit(), 1, Limits.PAGE, "/limit");
        boolean named = request.ids() != null || request.vectors() != null;
        if (request.ids() != null) {
            check.size(request.ids(), Limits.IDS, "/ids");
        }
        if (request.vectors() != null) {
            check.size(request.vectors(), Limits.IDS, "/vectors");
        }
        check.that(
                        !named || (request.limit() == null && request.nextToken() == null),
                        "",
                        "'limit' and 'nextToken' are for going through the collection, without 'ids' and 'vectors'.")
                .done();
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        int neighbours = request.neighbours() == null ? DEFAULT_NEIGHBOURS : request.neighbours();
        if (named) {
            // Before the costly part.
            List<Scored> asked = request.ids() != null ? records(request, collection) : vectors(request, collection);
            double threshold = threshold(request, collection, neighbours);
            return new OutliersResponse(
                    asked.stream()
                            .map(s -> {
                                double score = score(collection, s, neighbours);
                                return new OutlierScore(s.id, s.index, score, score > threshold);
                            })
                            .toList(),
                    threshold,
                    asked.size(),
                    null);
        }
        return goThrough(request, collection, neighbours);
    }

    /** @param id null for a vector that is not in the collection, which has an index */
    private record Scored(String id, Integer index, float[] vector) {}

    private static List<Scored> records(OutliersRequest request, Collection collection) {
        try {
            Map<String, float[]> found = new HashMap<>();
            collection.fetch(request.ids(), Consistency.STRONG).records().forEach(r -> found.put(r.id(), r.vector()));
            List<Scored> records = new ArrayList<>();
            for (int i = 0; i < request.ids().size(); i++) {
                String id = request.ids().get(i);
                if (!found.containsKey(id)) {
                    throw ProblemException.at(
                            Kind.RECORD_NOT_FOUND,
                            "/ids/" + i,
                            "There is no record '" + id + "' in the collection '" + collection.name() + "'.");
                }
                records.add(new Scored(id, null, found.get(id)));
            }
            return records;
        } catch (IllegalArgumentException e) {
            throw ProblemException.at(Kind.INVALID_REQUEST, "/ids", e.getMessage());
        }
    }

    private static List<Scored> vectors(OutliersRequest request, Collection collection) {
        List<Scored> vectors = new ArrayList<>();
        for (int i = 0; i < request.vectors().size(); i++) {
            try {
                Vectors.check(
                        request.vectors().get(i),
                        collection.schema().dimension(),
                        collection.schema().metric());
            } catch (InvalidVectorException e) {
                throw ProblemException.at(Problems.kind(e), "/vectors/" + i, e.getMessage());
            }
            vectors.add(new Scored(null, i, request.vectors().get(i)));
        }
        return vectors;
    }

    private OutliersResponse goThrough(OutliersRequest request, Collection collection, int neighbours) {
        double threshold;
        String after = "";
        if (request.nextToken() == null) {
            threshold = threshold(request, collection, neighbours);
        } else {
            List<String> parts = OUTLIERS.read(request.nextToken(), request.collection());
            after = parts.getFirst();
            // As on the first page, whatever was written since.
            threshold = number(parts.get(1));
        }
        int limit = request.limit() == null ? DEFAULT_PAGE : request.limit();
        List<Record> page =
                collection.list("", after, Limits.EXAMINED, Consistency.STRONG).records();
        List<OutlierScore> scores = new ArrayList<>();
        int examined = 0;
        while (examined < page.size() && scores.size() < limit) {
            Record r = page.get(examined++);
            double score = score(collection, new Scored(r.id(), null, r.vector()), neighbours);
            if (score > threshold) {
                scores.add(new OutlierScore(r.id(), null, score, true));
            }
        }
        boolean isLast = examined == page.size() && page.size() < Limits.EXAMINED;
        String next = isLast
                ? null
                : OUTLIERS.write(request.collection(), page.get(examined - 1).id(), Double.toString(threshold));
        return new OutliersResponse(scores, threshold, examined, next);
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST, "/nextToken", "This token was changed. Start again without one.");
        }
    }

    private static double threshold(OutliersRequest request, Collection collection, int neighbours) {
        if (request.threshold() != null) {
            return request.threshold();
        }
        double[] scores = collection.sample(CALIBRATION, Consistency.STRONG).records().stream()
                .mapToDouble(r -> score(collection, new Scored(r.id(), null, r.vector()), neighbours))
                .sorted()
                .toArray();
        if (scores.length == 0) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/threshold",
                    "The collection '" + collection.name()
                            + "' is empty, so there is nothing to calibrate on. Give a threshold.");
        }
        double quantile = request.quantile() == null ? DEFAULT_QUANTILE : request.quantile();
        return scores[Math.min(scores.length - 1, (int) Math.ceil(quantile * scores.length) - 1)];
    }

    /** Mean distance to the nearest others; 0 if there are none. */
    private static double score(Collection collection, Scored of, int neighbours) {
        Metric metric = collection.schema().metric();
        SearchResult found = collection.search(new SearchRequest(
                of.vector,
                of.id == null ? neighbours : neighbours + 1,
                new Filter.All(),
                OptionalDouble.empty(),
                THOROUGH,
                new Consistency.Eventual(FRESH)));
        return found.hits().stream()
                .filter(h -> !h.record().id().equals(of.id))
                .limit(neighbours)
                .mapToDouble(h -> Similarity.distance(metric, h.score()))
                .average()
                .orElse(0);
    }

    public DuplicatesResponse duplicates(DuplicatesRequest request) {
        Check.of(request)
                .given(request.collection(), "/collection")
                .that(
                        request.minScore() == null || Double.isFinite(request.minScore()),
                        "/minScore",
                        "The value must be a finite number.")
                .range(request.limit(), 1, Limits.PAGE, "/limit")
                .done();
        Collection collection = CollectionOperations.open(database, request.collection(), "/collection");
        Metric metric = collection.schema().metric();
        if (request.minScore() == null && metric != Metric.COSINE) {
            throw ProblemException.at(
                    Kind.INVALID_REQUEST,
                    "/minScore",
                    "The collection '" + collection.name() + "' compares by " + CollectionOperations.name(metric)
                            + ", which has no usual threshold. Give one.");
        }
        double minScore = request.minScore() == null ? DEFAULT_DUPLICATE : request.minScore();
        int limit = request.limit() == null ? DEFAULT_PAGE : request.limit();
        String after = request.nextToken() == null
                ? ""
                : DUPLICATES.read(request.nextToken(), request.collection()).getFirst();
        List<Record> page =
                collection.list("", after, Limits.EXAMINED, Consistency.STRONG).records();
        List<DuplicatePair> pairs = new ArrayList<>();
        int examined = 0;
        while (examined < page.size() && pairs.size() < limit) {
            Record r = page.get(examined++);
            // A pair is found twice, and told when its lower id comes.
            collection
                    .search(new SearchRequest(
                            r.vector(),
                            MOST_DUPLICATES,
                            new Filter.All(),
                            OptionalDouble.of(minScore),
                            THOROUGH,
                            new Consistency.Eventual(FRESH)))
                    .hits()
                    .stream()
                    .filter(h -> compare(h.record().id(), r.id()) > 0)
                    .map(h -> new DuplicatePair(r.id(), h.record().id(), h.score()))
                    .forEach(pairs::add);
        }
        boolean isLast = examined == page.size() && page.size() < Limits.EXAMINED;
        return new DuplicatesResponse(
                pairs,
                examined,
                isLast
                        ? null
                        : DUPLICATES.write(
                                request.collection(), page.get(examined - 1).id()));
    }

    /** In the order of a list. */
    private static int compare(String a, String b) {
        return Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
    }
}
