package dev.quiver.client;

/** Scores among the records that were looked at: the worst becomes 0, the best 1. */
public record ScoreRange(double worst, double best) {}
