package dev.quiver.client;

/**
 * How the vector search and the word search of a hybrid query become one.
 *
 * @param method {@link FusionMethod#WEIGHTED} if null
 * @param k of {@link FusionMethod#RRF}; 60 if null
 * @param vectorWeight how much the vectors count, 0 to 1; 0.5 if null
 * @param depth candidates of each search, 1 to 1,000; 100 or topK if null
 */
public record Fusion(FusionMethod method, Integer k, Double vectorWeight, Integer depth) {
    public static Fusion weighted(double vectorWeight) {
        return new Fusion(FusionMethod.WEIGHTED, null, vectorWeight, null);
    }

    public static Fusion rrf(int k) {
        return new Fusion(FusionMethod.RRF, k, null, null);
    }
}
