package dev.quiver.client;

import java.util.List;

/**
 * How far records, or vectors, lie from their nearest neighbours. Without ids and vectors the collection is gone through, page by page.
 *
 * @param ids score these records; or null
 * @param vectors score these vectors; or null
 * @param neighbours whose mean distance is the score, 1 to 100; 10 if null
 * @param quantile the share of the collection's own records that is taken for normal, 0.5 to 0.9999; 0.99 if null
 * @param threshold instead of a calibrated one; or null
 * @param limit outliers a page, 1 to 1,000; 100 if null
 * @param nextToken from the page before; or null
 */
public record OutliersRequest(
        String collection,
        List<String> ids,
        List<float[]> vectors,
        Integer neighbours,
        Double quantile,
        Double threshold,
        Integer limit,
        String nextToken) {
    /** Of all records. */
    public static OutliersRequest of(String collection) {
        return new OutliersRequest(collection, null, null, null, null, null, null, null);
    }

    public static OutliersRequest ofIds(String collection, List<String> ids) {
        return new OutliersRequest(collection, ids, null, null, null, null, null, null);
    }

    public static OutliersRequest ofVectors(String collection, List<float[]> vectors) {
        return new OutliersRequest(collection, null, vectors, null, null, null, null, null);
    }

    public OutliersRequest withNeighbours(int other) {
        return new OutliersRequest(collection, ids, vectors, other, quantile, threshold, limit, nextToken);
    }

    public OutliersRequest withQuantile(double other) {
        return new OutliersRequest(collection, ids, vectors, neighbours, other, null, limit, nextToken);
    }

    public OutliersRequest withThreshold(double other) {
        return new OutliersRequest(collection, ids, vectors, neighbours, null, other, limit, nextToken);
    }

    public OutliersRequest withLimit(int other) {
        return new OutliersRequest(collection, ids, vectors, neighbours, quantile, threshold, other, nextToken);
    }

    /** The page that begins there. */
    public OutliersRequest from(String token) {
        return new OutliersRequest(collection, ids, vectors, neighbours, quantile, threshold, limit, token);
    }
}
