package dev.quiver.client;

import java.util.List;

/**
 * A word, phrase or beginning in one field.
 *
 * @param term as the analyzer makes it; a phrase in quotes, a beginning with an asterisk
 * @param weight of the field, times how often the query has the term
 * @param documentFrequency records that have it in this field; null for a phrase, whose words count one by one
 * @param idf of a phrase the sum of its words'
 * @param words of a phrase or beginning; else null
 */
public record ExplainedTerm(
        String term,
        String field,
        TermKind kind,
        double weight,
        Long documentFrequency,
        double idf,
        List<WordFrequency> words) {}
