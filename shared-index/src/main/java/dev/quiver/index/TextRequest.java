package dev.quiver.index;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Schema;
import dev.quiver.index.record.TextField;
import dev.quiver.index.text.TextQuery;
import dev.quiver.index.text.TextQuery.Matching;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * @param text words, {@code "phrases in quotes"} and beginnings of words, {@code auto*}
 * @param weights of fields in which to search; empty for all, as the collection weighs them
 * @param topK 1 and up
 * @param minScore rows with a lower score are not considered
 */
public record TextRequest(
        String text,
        Map<String, Double> weights,
        Matching matching,
        int topK,
        Filter filter,
        OptionalDouble minScore,
        Consistency consistency) {
    public TextRequest {
        weights = Map.copyOf(weights);
        weights.values().forEach(TextField::checkWeight);
        if (topK < 1) {
            throw new IllegalArgumentException("topK is " + topK + ", it must be at least 1.");
        }
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
