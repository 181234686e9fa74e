package dev.quiver.index.text;

/**
 * What a word, phrase or beginning of a query adds to the score of a row.
 *
 * @param term as in {@link ExplainedTerm}
 * @param frequency how often the row has it in this field
 * @param length words that the row has in this field
 */
public record TermScore(String term, String field, int frequency, int length, double score) {}
