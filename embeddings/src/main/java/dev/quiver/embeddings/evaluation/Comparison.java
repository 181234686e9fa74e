package dev.quiver.embeddings.evaluation;

import java.util.Locale;
import java.util.TreeSet;

/**
 * Before and after, on the same queries: what is drawn for an interval are queries with both their values, so that hard and easy ones do not hide the difference (paired bootstrap, Smucker, Allan and Carterette 2007).
 * A change is recommended only if even the lower bound of its gain is above 0.
 */
public record Comparison(Interval before, Interval after, Interval gain, int queries) {
    /** With fewer queries the percentiles of a bootstrap are too near to one another to decide anything. */
    public static final int LEAST_QUERIES = 10;

    /** What follows. */
    public enum Verdict {
        /** Better with the confidence of the interval. */
        RECOMMENDED,
        /** Worse with the confidence of the interval. */
        HARMFUL,
        /** The interval contains 0, or there are too few queries to say. */
        UNDECIDED
    }

    /** @throws IllegalArgumentException if the two are not of the same queries */
    public static Comparison of(Evaluation before, Evaluation after) {
        if (!before.scores().keySet().equals(after.scores().keySet())) {
            TreeSet<String> only = new TreeSet<>(before.scores().keySet());
            only.removeAll(after.scores().keySet());
            TreeSet<String> other = new TreeSet<>(after.scores().keySet());
            other.removeAll(before.scores().keySet());
            throw new IllegalArgumentException("Only the same queries can be compared: " + only.size()
                    + " are only before, " + other.size() + " only after, such as "
                    + (only.isEmpty() ? other.first() : only.first()) + ".");
        }
        double[] a = before.values();
        double[] difference = before.scores().keySet().stream()
                .mapToDouble(q -> after.scores().get(q) - before.scores().get(q))
                .toArray();
        return new Comparison(Interval.of(a), after.mean(), Interval.of(difference), a.length);
    }

    public Verdict verdict() {
        if (queries < LEAST_QUERIES) {
            return Verdict.UNDECIDED;
        }
        return gain.low() > 0 ? Verdict.RECOMMENDED : gain.high() < 0 ? Verdict.HARMFUL : Verdict.UNDECIDED;
    }

    /** In a sentence. */
    public String advice() {
        String figures = String.format(
                Locale.ROOT, "%+.3f (%+.3f to %+.3f) on %d queries", gain.mean(), gain.low(), gain.high(), queries);
        if (queries < LEAST_QUERIES) {
            return "Not to be used: " + figures + " are too few to say anything. Judge at least " + LEAST_QUERIES + ".";
        }
        return switch (verdict()) {
            case RECOMMENDED -> "To be used: it gains " + figures + ".";
            case HARMFUL -> "Not to be used: it loses, " + figures + ".";
            case UNDECIDED -> "Not to be used: a gain is not shown, " + figures + ". Train or test with more queries.";
        };
    }
}
