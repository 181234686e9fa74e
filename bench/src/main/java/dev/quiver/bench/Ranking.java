package dev.quiver.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** How good a ranking of documents is by the judgements of one query, and how sure a mean over queries is. */
final class Ranking {
    private static final int RESAMPLES = 10_000;

    private Ranking() {}

    /** A mean with its 95 % bootstrap interval. */
    record Estimate(double mean, double low, double high) {}

    /**
     * Normalised discounted cumulative gain as trec_eval has it: the gain of a document is its grade, divided by log2(rank + 1), and the sum is
     * divided by that of the best possible ranking.
     */
    static double ndcg(List<String> ranked, Map<String, Integer> grades, int depth) {
        int[] found = ranked.stream()
                .limit(depth)
                .mapToInt(d -> Math.max(0, grades.getOrDefault(d, 0)))
                .toArray();
        int[] ideal = grades.values().stream()
                .mapToInt(g -> -Math.max(0, g))
                .sorted()
                .limit(depth)
                .map(g -> -g)
                .toArray();
        double best = discounted(ideal);
        return best == 0 ? 0 : discounted(found) / best;
    }

    private static double discounted(int[] gains) {
        double sum = 0;
        for (int i = 0; i < gains.length; i++) {
            sum += gains[i] / (Math.log(i + 2) / Math.log(2));
        }
        return sum;
    }

    /** The share of the documents with a grade above 0 that are among the first {@code depth}. */
    static double recall(List<String> ranked, Map<String, Integer> grades, int depth) {
        long relevant = grades.values().stream().filter(g -> g > 0).count();
        long found = ranked.stream()
                .limit(depth)
                .filter(d -> grades.getOrDefault(d, 0) > 0)
                .count();
        return (double) found / relevant;
    }

    /** Percentiles of the means of samples drawn from the values with replacement; the same values give the same interval. */
    static Estimate bootstrap(double[] values) {
        SplittableRandom random = new SplittableRandom(1);
        double[] means = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            double sum = 0;
            for (int i = 0; i < values.length; i++) {
                sum += values[random.nextInt(values.length)];
            }
            means[r] = sum / values.length;
        }
        Arrays.sort(means);
        return new Estimate(
                Arrays.stream(values).average().orElse(Double.NaN),
                means[(int) (0.025 * RESAMPLES)],
                means[(int) (0.975 * RESAMPLES)]);
    }
}
