package dev.quiver.index.search;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.SegmentWriter;
import dev.quiver.index.store.Meter;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A segment that has not arrived yet answers from what it fetches for the answer, and never from bytes that are not there or not right. */
class ArrivingSegmentTest {
    private static final int ROWS = 40_000;
    private static final int DIMENSION = 48;

    @TempDir
    static Path folder;

    private static float[][] vectors;
    private static byte[] bytes;

    @BeforeAll
    static void build() throws IOException {
        Random random = new Random(2);
        float[][] centres = new float[200][DIMENSION];
        for (float[] c : centres) {
            for (int i = 0; i < DIMENSION; i++) {
                c[i] = (float) random.nextGaussian();
            }
        }
        vectors = new float[ROWS + 40][DIMENSION];
        for (float[] x : vectors) {
            float[] c = centres[random.nextInt(centres.length)];
            for (int i = 0; i < DIMENSION; i++) {
                x[i] = (float) (c[i] + 0.7 * random.nextGaussian());
            }
        }
        Path file = folder.resolve("rows.seg");
        SegmentWriter.write(
                file,
                new RowSource() {
                    @Override
                    public int rows() {
                        return ROWS;
                    }

                    @Override
                    public byte[] id(int row) {
                        return ("id-" + row).getBytes(UTF_8);
                    }

                    @Override
                    public float[] vector(int row) {
                        return vectors[row];
                    }

                    @Override
                    public byte[] document(int row) {
                        return DocumentCodec.encode("document " + row, Map.of());
                    }
                },
                DIMENSION,
                Metric.COSINE,
                Calibrator::measure);
        bytes = Files.readAllBytes(file);
    }

    private static Segment open(DistantStore store) {
        return Segment.open(
                store, DistantStore.KEY, bytes.length, ROWS, DIMENSION, SegmentMemory.unlimited(), new Meter());
    }

    private static List<TopK.Candidate> search(Segment segment, float[] q, long[] allowed) {
        TopK top = new TopK(10, Float.NEGATIVE_INFINITY);
        new SegmentSearch(segment).search(q, Wish.of(10, 0.95), LiveRows.of(allowed), 0, top);
        return top.best();
    }

    @Test
    void theFirstAnswerIsThatOfTheWholeSegmentAndReadsLittle() {
        try (DistantStore store = new DistantStore(bytes)) {
            Segment arriving = open(store);
            store.forget();
            assertThat(arriving.resident()).isFalse();
            try (DistantStore near = new DistantStore(bytes)) {
                near.release();
                Segment whole = Segment.load(near, DistantStore.KEY, bytes.length);
                int shared = 0;
                for (int q = 0; q < 20; q++) {
                    List<TopK.Candidate> answer = search(arriving, vectors[ROWS + q], BitSets.ones(ROWS));
                    assertThat(arriving.resident()).isFalse();
                    if (q == 0) {
                        assertThat(store.bytesRead()).isLessThan(bytes.length / 8);
                    }
                    Set<String> ids = new HashSet<>();
                    for (TopK.Candidate c : answer) {
                        ids.add(arriving.idText(c.row()));
                        int row = Integer.parseInt(arriving.idText(c.row()).substring(3));
                        assertThat(arriving.vector(c.row())).isEqualTo(vectors[row]);
                        assertThat(DocumentCodec.decode(arriving.document(c.row()))
                                        .text())
                                .isEqualTo("document " + row);
                    }
                    for (TopK.Candidate c : search(whole, vectors[ROWS + q], BitSets.ones(ROWS))) {
                        shared += ids.contains(whole.idText(c.row())) ? 1 : 0;
                    }
                }
                // One rescores by int8 codes first, the other does not.
                assertThat(shared).isGreaterThanOrEqualTo(196);
            }
        }
    }

    @Test
    void rowsThatAreDeletedAreNotFound() {
        try (DistantStore store = new DistantStore(bytes)) {
            Segment arriving = open(store);
            long[] live = BitSets.ones(ROWS);
            List<TopK.Candidate> before = search(arriving, vectors[ROWS], live);
            before.forEach(c -> BitSets.clear(live, c.row()));
            List<TopK.Candidate> after = search(arriving, vectors[ROWS], live);
            assertThat(after).hasSize(10);
            assertThat(after)
                    .extracting(TopK.Candidate::row)
                    .doesNotContainAnyElementsOf(
                            before.stream().map(TopK.Candidate::row).toList());
            assertThat(arriving.resident()).isFalse();
        }
    }

    @Test
    void rowsWhoseIdsAreRemovedAreNotFound() {
        try (DistantStore store = new DistantStore(bytes)) {
            Segment arriving = open(store);
            List<TopK.Candidate> before = search(arriving, vectors[ROWS], BitSets.ones(ROWS));
            LiveRows live = LiveRows.of(BitSets.ones(ROWS));
            before.subList(0, 4).forEach(c -> live.remove(arriving.id(c.row())));
            live.remove("nobody".getBytes(UTF_8));
            LiveRows copy = live.copy(arriving);
            copy.remove(arriving.id(before.get(4).row()));
            assertThat(rows(arriving, live))
                    .hasSize(10)
                    .containsAll(rows(before.subList(4, 10)))
                    .doesNotContainAnyElementsOf(rows(before.subList(0, 4)));
            assertThat(rows(arriving, copy)).doesNotContainAnyElementsOf(rows(before.subList(0, 5)));
            assertThat(arriving.resident()).isFalse();
            store.release();
            assertThat(BitSets.count(live.bits(arriving))).isEqualTo(ROWS - 4);
            assertThat(BitSets.count(copy.bits(arriving))).isEqualTo(ROWS - 5);
            assertThat(live.most()).isEqualTo(ROWS);
            assertThat(live.copy(arriving).most()).isEqualTo(ROWS - 4);
        }
    }

    private static List<Integer> rows(List<TopK.Candidate> candidates) {
        return candidates.stream().map(TopK.Candidate::row).toList();
    }

    private static List<Integer> rows(Segment segment, LiveRows live) {
        TopK top = new TopK(10, Float.NEGATIVE_INFINITY);
        new SegmentSearch(segment).search(vectors[ROWS], Wish.of(10, 0.95), live, 0, top);
        return rows(top.best());
    }

    @Test
    void whatNeedsAllRowsWaitsForThem() throws InterruptedException {
        try (DistantStore store = new DistantStore(bytes)) {
            Segment arriving = open(store);
            List<Integer> found = new ArrayList<>();
            Thread reader = Thread.ofVirtual().start(() -> found.add(arriving.ordinalOf("id-77".getBytes(UTF_8))));
            store.release();
            reader.join();
            assertThat(arriving.resident()).isTrue();
            assertThat(arriving.idText(found.getFirst())).isEqualTo("id-77");
            assertThat(search(arriving, vectors[ROWS + 1], BitSets.ones(ROWS))).hasSize(10);
        }
    }

    @Test
    void aFailedStreamIsTriedAgain() {
        try (DistantStore store = new DistantStore(bytes)) {
            Segment arriving = open(store);
            store.failStream(true);
            store.release();
            assertThatThrownBy(() -> arriving.ordinalOf(new byte[] {1})).isInstanceOf(StoreException.class);
            assertThat(search(arriving, vectors[ROWS + 1], BitSets.ones(ROWS))).hasSize(10);
            store.failStream(false);
            assertThat(arriving.ordinalOf("id-5".getBytes(UTF_8))).isNotNegative();
            assertThat(arriving.resident()).isTrue();
        }
    }

    /** Bytes are flipped all over the file; an answer that uses one is refused, and the others are those of the undamaged file. */
    @Test
    void aDamagedByteIsNeverPartOfAnAnswer() {
        List<TopK.Candidate> truth;
        try (DistantStore store = new DistantStore(bytes)) {
            truth = search(open(store), vectors[ROWS], BitSets.ones(ROWS));
        }
        Random random = new Random(4);
        int refused = 0;
        for (int n = 0; n < 60; n++) {
            byte[] damaged = bytes.clone();
            // Many, so that some are read.
            for (int i = 0; i < (n < 20 ? 1 : 400); i++) {
                int at = n < 20 ? random.nextInt(100_000) : random.nextInt(damaged.length);
                damaged[at] ^= (byte) (1 + random.nextInt(255));
            }
            try (DistantStore store = new DistantStore(damaged)) {
                assertThat(search(open(store), vectors[ROWS], BitSets.ones(ROWS)))
                        .isEqualTo(truth);
            } catch (CorruptDataException e) {
                refused++;
                assertThat(e).hasMessageContaining(DistantStore.KEY);
            }
        }
        assertThat(refused).isPositive();
    }
}
