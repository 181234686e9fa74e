package dev.quiver.client;

import java.util.List;
import java.util.Map;

/**
 * Counts.
 *
 * @param facets by attribute, most frequent first
 */
public record CountResponse(long count, Map<String, List<FacetValue>> facets, long sequence) {}
