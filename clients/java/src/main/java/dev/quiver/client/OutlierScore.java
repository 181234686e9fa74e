package dev.quiver.client;

/**
 * How far something lies from its neighbours.
 *
 * @param id of a record, or null
 * @param index of a vector of the request, or null
 * @param score mean distance
 * @param outlier whether that is beyond the threshold
 */
public record OutlierScore(String id, Integer index, double score, boolean outlier) {}
