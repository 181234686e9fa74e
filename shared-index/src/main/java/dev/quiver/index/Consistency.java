package dev.quiver.index;

import java.time.Duration;

/** How fresh a read must be. */
public sealed interface Consistency {
    /** Sees every write that was acknowledged before the read began, by whichever process. Costs a conditional GET and a LIST. */
    record Strong() implements Consistency {}

    /** May answer from what this process saw at most {@code maxAge} ago. */
    record Eventual(Duration maxAge) implements Consistency {}

    Consistency STRONG = new Strong();
}
