package dev.quiver.client;

/**
 * How the scores of two searches became one.
 *
 * @param k of {@link FusionMethod#RRF}; else null
 * @param vectorWeight how much the vectors counted
 * @param depth records of each search that were looked at
 * @param vector of {@link FusionMethod#WEIGHTED}: the scores that became 0 … 1; else null
 * @param text the same of the words
 */
public record ExplainedFusion(
        FusionMethod method, Integer k, double vectorWeight, int depth, ScoreRange vector, ScoreRange text) {}
