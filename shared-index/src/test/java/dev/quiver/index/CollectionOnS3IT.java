package dev.quiver.index;

import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.content;
import static dev.quiver.index.Samples.delete;
import static dev.quiver.index.Samples.upsert;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.S3Stores;
import dev.quiver.index.vector.Metric;
import dev.quiver.infra.s3.S3Emulator;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The life of a collection where it lives in earnest: several processes on one bucket. */
class CollectionOnS3IT {
    private static S3Emulator s3;

    @BeforeAll
    static void startS3() {
        s3 = S3Emulator.start(S3Stores.BUCKET);
    }

    @AfterAll
    static void stopS3() {
        s3.close();
    }

    private static Database open(String prefix) {
        return new Database(S3Stores.open(s3, prefix), Settings.defaults());
    }

    @Test
    void twoProcessesShareACollection() {
        try (Database one = open("shared/");
                Database two = open("shared/")) {
            Collection mine = one.create("c", SCHEMA);
            assertThatThrownBy(() -> two.create("c", SCHEMA)).isInstanceOf(CollectionExistsException.class);
            Collection theirs = two.collection("c");
            assertThat(mine.apply(upsert(1, "a", "b", "c", "日本"))).isEqualTo(1);
            assertThat(content(theirs)).isEqualTo(Map.of("a", 1, "b", 1, "c", 1, "日本", 1));
            assertThat(theirs.compact().swapped()).isTrue();
            assertThat(theirs.apply(upsert(2, "a"))).isEqualTo(2);
            assertThat(mine.apply(delete("b"))).isEqualTo(3);
            Map<String, Integer> expected = Map.of("a", 2, "c", 1, "日本", 1);
            assertThat(content(mine)).isEqualTo(expected);
            assertThat(mine.compact().swapped()).isTrue();
            assertThat(content(theirs)).isEqualTo(expected);
            try (Database cold = open("shared/")) {
                assertThat(cold.names()).containsExactly("c");
                assertThat(content(cold.collection("c"))).isEqualTo(expected);
                cold.delete("c");
                assertThat(cold.store().list("", "")).isEmpty();
            }
            assertThatThrownBy(() -> content(mine)).isInstanceOf(CollectionNotFoundException.class);
        }
    }

    /** The first answers come while the segment arrives, the later ones when it has. */
    @Test
    void anotherProcessFindsAtOnceWhatIsInALargeSegment() {
        int dimension = 64;
        Random random = new Random(8);
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            float[] x = new float[dimension];
            for (int c = 0; c < dimension; c++) {
                x[c] = (float) random.nextGaussian() + (c == i % dimension ? 6 : 0);
            }
            records.add(new Record("id-" + i, x, "text " + i, Map.of("n", (long) i)));
        }
        try (Database one = open("large/")) {
            one.create("c", new Schema(dimension, Metric.COSINE, null)).load(records.iterator());
        }
        try (Database cold = open("large/")) {
            Collection c = cold.collection("c");
            for (int i = 0; i < records.size(); i += 997) {
                var hit = c.search(SearchRequest.of(records.get(i).vector(), 3))
                        .hits()
                        .getFirst();
                assertThat(hit.record().id()).isEqualTo("id-" + i);
                assertThat(hit.record().text()).isEqualTo("text " + i);
                assertThat(hit.record().vector()).isEqualTo(records.get(i).vector());
            }
            // This needs all ids, so it waits for them.
            assertThat(c.fetch(List.of("id-777"), Consistency.STRONG).records()).hasSize(1);
            assertThat(c.apply(Batch.builder().delete("id-777").build()))
                    .as("the load has taken the first")
                    .isEqualTo(2);
            assertThat(c.search(SearchRequest.of(records.get(777).vector(), 3)).hits())
                    .extracting(h -> h.record().id())
                    .doesNotContain("id-777");
        }
    }

    @Test
    void commitsOfManyThreadsAreAllThere() {
        try (Database one = open("threads/");
                Database two = open("threads/")) {
            Collection[] processes = {one.create("c", SCHEMA), two.collection("c")};
            int batches = 8;
            List<Set<Long>> sequences = Race.of(7, i -> {
                Set<Long> mine = new HashSet<>();
                for (int n = 0; n < batches; n++) {
                    if (i == 6) {
                        processes[n % 2].compact();
                    } else {
                        mine.add(processes[i % 2].apply(upsert(n, "t" + i + "-" + n, "last-of-" + i)));
                    }
                }
                return mine;
            });
            // Threads of one process may share a commit, those of two may not.
            Set<Long> even = new HashSet<>();
            Set<Long> odd = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                assertThat(sequences.get(i)).hasSize(batches);
                (i % 2 == 0 ? even : odd).addAll(sequences.get(i));
            }
            assertThat(even).doesNotContainAnyElementsOf(odd);
            try (Database cold = open("threads/")) {
                Map<String, Integer> found = content(cold.collection("c"));
                assertThat(found).hasSize(6 * batches + 6);
                for (int i = 0; i < 6; i++) {
                    assertThat(found).containsEntry("last-of-" + i, batches - 1);
                }
            }
        }
    }

    @Test
    void garbageIsToldByTheTimesOfTheStore() {
        AtomicReference<Duration> ahead = new AtomicReference<>(Duration.ZERO);
        Settings settings = Settings.defaults().withClock(() -> Instant.now().plus(ahead.get()));
        try (Database database = new Database(S3Stores.open(s3, "garbage/"), settings)) {
            Collection c = database.create("c", SCHEMA);
            for (int i = 0; i < 5; i++) {
                c.apply(upsert(i, "a", "r" + i));
                c.compact();
            }
            assertThat(c.collectGarbage().objects()).isZero();
            ahead.set(settings.grace().multipliedBy(2));
            assertThat(c.collectGarbage().objects()).isPositive();
            assertThat(database.store().list("c/log/", "")).isEmpty();
            assertThat(database.store().list("c/segments/", "").stream()
                            .filter(l -> l.key().endsWith(".seg")))
                    .hasSize(c.statistics(Consistency.STRONG).segments());
            try (Database cold = open("garbage/")) {
                assertThat(content(cold.collection("c"))).hasSize(6);
            }
        }
    }

    @Test
    void aSegmentThatWasCutIsNamed() {
        try (Database database = open("cut/")) {
            Collection c = database.create("c", SCHEMA);
            c.apply(upsert(1, "a", "b"));
            c.compact();
            ObjectStore store = database.store();
            String key = store.list("c/segments/", "").getFirst().key();
            byte[] bytes = store.get(key).orElseThrow().bytes();
            store.delete(key);
            try (Database cold = open("cut/")) {
                assertThatThrownBy(() -> cold.collection("c"))
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining(key);
            }
            store.put(
                    key,
                    Content.of(java.util.Arrays.copyOf(bytes, bytes.length - 1)),
                    new ObjectStore.Precondition.IfAbsent());
            try (Database cold = open("cut/")) {
                assertThatThrownBy(() -> cold.collection("c"))
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContaining(key);
            }
        }
    }
}
