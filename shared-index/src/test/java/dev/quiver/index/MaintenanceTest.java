package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.store.MemoryStore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Holds down that a process which only writes and maintains neither lets the log grow nor keeps what it has folded for ever. */
class MaintenanceTest {
    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Database database =
            new Database(store, Samples.settings(clock).withFoldRows(4));

    @Test
    void logIsFoldedWhenItHasGrownAndCollectedAfterTheGracePeriod() {
        Collection docs = database.create("docs", Samples.SCHEMA);
        docs.apply(Samples.upsert(1, "a", "b", "c"));
        docs.maintain();
        assertThat(docs.statistics(Consistency.STRONG).segments()).as("not yet").isZero();

        docs.apply(Samples.upsert(2, "c", "d"));
        docs.maintain();
        assertThat(docs.statistics(Consistency.STRONG).segments()).isEqualTo(1);
        assertThat(docs.statistics(Consistency.STRONG).logOperations()).isZero();
        assertThat(logEntries()).as("somebody may still read them").isEqualTo(2);

        for (int round = 3; round < 8; round++) {
            clock.advance(Samples.GRACE.plus(Duration.ofMinutes(1)));
            docs.apply(Samples.upsert(round, "e", "f", "g", "h"));
            docs.maintain();
        }
        // The newest, and perhaps the one before it: when exactly the manifest that folded it came into place is not
        // known.
        assertThat(logEntries()).isBetween(1, 2);
        assertThat(Samples.content(docs)).hasSize(8).containsEntry("c", 2).containsEntry("h", 7);
    }

    private int logEntries() {
        return store.list("docs/log/", "").size();
    }
}
