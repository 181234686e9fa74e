package dev.quiver.embeddings.evaluation;

import java.util.Arrays;
import java.util.SplittableRandom;

/** A mean over queries, and how far it may be off because there were not more of them: percentiles of the means of bootstrap samples (Efron and Tibshirani 1993). */
public record Interval(double mean, double low, double high) {
    public static final int SAMPLES = 10_000;
    public static final double CONFIDENCE = 0.95;

    private static final long SEED = 1;

    /** The 95 % interval. The same values give the same one. */
    public static Interval of(double[] values) {
        return of(values, CONFIDENCE, SAMPLES, SEED);
    }

    /**
     * @param values one a query, at least one
     * @param confidence between 0 and 1
     * @param samples how many are drawn from the values, with replacement
     */
    public static Interval of(double[] values, double confidence, int samples, long seed) {
        if (values.length == 0) {
            throw new IllegalArgumentException("There is no query to take a mean of; give at least one.");
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new IllegalArgumentException("confidence is " + confidence + "; let it be between 0 and 1.");
        }
        if (samples < 100) {
            throw new IllegalArgumentException("samples is " + samples + "; let it be at least 100.");
        }
        SplittableRandom random = new SplittableRandom(seed);
        double[] means = new double[samples];
        for (int r = 0; r < samples; r++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                sum += values[random.nextInt(values.length)];
            }
            means[r] = sum / values.length;
        }
        Arrays.sort(means);
        double tail = (1 - confidence) / 2;
        return new Interval(
                Arrays.stream(values).average().orElseThrow(),
                means[(int) Math.round(tail * samples)],
                means[(int) Math.min(samples - 1, Math.round((1 - tail) * samples))]);
    }
}
