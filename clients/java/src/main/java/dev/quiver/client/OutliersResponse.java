package dev.quiver.client;

import java.util.List;

/**
 * Scores.
 *
 * @param examined records looked at
 * @param nextToken null on the last page
 */
public record OutliersResponse(List<OutlierScore> scores, double threshold, int examined, String nextToken) {}
