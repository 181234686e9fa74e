package dev.quiver.functions.operation;

import dev.quiver.functions.operation.Messages.Boost;
import dev.quiver.functions.operation.Messages.DecayName;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Dates;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.vector.Metric;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * What attributes add to the score of a hit: the nearness as a number that is never negative, plus the weighted sum of the boosts' values, which are between 0 and 1. The best hits of a search are put in this order; a boost does not
 * find others.
 *
 * @see <a href="https://www.elastic.co/docs/reference/query-languages/query-dsl/query-dsl-function-score-query">Elasticsearch's decay functions, with score_mode and boost_mode "sum"</a>
 */
final class Boosts {
    /** Of the hits wanted so many are looked at, if the request does not say. */
    private static final int DEPTH_FACTOR = 10;

    private static final int LEAST_DEPTH = 100;

    /** Epoch numbers below are seconds (until the year 5138), others milliseconds (since 1973). */
    private static final double SECONDS = 1e11;

    private final List<Term> terms;

    /** @param value 0 to 1, of a record's attributes */
    private record Term(double weight, ToDoubleFunction<Map<String, Object>> value) {}

    private Boosts(List<Term> terms) {
        this.terms = terms;
    }

    /** How many hits of the search are looked at. */
    static int depth(QueryRequest request, int topK) {
        return request.boostDepth() == null
                ? Math.min(Limits.DEPTH, Math.max(LEAST_DEPTH, DEPTH_FACTOR * topK))
                : Math.max(topK, request.boostDepth());
    }

    /** Everything that can be said without the collection, apart from what {@link #of} says. */
    static void check(Check check, QueryRequest request) {
        check.that(
                        request.boostDepth() == null || request.boost() != null,
                        "/boostDepth",
                        "'boostDepth' goes with 'boost'.")
                .range(request.boostDepth(), 1, Limits.DEPTH, "/boostDepth");
        if (request.boost() == null) {
            return;
        }
        check.size(request.boost(), Limits.BOOSTS, "/boost");
        for (int i = 0; i < request.boost().size(); i++) {
            Boost b = request.boost().get(i);
            if (b != null) {
                check(check, b, "/boost/" + i);
            }
        }
    }

    private static void check(Check check, Boost b, String at) {
        check.that(
                        (b.field() == null) != (b.filter() == null),
                        at,
                        "Give exactly one of 'field' (with 'decay' and 'scale') and 'filter'.")
                .that(b.field() == null || !b.field().isBlank(), at + "/field", "The name is blank.")
                .that(
                        b.weight() == null || Double.isFinite(b.weight()),
                        at + "/weight",
                        "The value must be a finite number.");
        if (b.filter() != null) {
            check.that(
                    b.decay() == null
                            && b.origin() == null
                            && b.scale() == null
                            && b.offset() == null
                            && b.midpoint() == null,
                    at,
                    "'decay', 'origin', 'scale', 'offset' and 'midpoint' go with 'field'; a filter matches or does not.");
        } else if (b.field() != null) {
            check.that(b.decay() != null, at + "/decay", "Give 'exp', 'gauss' or 'linear'.")
                    .that(b.scale() != null, at + "/scale", "Give the distance at which the value is 'midpoint'.")
                    .that(
                            b.midpoint() == null || (b.midpoint() > 0 && b.midpoint() < 1),
                            at + "/midpoint",
                            "The value must be between 0 and 1, both excluded.");
        }
    }

    /**
     * @param now where a date without an origin counts from
     * @param declared of the collection
     * @throws ProblemException if a value of a boost cannot be read
     */
    static Boosts of(List<Boost> boosts, Instant now, DeclaredFields declared) {
        List<Term> terms = new ArrayList<>();
        for (int i = 0; i < boosts.size(); i++) {
            Boost b = boosts.get(i);
            String at = "/boost/" + i;
            double weight = b.weight() == null ? 1 : b.weight();
            if (b.filter() != null) {
                Filter filter = DeclaredFilters.parse(b.filter(), at + "/filter", declared);
                terms.add(new Term(weight, attributes -> filter.matches(attributes) ? 1 : 0));
            } else {
                terms.add(new Term(weight, decay(b, now, at)));
            }
        }
        return new Boosts(terms);
    }

    private static ToDoubleFunction<Map<String, Object>> decay(Boost b, Instant now, String at) {
        boolean isDate = b.scale() instanceof String;
        double scale = isDate ? millis(b.scale(), at + "/scale") : number(b.scale(), at + "/scale");
        double offset = b.offset() == null
                ? 0
                : isDate ? millis(b.offset(), at + "/offset") : number(b.offset(), at + "/offset");
        if (!(scale > 0)) {
            throw wrong(at + "/scale", "The scale must be above 0.");
        }
        if (!(offset >= 0)) {
            throw wrong(at + "/offset", "The offset must not be negative.");
        }
        double origin = origin(b, isDate, now, at + "/origin");
        double midpoint = b.midpoint() == null ? 0.5 : b.midpoint();
        return attributes -> {
            OptionalDouble nearest = values(attributes.get(b.field()), isDate)
                    .map(v -> Math.abs(v - origin))
                    .min();
            return nearest.isEmpty()
                    ? 0
                    : value(b.decay(), Math.max(0, nearest.getAsDouble() - offset), scale, midpoint);
        };
    }

    /** 1 at no distance, {@code midpoint} at the scale. */
    static double value(DecayName decay, double distance, double scale, double midpoint) {
        double parts = distance / scale;
        return switch (decay) {
            case EXP -> Math.exp(Math.log(midpoint) * parts);
            case GAUSS -> Math.exp(Math.log(midpoint) * parts * parts);
            case LINEAR -> Math.max(0, 1 - (1 - midpoint) * parts);
        };
    }

    private static DoubleStream values(Object attribute, boolean isDate) {
        List<?> all = attribute instanceof List<?> list ? list : attribute == null ? List.of() : List.of(attribute);
        return all.stream()
                .map(v -> number(v, isDate))
                .filter(OptionalDouble::isPresent)
                .mapToDouble(OptionalDouble::getAsDouble);
    }

    /** Of a date, epoch milliseconds; empty for what is neither. */
    private static OptionalDouble number(Object value, boolean isDate) {
        return switch (value) {
            case Number n -> {
                double d = n.doubleValue();
                yield OptionalDouble.of(isDate && Math.abs(d) < SECONDS ? 1000 * d : d);
            }
            case String s
            when isDate ->
                Dates.parse(s).map(i -> OptionalDouble.of(i.toEpochMilli())).orElse(OptionalDouble.empty());
            case null, default -> OptionalDouble.empty();
        };
    }

    private static double origin(Boost b, boolean isDate, Instant now, String at) {
        if (b.origin() == null) {
            if (!isDate) {
                throw wrong(
                        at,
                        "A number needs an origin. Only dates count from now; for them give the scale as a duration, such as P7D.");
            }
            return now.toEpochMilli();
        }
        return number(b.origin(), isDate)
                .orElseThrow(
                        () -> wrong(
                                at,
                                isDate
                                        ? "'" + b.origin()
                                                + "' is not a date such as 2026-11-23 or 2026-11-23T10:15:30Z."
                                        : "The origin must be a number, as the scale is. For dates give the scale as a duration, such as P7D."));
    }

    private static double number(Object value, String at) {
        if (value instanceof Number n && Double.isFinite(n.doubleValue())) {
            return n.doubleValue();
        }
        throw wrong(
                at,
                "The value must be a number, or an ISO 8601 duration such as P7D if the field is a date; scale and offset alike.");
    }

    private static double millis(Object value, String at) {
        try {
            if (value instanceof String s) {
                return Duration.parse(s).toMillis();
            }
        } catch (DateTimeException | ArithmeticException e) {
            // Told below.
        }
        throw wrong(at, "'" + value + "' is not a duration such as P7D or PT12H; months and years have no length.");
    }

    private static ProblemException wrong(String at, String detail) {
        return ProblemException.at(Kind.INVALID_REQUEST, at, detail);
    }

    /** A score as a number that is not negative and higher for what is nearer, as Lucene makes it. */
    static double relevance(Metric metric, double score) {
        return switch (metric) {
            case COSINE -> (1 + score) / 2;
            case DOT -> score < 0 ? 1 / (1 - score) : 1 + score;
            case EUCLIDEAN -> 1 / (1 + score * score);
        };
    }

    /** The boosted scores of hits by their ids, best first; equals stay in their order. */
    Map<String, Double> scores(List<Hit> hits, Metric metric) {
        record Scored(String id, double score) {}
        List<Scored> scored = new ArrayList<>();
        for (Hit h : hits) {
            double score = relevance(metric, h.score());
            for (Term t : terms) {
                score += t.weight * t.value.applyAsDouble(h.record().attributes());
            }
            scored.add(new Scored(h.record().id(), score));
        }
        scored.sort(Comparator.comparingDouble(Scored::score).reversed());
        Map<String, Double> scores = new LinkedHashMap<>();
        scored.forEach(s -> scores.put(s.id, s.score));
        return scores;
    }
}
