package dev.quiver.index;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextQuery;
import dev.quiver.index.text.TextQuery.Matching;
import dev.quiver.index.text.TextStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * @param text words, {@code "phrases in quotes"} and beginnings of words, {@code auto*}
 * @param weights of fields in which to search; empty for all, as the collection weighs them
 * @param topK 1 and up
 * @param minScore rows with a lower score are not considered
 * @param statistics those that scores are made with, in place of those that the collection has now
 */
public record TextRequest(
        String text,
        Map<String, Double> weights,
        Matching matching,
        int topK,
        Filter filter,
        OptionalDouble minScore,
        Consistency consistency,
        Optional<TextStatistics> statistics) {
    public TextRequest {
        weights = Map.copyOf(weights);
        weights.values().forEach(TextField::checkWeight);
        if (topK < 1) {
            throw new IllegalArgumentException("topK is " + topK + ", it must be at least 1.");
        }
    }

    public TextRequest(
            String text,
            Map<String, Double> weights,
            Matching matching,
            int topK,
            Filter filter,
            OptionalDouble minScore,
            Consistency consistency) {
        this(text, weights, matching, topK, filter, minScore, consistency, Optional.empty());
    }

    /** The same search, with the statistics of an earlier one of the same words. */
    public TextRequest with(TextStatistics earlier) {
        return new TextRequest(text, weights, matching, topK, filter, minScore, consistency, Optional.of(earlier));
    }

    /** The same search, for so many rows. */
    public TextRequest withTopK(int rows) {
        return new TextRequest(text, weights, matching, rows, filter, minScore, consistency, statistics);
    }

    /** All rows, whatever their score. */
    TextRequest withoutMinScore() {
        return new TextRequest(text, weights, matching, topK, filter, OptionalDouble.empty(), consistency, statistics);
    }

    public static TextRequest of(String text, int topK) {
        return new TextRequest(
                text, Map.of(), Matching.ANY, topK, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
    }

    TextQuery query(Schema schema) {
        if (schema.text().isEmpty()) {
            throw new IllegalArgumentException(
                    "The collection has no text fields, so its words cannot be searched for.");
        }
        List<String> known = schema.text().stream().map(TextField::name).toList();
        for (String name : weights.keySet()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("The collection has no text field '" + name + "'. There are: "
                        + String.join(", ", known) + ".");
            }
        }
        List<TextField> fields = schema.text().stream()
                .filter(f -> weights.isEmpty() || weights.containsKey(f.name()))
                .map(f -> new TextField(f.name(), f.analyzer(), weights.getOrDefault(f.name(), f.weight())))
                .toList();
        return TextQuery.of(text, fields, matching);
    }
}
