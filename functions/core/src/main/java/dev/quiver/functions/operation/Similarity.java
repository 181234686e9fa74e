package dev.quiver.functions.operation;

import dev.quiver.index.vector.Metric;

/** Comparisons of a few vectors, outside of the index. */
final class Similarity {
    private Similarity() {}

    /** What a search would give as the score. */
    static double score(Metric metric, float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            double difference = (double) a[i] - b[i];
            sum += metric == Metric.EUCLIDEAN ? difference * difference : (double) a[i] * b[i];
        }
        return switch (metric) {
            case DOT -> sum;
            case EUCLIDEAN -> Math.sqrt(sum);
            case COSINE -> Math.clamp(sum / (norm(a) * norm(b)), -1, 1);
        };
    }

    /** A score as a number that is higher for what is nearer, and comparable between pairs; of distances at most 1. */
    static double nearness(Metric metric, double score) {
        return metric == Metric.EUCLIDEAN ? 1 / (1 + score) : score;
    }

    static double nearness(Metric metric, float[] a, float[] b) {
        return nearness(metric, score(metric, a, b));
    }

    /** A score as a distance: lower for what is nearer. */
    static double distance(Metric metric, double score) {
        return switch (metric) {
            case EUCLIDEAN -> score;
            case COSINE -> 1 - score;
            case DOT -> -score;
        };
    }

    static double norm(float[] x) {
        double sum = 0;
        for (float v : x) {
            sum += (double) v * v;
        }
        return Math.sqrt(sum);
    }
}
