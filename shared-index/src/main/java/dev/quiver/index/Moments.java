package dev.quiver.index;

import java.util.concurrent.atomic.AtomicLong;

/** The order in which things happen in this process, of which clocks are no proof. */
final class Moments {
    private static final AtomicLong LAST = new AtomicLong();

    private Moments() {}

    /** Greater than all before. */
    static long next() {
        return LAST.incrementAndGet();
    }
}
