package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.store.MemoryStore;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A writer leaves what others wrote unread, and nothing is wrong for it. */
class ContendedWritersTest {
    private static final Consistency EVENTUAL = new Consistency.Eventual(Duration.ofHours(1));

    private final FakeClock clock = new FakeClock();
    private final MemoryStore store = new MemoryStore(clock);
    private final Settings settings = Samples.settings(clock);
    private final Database mine = new Database(store, settings);
    private final Collection others = new Database(store, Samples.settings(clock)).create("docs", Samples.SCHEMA);
    private final Collection docs = mine.collection("docs");

    private void othersWrite(int times) {
        for (int i = 0; i < times; i++) {
            others.apply(Samples.upsert(i, "theirs"));
        }
    }

    private long bytesRead() {
        return mine.meter().count().bytesRead();
    }

    @Test
    void entriesOfOthersAreNotFetched() {
        docs.apply(Samples.upsert(1, "mine"));
        othersWrite(200);
        long entry = store.list("docs/log/", "").get(1).size();
        long before = bytesRead();
        assertThat(docs.apply(Samples.upsert(2, "mine"))).isEqualTo(202);
        assertThat(bytesRead() - before)
                .as("the one that lay where this one wanted to write, and no other")
                .isEqualTo(entry);
        assertThat(Samples.content(docs)).containsEntry("mine", 2).containsEntry("theirs", 199);
    }

    @Test
    void ownWritesAreSeenByAnyRead() {
        docs.apply(Samples.upsert(1, "mine"));
        othersWrite(5);
        docs.apply(Samples.upsert(2, "mine"));
        assertThat(docs.fetch(java.util.List.of("mine"), EVENTUAL)
                        .records()
                        .getFirst()
                        .vector()[0])
                .isEqualTo(2);
    }

    @Test
    void conditionsAreDecidedByWhatOthersWrote() {
        docs.apply(Samples.upsert(1, "mine"));
        othersWrite(5);
        docs.apply(Samples.upsert(2, "mine"));
        othersWrite(5);
        assertThatThrownBy(() -> docs.apply(Batch.builder()
                        .upsert(Samples.row("theirs", 7), new Condition.Absent())
                        .build()))
                .isInstanceOf(ConditionFailedException.class);
    }

    @Test
    void aLogOfUnreadEntriesIsFolded() {
        Collection small = new Database(store, settings.withFoldRows(50)).collection("docs");
        small.apply(Samples.upsert(1, "mine"));
        for (int i = 0; i < 25; i++) {
            assertThat(others.statistics(Consistency.STRONG).segments()).isZero();
            othersWrite(1);
            small.apply(Samples.upsert(i, "mine"));
            small.maintain();
        }
        assertThat(small.statistics(Consistency.STRONG).segments()).isEqualTo(1);
        assertThat(small.compactionDue()).isFalse();
    }

    @Test
    void whatWasFoldedAndCollectedMeanwhileIsNotWrittenAgain() {
        docs.apply(Samples.upsert(1, "mine"));
        othersWrite(5);
        docs.apply(Samples.upsert(2, "mine"));
        othersWrite(5);
        others.compact();
        clock.advance(Samples.GRACE.multipliedBy(3));
        othersWrite(1);
        others.compact();
        clock.advance(Samples.GRACE.multipliedBy(3));
        others.collectGarbage();
        assertThat(docs.apply(Samples.upsert(3, "mine"))).isEqualTo(14);
        assertThat(Samples.content(others)).containsEntry("mine", 3);
    }

    @Test
    void aCollectionThatWasDeletedIsNoticed() {
        docs.apply(Samples.upsert(1, "mine"));
        othersWrite(5);
        docs.apply(Samples.upsert(2, "mine"));
        new Database(store, Samples.settings(clock)).delete("docs");
        clock.advance(Duration.ofMinutes(1));
        assertThatThrownBy(() -> docs.apply(Samples.upsert(3, "mine"))).isInstanceOf(CollectionNotFoundException.class);
        assertThatThrownBy(docs::schema).isInstanceOf(CollectionNotFoundException.class);
    }
}
