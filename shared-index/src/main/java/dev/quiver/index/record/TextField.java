package dev.quiver.index.record;

import java.util.List;
import java.util.Map;

/**
 * A field whose words can be searched for.
 *
 * @param name {@value #PASSAGE} for the record's own text; anything else is an attribute, of which strings and lists of strings count
 * @param analyzer what makes words of it, by the names of {@link dev.quiver.index.text.TextAnalyzer}
 * @param weight what the field's scores are multiplied with
 */
public record TextField(String name, String analyzer, double weight) {
    public static final String PASSAGE = "text";

    public static final double LEAST_WEIGHT = 0.001;
    public static final double MOST_WEIGHT = 1000;

    /** Of a collection. */
    public static final int MOST_FIELDS = 32;

    public static final int MOST_NAME_BYTES = 256;

    /** Of a collection that was created without saying what. */
    public static final List<TextField> DEFAULT = List.of(new TextField(PASSAGE, "standard", 1));

    public TextField {
        if (name == null || name.isBlank() || name.length() > MOST_NAME_BYTES) {
            throw new IllegalArgumentException(
                    "The name of a text field must have 1 to " + MOST_NAME_BYTES + " characters.");
        }
        if (analyzer == null || analyzer.isBlank()) {
            throw new IllegalArgumentException("The text field '" + name + "' has no analyzer.");
        }
        checkWeight(weight);
    }

    /** @throws IllegalArgumentException if it is out of range */
    public static void checkWeight(double weight) {
        if (!(weight >= LEAST_WEIGHT && weight <= MOST_WEIGHT)) {
            throw new IllegalArgumentException("The weight of a text field is " + weight + ", it must be "
                    + LEAST_WEIGHT + " to " + (long) MOST_WEIGHT + ".");
        }
    }

    /** What a record has in this field. */
    public List<String> values(DocumentCodec.Document document) {
        if (name.equals(PASSAGE)) {
            return document.text() == null ? List.of() : List.of(document.text());
        }
        return values(document.attributes());
    }

    private List<String> values(Map<String, Object> attributes) {
        return switch (attributes.get(name)) {
            case String s -> List.of(s);
            case List<?> list ->
                list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList();
            case null, default -> List.of();
        };
    }
}
