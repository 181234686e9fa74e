package dev.quiver.client;

/**
 * A field whose words can be searched for.
 *
 * @param name {@code text} for the text of the records, else an attribute
 * @param analyzer {@code standard}, {@code simple}, {@code whitespace}, {@code keyword} or a language in English; {@code standard} if null
 * @param weight what its scores are multiplied with; 1 if null
 */
public record TextField(String name, String analyzer, Double weight) {
    public TextField(String name, String analyzer) {
        this(name, analyzer, null);
    }
}
