package dev.quiver.index.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.cluster.ClusterBuilder;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/** Segments with clusters are whole or refused, and those that were written once are read for ever. */
class ClusteredSegmentTest {
    private static final String KEY = "rows/segments/test.seg";
    private static final int DIMENSION = 3;

    /** Set it to a folder to write the fixtures of a new version of the format into it; those of old versions stay. */
    private static final String WRITE = System.getenv("QUIVER_FIXTURES");

    /** Rows that a formula gives, so that a fixture need not be compared with another file. */
    private static RowSource rows(int count) {
        return rows(count, row -> DocumentCodec.encode("doc " + row % 5, Map.of("n", row % 5L)));
    }

    private static RowSource rows(int count, IntFunction<byte[]> document) {
        return new RowSource() {
            @Override
            public int rows() {
                return count;
            }

            @Override
            public byte[] id(int row) {
                return ("id-" + row).getBytes(UTF_8);
            }

            @Override
            public float[] vector(int row) {
                return new float[] {row % 17 + 0.25f, row % 101 - 50, row * 0.125f};
            }

            @Override
            public byte[] document(int row) {
                return document.apply(row);
            }
        };
    }

    private static void assertIsWhole(Segment s, int count) {
        assertIsWhole(s, rows(count));
    }

    private static void assertIsWhole(Segment s, RowSource expected) {
        int count = expected.rows();
        assertThat(s.rows()).isEqualTo(count);
        Set<Integer> seen = new HashSet<>();
        for (int o = 0; o < count; o++) {
            int row = Integer.parseInt(s.idText(o).substring(3));
            assertThat(seen.add(row)).isTrue();
            assertThat(s.vector(o)).isEqualTo(expected.vector(row));
            assertThat(s.document(o)).isEqualTo(expected.document(row));
            assertThat(s.ordinalOf(expected.id(row))).isEqualTo(o);
        }
    }

    @Test
    void equalRowsMakeEqualFilesAndAllOfThemAreThere() {
        byte[] bytes = Segments.write(rows(5000), DIMENSION, Metric.EUCLIDEAN);
        assertThat(Segments.write(rows(5000), DIMENSION, Metric.EUCLIDEAN)).isEqualTo(bytes);
        Segment s = Segments.load(KEY, bytes);
        assertThat(s.clusters()).isNotNull();
        assertThat(s.clusters().calibration().isNone()).isFalse();
        assertIsWhole(s, 5000);
        assertThat(Segments.load(KEY, Segments.write(rows(ClusterBuilder.LEAST_ROWS - 1), DIMENSION, Metric.COSINE))
                        .clusters())
                .isNull();
    }

    @Test
    void flippedBitsAreNoticedAndTheirSectionIsNamed() {
        byte[] bytes = Segments.write(rows(5000), DIMENSION, Metric.EUCLIDEAN);
        Random random = new Random(9);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int sections = in.getInt(12);
        for (int i = 0; i < sections; i++) {
            int entry = 64 + 32 * i;
            Section section = section(in.getInt(entry));
            int offset = (int) in.getLong(entry + 8);
            int length = (int) in.getLong(entry + 16);
            for (int n = 0; n < 60; n++) {
                int at = offset + (n == 0 ? 0 : n == 1 ? length - 1 : random.nextInt(length));
                byte[] damaged = bytes.clone();
                damaged[at] ^= (byte) (1 << random.nextInt(8));
                assertThatThrownBy(() -> Segments.load(KEY, damaged))
                        .isInstanceOf(CorruptDataException.class)
                        .hasMessageContainingAll(KEY, section.name());
            }
        }
        for (int at = 0; at < 64 + 32 * sections; at++) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assertThatThrownBy(() -> Segments.load(KEY, damaged)).isInstanceOf(CorruptDataException.class);
        }
    }

    private static Section section(int kind) {
        for (Section s : Section.values()) {
            if (s.kind == kind) {
                return s;
            }
        }
        throw new AssertionError(kind);
    }

    /** Checksums that are right and numbers that make no sense: written by a wrong program, or to do harm. */
    @Test
    void nonsenseWithRightChecksumsIsRefusedOrReadButNothingElse() {
        byte[] bytes = Segments.write(rows(5000), DIMENSION, Metric.EUCLIDEAN);
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        Random random = new Random(3);
        int[] nonsense = {0, 1, -1, 2, 63, 5000, 5001, Integer.MAX_VALUE, Integer.MIN_VALUE};
        for (Section section : new Section[] {Section.CLUSTERS, Section.DIRECTORY, Section.CALIBRATION}) {
            int entry = 64;
            while (in.getInt(entry) != section.kind) {
                entry += 32;
            }
            int offset = (int) in.getLong(entry + 8);
            int length = (int) in.getLong(entry + 16);
            for (int n = 0; n < 300; n++) {
                byte[] damaged = bytes.clone();
                ByteBuffer out = ByteBuffer.wrap(damaged).order(ByteOrder.LITTLE_ENDIAN);
                int word = n < 8 ? n : random.nextInt(Math.min(length, 1200) / 4);
                out.putInt(offset + 4 * word, nonsense[random.nextInt(nonsense.length)]);
                CRC32C crc = new CRC32C();
                crc.update(damaged, offset, length);
                out.putInt(entry + 4, (int) crc.getValue());
                out.putInt(60, 0);
                crc.reset();
                crc.update(damaged, 0, 64 + 32 * in.getInt(12));
                out.putInt(60, (int) crc.getValue());
                try {
                    Segment s = Segments.load(KEY, damaged);
                    dev.quiver.index.search.TopK top = new dev.quiver.index.search.TopK(10, Float.NEGATIVE_INFINITY);
                    new dev.quiver.index.search.SegmentSearch(s)
                            .search(
                                    s.vector(n),
                                    dev.quiver.index.search.SegmentSearch.Wish.of(10, 0.95),
                                    dev.quiver.index.memory.BitSets.ones(s.rows()),
                                    0,
                                    top);
                    assertThat(top.best()).hasSize(10);
                } catch (CorruptDataException e) {
                    assertThat(e).hasMessageContaining(KEY);
                }
            }
        }
    }

    @Test
    void filesOfEveryReleasedVersionAreRead() throws IOException {
        for (int count : List.of(40, ClusterBuilder.LEAST_ROWS)) {
            // The first ones had no columns, and documents that nobody looked into.
            Segment first = released("v1-" + count + "-rows.seg");
            assertIsWhole(first, rows(count, row -> ("doc " + row % 5).getBytes(UTF_8)));
            assertThat(first.columns()).isEmpty();
            assertThat(first.clusters() == null).isEqualTo(count == 40);

            String name = "v1-columns-" + count + "-rows.seg";
            if (WRITE != null) {
                Files.write(Path.of(WRITE, name), Segments.write(rows(count), DIMENSION, Metric.EUCLIDEAN));
            }
            Segment s = released(name);
            assertIsWhole(s, count);
            long[] matching = s.columns()
                    .orElseThrow()
                    .matching(new Filter.Compare("n", Filter.Operator.EQ, 2L))
                    .orElseThrow();
            for (int o = 0; o < count; o++) {
                assertThat(BitSets.get(matching, o))
                        .isEqualTo(Integer.parseInt(s.idText(o).substring(3)) % 5 == 2);
            }
        }
    }

    private static Segment released(String name) throws IOException {
        try (InputStream in = ClusteredSegmentTest.class.getResourceAsStream("/segments/" + name)) {
            Segment s = Segments.load(KEY, in.readAllBytes());
            assertThat(s.metric()).isEqualTo(Metric.EUCLIDEAN);
            return s;
        }
    }
}
