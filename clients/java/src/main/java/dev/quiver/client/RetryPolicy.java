package dev.quiver.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a request that failed for a passing reason is sent again: after a time by chance between nothing and a bound that doubles with each attempt ("full jitter",
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter), and not before the server's {@code Retry-After}.
 *
 * @param attempts in all, 1 and up; 1 sends nothing again
 * @param base the bound before the second attempt
 * @param most the greatest bound
 */
public record RetryPolicy(int attempts, Duration base, Duration most) {
    public static final RetryPolicy DEFAULT = new RetryPolicy(5, Duration.ofMillis(100), Duration.ofSeconds(5));

    public static final RetryPolicy NONE = new RetryPolicy(1, Duration.ZERO, Duration.ZERO);

    public RetryPolicy {
        if (attempts < 1) {
            throw new IllegalArgumentException("attempts is " + attempts + ", it must be at least 1.");
        }
        if (base.isNegative() || most.compareTo(base) < 0) {
            throw new IllegalArgumentException("base is " + base + " and most " + most + "; give 0 <= base <= most.");
        }
    }

    /**
     * How long to wait.
     *
     * @param failed attempts so far, 1 and up
     */
    Duration pause(int failed, RandomGenerator random) {
        double bound = Math.min(most.toNanos(), base.toNanos() * Math.pow(2, failed - 1));
        return Duration.ofNanos((long) (random.nextDouble() * bound));
    }
}
