package dev.quiver.embeddings.evaluation;

import java.util.Arrays;

/** The area under the ROC curve: how often one of the positives has a higher score than one of the negatives. Half is chance. */
public final class Auroc {
    private Auroc() {}

    /** By ranks (Mann and Whitney 1947): of equal scores each counts half. Neither may be empty, and no score may be NaN. */
    public static double of(double[] positives, double[] negatives) {
        if (positives.length == 0 || negatives.length == 0) {
            throw new IllegalArgumentException("There are " + positives.length + " positives and " + negatives.length
                    + " negatives; the area wants at least one of both.");
        }
        double[] yes = sorted(positives);
        double[] no = sorted(negatives);
        double wins = 0;
        int below = 0;
        int equal = 0;
        for (double y : yes) {
            while (below < no.length && no[below] < y) {
                below++;
            }
            equal = Math.max(equal, below);
            while (equal < no.length && no[equal] <= y) {
                equal++;
            }
            wins += below + (equal - below) / 2.0;
        }
        return wins / yes.length / no.length;
    }

    private static double[] sorted(double[] scores) {
        double[] sorted = scores.clone();
        for (double s : sorted) {
            if (Double.isNaN(s)) {
                throw new IllegalArgumentException("A score is NaN and has no rank; leave it out.");
            }
        }
        Arrays.sort(sorted);
        return sorted;
    }
}
