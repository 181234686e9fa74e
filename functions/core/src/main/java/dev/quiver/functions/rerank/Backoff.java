package dev.quiver.functions.rerank;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * How long is waited before a provider is asked again: a time by chance between nothing and a bound that doubles with each attempt ("full jitter"), and not less than the provider says in {@code Retry-After}.
 *
 * @param retries 0 and up
 * @see <a href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter">Exponential backoff and jitter</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#field.retry-after">Retry-After</a>
 */
record Backoff(int retries, Sleeper sleeper, RandomGenerator random, InstantSource clock) {
    private static final Duration BASE = Duration.ofMillis(250);
    private static final Duration MOST = Duration.ofSeconds(4);

    /** Who is asked to wait longer than this does not: somebody waits for the answer to a query. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    /** Waits, other than by the clock in tests. */
    interface Sleeper {
        void sleep(Duration time) throws InterruptedException;
    }

    static Backoff of(int retries) {
        return new Backoff(retries, Thread::sleep, RandomGenerator.getDefault(), InstantSource.system());
    }

    /** Too many requests, or a server that may be better in a moment; 529 is said where one is overloaded. */
    static boolean isPassing(int status) {
        return switch (status) {
            case 408, 429, 500, 502, 503, 504, 529 -> true;
            default -> false;
        };
    }

    /**
     * The time to wait; empty if it is not worth while.
     *
     * @param failed attempts so far, 1 and up
     */
    Optional<Duration> pause(int failed, Duration least) {
        if (failed > retries || least.compareTo(LONGEST) > 0) {
            return Optional.empty();
        }
        double bound = Math.min(MOST.toNanos(), BASE.toNanos() * Math.pow(2, failed - 1));
        Duration pause = Duration.ofNanos((long) (random.nextDouble() * bound));
        return Optional.of(pause.compareTo(least) > 0 ? pause : least);
    }

    /** What an answer asks for, in seconds or as a date; nothing if it says none that can be read. */
    Duration retryAfter(HttpHeaders head) {
        String said = head.firstValue("Retry-After").orElse("").strip();
        if (said.matches("\\d{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(said));
        }
        try {
            Instant moment = ZonedDateTime.parse(said, DateTimeFormatter.RFC_1123_DATE_TIME)
                    .toInstant();
            Duration until = Duration.between(clock.instant(), moment);
            return until.isNegative() ? Duration.ZERO : until;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }
}
