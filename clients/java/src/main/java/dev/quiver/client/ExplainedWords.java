package dev.quiver.client;

import java.util.List;

/**
 * What the scores of words are made of.
 *
 * @param fields where words were searched for
 * @param terms once for each field
 */
public record ExplainedWords(List<ExplainedField> fields, List<ExplainedTerm> terms) {}
