package dev.quiver.bench.cost;

/**
 * Requests that come independently of each other at a constant mean rate (Poisson). Then the time between two is longer than t with probability exp(−rate·t), which decides how often something that
 * goes to sleep when it is not used is found asleep. Real requests come in bursts: fewer find it asleep, more find it busy.
 *
 * @param perSecond mean rate, above 0
 */
record Arrivals(double perSecond) {

    /** The share of requests before which there was none for so long. */
    double afterIdle(double seconds) {
        return Math.exp(-perSecond * seconds);
    }

    /** The share of time in which the last request was not longer ago than this: what is kept awake so long after each is awake so much. */
    double awake(double seconds) {
        return 1 - afterIdle(seconds);
    }

    /** The share of requests that are among the first {@code count} after an idle time. */
    double amongFirst(double count, double idleSeconds) {
        return 1 - Math.pow(awake(idleSeconds), count);
    }

    /** Something that is looked up at most every so often, when a request comes: the share of requests that look it up. */
    double lookups(double seconds) {
        return 1 / (1 + perSecond * seconds);
    }

    /** How many are served at once, but for rare moments: mean and three standard deviations. At least one. */
    double atOnce(double serviceSeconds) {
        double mean = perSecond * serviceSeconds;
        return Math.max(1, Math.ceil(mean + 3 * Math.sqrt(mean)));
    }
}
