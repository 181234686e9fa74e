package dev.quiver.client;

import java.util.List;

/**
 * What the score of a hit is made of.
 *
 * @param terms what adds up to the score of the words
 * @param vector in mode hybrid, what the vectors add; else null
 * @param text in mode hybrid, what the words add; else null
 */
public record ExplainedHit(List<TermScore> terms, ExplainedShare vector, ExplainedShare text) {}
