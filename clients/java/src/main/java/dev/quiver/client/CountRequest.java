package dev.quiver.client;

import java.util.List;

/**
 * How many records match, and which values they have.
 *
 * @param filter or null
 * @param facets attributes whose values are to be counted, at most 20; or null
 * @param facetLimit values of each, the most frequent ones; 10 if null
 * @param consistency or null
 * @param asOf an earlier state to read, instead of consistency; or null
 */
public record CountRequest(
        String collection, Filter filter, List<String> facets, Integer facetLimit, Consistency consistency, AsOf asOf) {
    public static CountRequest of(String collection) {
        return new CountRequest(collection, null, null, null, null, null);
    }

    public CountRequest withFilter(Filter other) {
        return new CountRequest(collection, other, facets, facetLimit, consistency, asOf);
    }

    public CountRequest withFacets(String... fields) {
        return new CountRequest(collection, filter, List.of(fields), facetLimit, consistency, asOf);
    }

    public CountRequest withFacetLimit(int other) {
        return new CountRequest(collection, filter, facets, other, consistency, asOf);
    }

    public CountRequest withConsistency(Consistency other) {
        return new CountRequest(collection, filter, facets, facetLimit, other, null);
    }

    public CountRequest asOf(AsOf state) {
        return new CountRequest(collection, filter, facets, facetLimit, null, state);
    }
}
