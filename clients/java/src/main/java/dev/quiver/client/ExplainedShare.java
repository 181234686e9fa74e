package dev.quiver.client;

/**
 * What one of two searches adds to a score.
 *
 * @param rank the place in its answer, from 1; null if it is beyond the depth
 */
public record ExplainedShare(Integer rank, double share) {}
