package dev.quiver.index.text;

import java.util.Map;

/**
 * What is searched for in one field, with what it weighs.
 *
 * @param term a word as the analyzer makes it, {@code "a phrase"} or the beginning of a word, {@code auto*}
 * @param weight of the field, times how often the query has it
 * @param rows that have it, at most those that count for idf; of a phrase, which is counted word by word, -1
 * @param idf of a phrase the sum of its words'
 * @param words of a phrase or beginning, and how many rows have each
 */
public record ExplainedTerm(
        String term, String field, Kind kind, double weight, long rows, double idf, Map<String, Long> words) {
    public enum Kind {
        WORD,
        PHRASE,
        PREFIX
    }
}
