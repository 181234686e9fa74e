package dev.quiver.client;

/**
 * Pairs of records that are as good as the same, page by page.
 *
 * @param minScore the least score of a pair, under euclidean the greatest distance; 0.95 under cosine if null
 * @param limit pairs a page, 1 to 1,000; 100 if null
 * @param nextToken from the page before; or null
 */
public record DuplicatesRequest(String collection, Double minScore, Integer limit, String nextToken) {
    public static DuplicatesRequest of(String collection) {
        return new DuplicatesRequest(collection, null, null, null);
    }

    public DuplicatesRequest withMinScore(double other) {
        return new DuplicatesRequest(collection, other, limit, nextToken);
    }

    public DuplicatesRequest withLimit(int other) {
        return new DuplicatesRequest(collection, minScore, other, nextToken);
    }

    /** The page that begins there. */
    public DuplicatesRequest from(String token) {
        return new DuplicatesRequest(collection, minScore, limit, token);
    }
}
