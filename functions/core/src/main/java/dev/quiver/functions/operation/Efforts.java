package dev.quiver.functions.operation;

import dev.quiver.index.SearchRequest.Effort;

/** How much a search is to read, as requests say it. */
final class Efforts {
    private static final double LEAST = 0.5;

    private Efforts() {}

    static void check(Check check, Double accuracy, Integer probes, Integer rescore) {
        check.that(
                        accuracy == null || (accuracy >= LEAST && accuracy <= 1),
                        "/accuracy",
                        "The value must be between 0.5 and 1.")
                .range(probes, 1, Limits.EFFORT, "/probes")
                .range(rescore, 1, Limits.EFFORT, "/rescore");
    }

    static Effort of(Double accuracy, Integer probes, Integer rescore) {
        return new Effort(
                accuracy == null ? Effort.DEFAULT.accuracy() : accuracy,
                probes == null ? 0 : probes,
                rescore == null ? 0 : rescore);
    }
}
