package dev.quiver.index;

import dev.quiver.index.filter.Filter;
import java.util.OptionalDouble;

/**
 * @param vector of the collection's dimension
 * @param topK 1 and up
 * @param filter rows that do not match are not considered
 * @param minScore rows with a worse score are not considered: a lowest score, or for euclidean a greatest distance
 */
public record SearchRequest(float[] vector, int topK, Filter filter, OptionalDouble minScore, Consistency consistency) {
    public SearchRequest {
        if (topK < 1) {
            throw new IllegalArgumentException("topK is " + topK + ", it must be at least 1.");
        }
    }

    public static SearchRequest of(float[] vector, int topK) {
        return new SearchRequest(vector, topK, new Filter.All(), OptionalDouble.empty(), Consistency.STRONG);
    }
}
