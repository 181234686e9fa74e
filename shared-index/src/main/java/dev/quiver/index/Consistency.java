package dev.quiver.index;

import java.time.Duration;
import java.time.Instant;

/** Which state of a collection a read sees. */
public sealed interface Consistency {
    /**
     * Sees every write that was acknowledged before it was asked for, by whichever process. Costs two GETs, at once: the manifest if it has changed, and the next entry of the log.
     *
     * @param since what this process has begun to read after this moment is new enough; see {@link #fromNow}
     */
    record Strong(long since) implements Consistency {}

    /** May answer from what this process saw at most {@code maxAge} ago. */
    record Eventual(Duration maxAge) implements Consistency {}

    /** An earlier state, read anew each time. Within the collection's retention; else {@link OutOfRetentionException}. */
    sealed interface AsOf extends Consistency {}

    /** As it was after the commit with this sequence; 0 is the empty collection. */
    record AsOfSequence(long sequence) implements AsOf {}

    /** As it was at a time of the store's clock, which tells seconds in S3: after all commits up to it. */
    record AsOfTime(Instant time) implements AsOf {}

    /** Reads anew. */
    Consistency STRONG = new Strong(Long.MAX_VALUE);

    /**
     * Strong for a request that begins now and reads several times: it sees what was acknowledged before this call, and a collection that is opened for it is not
     * looked at a second time.
     */
    static Consistency fromNow() {
        return new Strong(Moments.next());
    }
}
