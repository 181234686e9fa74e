package dev.quiver.index;

import java.time.Duration;
import java.time.Instant;

/** Which state of a collection a read sees. */
public sealed interface Consistency {
    /** Sees every write that was acknowledged before the read began, by whichever process. Costs a conditional GET and a LIST. */
    record Strong() implements Consistency {}

    /** May answer from what this process saw at most {@code maxAge} ago. */
    record Eventual(Duration maxAge) implements Consistency {}

    /** An earlier state, read anew each time. Within the collection's retention; else {@link OutOfRetentionException}. */
    sealed interface AsOf extends Consistency {}

    /** As it was after the commit with this sequence; 0 is the empty collection. */
    record AsOfSequence(long sequence) implements AsOf {}

    /** As it was at a time of the store's clock, which tells seconds in S3: after all commits up to it. */
    record AsOfTime(Instant time) implements AsOf {}

    Consistency STRONG = new Strong();
}
