package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.Metric;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a process that has seen nothing yet asks of the store, and how it answers before segments are there. */
class ColdStartTest {
    private static final int ROWS = 20_000;
    private static final int DIMENSION = 32;

    /** Only whole segments are so large. */
    private static final long STREAM = 4 << 20;

    /** Requests that are sent at once begin within this time, also on a busy machine. */
    private static final long TRIP_MILLIS = 100;

    private static List<Record> records;

    private final FakeClock clock = new FakeClock();
    private final MemoryStore near = new MemoryStore();
    private Collection writer;

    /** A store that is far away. Requests that begin while none is under way begin a round trip. */
    private static final class Far {
        private final ObjectStore near;
        private final CountDownLatch stream = new CountDownLatch(1);
        private final List<String> requests = new ArrayList<>();
        private int active;
        private int trips;

        Far(ObjectStore near) {
            this.near = near;
        }

        ObjectStore store() {
            return (ObjectStore) Proxy.newProxyInstance(
                    ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, method, values) -> {
                        boolean isRequest = !List.of("map", "description", "close", "toString")
                                .contains(method.getName());
                        if (method.getName().equals("read") && ((MemorySegment) values[2]).byteSize() >= STREAM) {
                            stream.await();
                            isRequest = false;
                        }
                        if (isRequest) {
                            begin(method.getName() + " " + values[0]);
                        }
                        try {
                            if (isRequest) {
                                Thread.sleep(TRIP_MILLIS);
                            }
                            return method.invoke(near, values);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        } finally {
                            if (isRequest) {
                                end();
                            }
                        }
                    });
        }

        private synchronized void begin(String request) {
            trips += active++ == 0 ? 1 : 0;
            requests.add(request);
        }

        private synchronized void end() {
            active--;
        }

        synchronized int takeTrips() {
            int made = trips;
            trips = 0;
            return made;
        }
    }

    @BeforeEach
    void fill() {
        if (records == null) {
            Random random = new Random(8);
            List<Record> made = new ArrayList<>();
            for (int i = 0; i < ROWS; i++) {
                float[] x = new float[DIMENSION];
                for (int c = 0; c < DIMENSION; c++) {
                    x[c] = (float) random.nextGaussian() + (c == i % DIMENSION ? 6 : 0);
                }
                made.add(new Record("id-" + i, x, "text " + i, Map.of("n", (long) i)));
            }
            records = made;
        }
        writer = new Database(near, Samples.settings(clock)).create("c", new Schema(DIMENSION, Metric.COSINE, null));
        writer.load(records.iterator());
        writer.compact();
    }

    private List<String> ids(Collection c, float[] vector, Consistency consistency) {
        SearchRequest r = SearchRequest.of(vector, 10);
        return c
                .search(new SearchRequest(r.vector(), r.topK(), r.filter(), r.minScore(), r.effort(), consistency))
                .hits()
                .stream()
                .map(h -> h.record().id())
                .toList();
    }

    @Test
    void aFirstAnswerTakesFourRoundTripsAndOneLook() {
        Far far = new Far(near);
        Database cold = new Database(far.store(), Samples.settings(clock));
        Consistency now = Consistency.fromNow();
        Collection c = cold.collection("c");
        List<String> first = ids(c, records.get(5).vector(), now);
        assertThat(first).hasSize(10).startsWith("id-5");
        assertThat(far.requests.stream().filter(r -> !r.startsWith("read")))
                .as("manifest and log")
                .hasSize(2);
        assertThat(far.takeTrips())
                .as("manifest; log and front; clusters; rows")
                .isEqualTo(4);
        // A strong read that begins later looks again, at both at once.
        ids(c, records.get(5).vector(), Consistency.fromNow());
        assertThat(far.takeTrips()).isEqualTo(1);
        far.stream.countDown();
    }

    @Test
    void aLookThatBeganBeforeTheRequestIsNotEnough() {
        Collection c = new Database(near, Samples.settings(clock)).collection("c");
        Consistency before = Consistency.fromNow();
        assertThat(ids(c, records.get(5).vector(), before)).startsWith("id-5");
        writer.apply(Batch.builder().delete("id-5").build());
        assertThat(ids(c, records.get(5).vector(), before))
                .as("seen since then")
                .startsWith("id-5");
        assertThat(ids(c, records.get(5).vector(), Consistency.fromNow())).doesNotContain("id-5");
    }

    @Test
    void whatTheLogHasReplacedIsNotFoundInASegmentThatArrives() {
        float[] query = records.get(5).vector();
        List<String> old = ids(writer, query, Consistency.STRONG);
        float[] away = query.clone();
        for (int i = 0; i < DIMENSION; i++) {
            away[i] = -away[i];
        }
        writer.apply(Batch.builder()
                .delete(old.get(0))
                .delete("id-that-never-was")
                .upsert(new Record(old.get(1), away, "moved", Map.of()))
                .build());
        writer.apply(Batch.builder()
                .delete(old.get(2))
                .upsert(new Record("new", query, "new", Map.of()))
                .build());
        List<String> expected = ids(writer, query, Consistency.STRONG);
        assertThat(expected).startsWith("new").doesNotContainAnyElementsOf(old.subList(0, 3));

        Far far = new Far(near);
        Collection c = new Database(far.store(), Samples.settings(clock)).collection("c");
        assertThat(ids(c, query, Consistency.STRONG))
                .startsWith("new")
                .doesNotContainAnyElementsOf(old.subList(0, 3))
                .hasSize(10);
        assertThat(far.stream.getCount()).as("without the whole segment").isOne();
        assertThat(ids(c, away, Consistency.STRONG)).startsWith(old.get(1));

        // What is committed while it arrives, too.
        writer.apply(Batch.builder().delete(expected.get(1)).build());
        assertThat(ids(c, query, Consistency.STRONG)).startsWith("new").doesNotContain(expected.get(1));

        far.stream.countDown();
        assertThat(c.statistics(Consistency.STRONG).records()).isEqualTo(ROWS - 2);
        assertThat(ids(c, query, Consistency.STRONG)).isEqualTo(ids(writer, query, Consistency.STRONG));
        writer.apply(Batch.builder().delete(expected.get(2)).build());
        assertThat(ids(c, query, Consistency.STRONG)).isEqualTo(ids(writer, query, Consistency.STRONG));
        assertThat(c.list("", "", ROWS, Consistency.STRONG).records()).hasSize(ROWS - 3);
    }

    /** More than the candidates that are fetched: then there is no other way than to wait. */
    @Test
    void ifAllThatIsNearHasBeenReplacedTheAnswerWaitsForTheSegment() throws InterruptedException {
        float[] query = records.get(5).vector();
        SearchRequest wide = SearchRequest.of(query, 400);
        Batch.Builder batch = Batch.builder();
        writer.search(wide).hits().forEach(h -> batch.delete(h.record().id()));
        writer.apply(batch.build());
        Far far = new Far(near);
        Collection c = new Database(far.store(), Samples.settings(clock)).collection("c");
        List<String> found = new ArrayList<>();
        Thread reader = Thread.ofVirtual().start(() -> found.addAll(ids(c, query, Consistency.STRONG)));
        far.stream.countDown();
        reader.join();
        assertThat(found).isEqualTo(ids(writer, query, Consistency.STRONG)).hasSize(10);
    }

    @Test
    void whoLoadsBeforeTheFirstRequestAnswersItAfterOneLook() throws InterruptedException {
        Far far = new Far(near);
        far.stream.countDown();
        Collection c = new Database(far.store(), Samples.settings(clock)).collection("c");
        c.preload();
        // Waits until all is there.
        c.statistics(Consistency.STRONG);
        c.fetch(List.of("id-1"), Consistency.STRONG);
        far.takeTrips();
        assertThat(ids(c, records.get(5).vector(), Consistency.fromNow())).startsWith("id-5");
        assertThat(far.takeTrips()).isEqualTo(1);
    }

    /** Segments that came one after the other are asked at once. */
    @Test
    void severalSegmentsTakeNoMoreRoundTripsThanOne() {
        writer.load(records.stream()
                .map(r -> new Record("more-" + r.id(), r.vector(), r.text(), r.attributes()))
                .iterator());
        writer.compact();
        assertThat(writer.statistics(Consistency.STRONG).segments()).isEqualTo(2);
        Far far = new Far(near);
        Database cold = new Database(far.store(), Samples.settings(clock));
        Consistency now = Consistency.fromNow();
        List<String> found = ids(cold.collection("c"), records.get(5).vector(), now);
        assertThat(found).contains("id-5", "more-id-5");
        // Fewer if one segment is ahead of the other.
        assertThat(far.takeTrips()).isLessThanOrEqualTo(4);
        far.stream.countDown();
    }
}
