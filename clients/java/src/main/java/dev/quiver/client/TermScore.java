package dev.quiver.client;

/**
 * A term that a record has.
 *
 * @param term as in {@link ExplainedTerm}
 * @param frequency how often the record has it in this field
 * @param length words that the record has in this field
 * @param score what that adds
 */
public record TermScore(String term, String field, int frequency, int length, double score) {}
