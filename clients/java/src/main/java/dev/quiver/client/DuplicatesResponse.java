package dev.quiver.client;

import java.util.List;

/**
 * A page of pairs.
 *
 * @param examined records looked at
 * @param nextToken null on the last page
 */
public record DuplicatesResponse(List<DuplicatePair> pairs, int examined, String nextToken) {}
