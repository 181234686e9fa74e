package dev.quiver.index;

import dev.quiver.index.filter.Filter;
import java.util.OptionalDouble;

/**
 * @param vector of the collection's dimension
 * @param topK 1 and up
 * @param filter rows that do not match are not considered
 * @param minScore rows with a worse score are not considered: a lowest score, or for euclidean a greatest distance
 * @param effort how much is read to find the nearest
 */
public record SearchRequest(
        float[] vector, int topK, Filter filter, OptionalDouble minScore, Effort effort, Consistency consistency) {

    /**
     * How much a search reads.
     *
     * @param accuracy the share of the true nearest that is to be found on average, above 0; at 1 all rows are read. Small segments are always read whole
     * @param probes clusters to read in each segment, instead of what accuracy asks for; 0 if accuracy decides
     * @param rescore rows to score anew after their codes were read, in each segment, likewise
     */
    public record Effort(double accuracy, int probes, int rescore) {
        public static final Effort DEFAULT = new Effort(0.95, 0, 0);
        public static final Effort EXACT = new Effort(1, 0, 0);

        public Effort {
            if (!(accuracy > 0 && accuracy <= 1)) {
                throw new IllegalArgumentException("accuracy is " + accuracy + ", it must be above 0 and at most 1.");
            }
            if (probes < 0 || rescore < 0) {
                throw new IllegalArgumentException("probes and rescore must not be negative.");
            }
        }
    }

    public SearchRequest {
        if (topK < 1) {
            throw new IllegalArgumentException("topK is " + topK + ", it must be at least 1.");
        }
    }

    public static SearchRequest of(float[] vector, int topK) {
        return new SearchRequest(
                vector, topK, new Filter.All(), OptionalDouble.empty(), Effort.DEFAULT, Consistency.STRONG);
    }

    /** The same near something else. */
    public SearchRequest near(float[] other) {
        return new SearchRequest(other, topK, filter, minScore, effort, consistency);
    }

    public SearchRequest with(Effort other) {
        return new SearchRequest(vector, topK, filter, minScore, other, consistency);
    }
}
