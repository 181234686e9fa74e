package dev.quiver.embeddings.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A measure of each query.
 *
 * @param scores by query, in the order of the judgements
 */
public record Evaluation(Map<String, Double> scores) {
    public Evaluation {
        scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
    }

    /**
     * Of all queries that have a relevant document. A query that the run does not name has found nothing and counts with 0: a search that fails must not look better.
     *
     * @throws IllegalArgumentException if no query has a relevant document, or the run answers none of them
     */
    public static Evaluation of(Judgements judgements, Run run, Measure measure) {
        Map<String, Double> scores = new LinkedHashMap<>();
        judgements.grades().forEach((query, grades) -> {
            if (grades.values().stream().anyMatch(g -> g > 0)) {
                scores.put(query, measure.of(run.rankings().getOrDefault(query, List.of()), grades));
            }
        });
        if (scores.keySet().stream().noneMatch(run.rankings()::containsKey)) {
            throw new IllegalArgumentException("The run answers none of the " + scores.size()
                    + " queries that have a relevant document. Their names have to be the same in both.");
        }
        return new Evaluation(scores);
    }

    public double[] values() {
        return scores.values().stream().mapToDouble(Double::doubleValue).toArray();
    }

    public Interval mean() {
        return Interval.of(values());
    }
}
