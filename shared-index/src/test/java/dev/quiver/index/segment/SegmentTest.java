package dev.quiver.index.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Rows come back from a segment as they went in, ids are found, and no damaged byte goes unnoticed unless nothing reads it. */
class SegmentTest {
    private static final String KEY = "c/segments/test.seg";
    private static final byte[] SMALL = writeSmall();
    private static final List<Section> SECTIONS = Section.OF_ROWS;

    @Provide
    Arbitrary<List<byte[]>> ids() {
        return Arbitraries.bytes()
                .array(byte[].class)
                .ofMinSize(1)
                .ofMaxSize(6)
                .list()
                .uniqueElements(Arrays::toString)
                .ofMinSize(1)
                .ofMaxSize(40);
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void rowsComeBackAsTheyWere(
            @ForAll("ids") List<byte[]> ids,
            @ForAll @IntRange(min = 1, max = 40) int dimension,
            @ForAll Metric metric,
            @ForAll long seed) {
        Segments.Given given = rows(ids, dimension, new Random(seed));
        Segment s = Segments.load(KEY, Segments.write(given, dimension, metric));
        assertThat(s.rows()).isEqualTo(ids.size());
        assertThat(s.dimension()).isEqualTo(dimension);
        assertThat(s.metric()).isEqualTo(metric);
        assertThat(s.key()).isEqualTo(KEY);
        for (int r = 0; r < ids.size(); r++) {
            assertThat(s.id(r)).isEqualTo(ids.get(r));
            assertThat(s.vector(r)).isEqualTo(given.vector(r));
            assertThat(s.document(r)).isEqualTo(given.document(r));
            assertThat(OffHeap.getFloat(s.norms(), 4L * r)).isEqualTo((float) Vectors.norm(given.vector(r)));
            assertCodesStandForTheRow(s, r);
        }
    }

    private static void assertCodesStandForTheRow(Segment s, int row) {
        float scale = OffHeap.getFloat(s.scales(), 4L * row);
        double error = OffHeap.getFloat(s.errors(), 4L * row);
        double lost = 0;
        float[] x = s.vector(row);
        for (int i = 0; i < x.length; i++) {
            byte code = OffHeap.getByte(s.codes(), (long) s.dimension() * row + i);
            assertThat(code).isNotEqualTo(Byte.MIN_VALUE);
            lost += Math.pow(x[i] - (double) scale * code, 2);
        }
        assertThat(error)
                .isGreaterThanOrEqualTo(Math.sqrt(lost))
                .isCloseTo(Math.sqrt(lost), within(1e-6 * error + 3e-45));
        assertThat(Math.sqrt(lost)).isLessThanOrEqualTo(0.51 * scale * Math.sqrt(x.length));
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void idsAreFoundInTheirOrder(@ForAll("ids") List<byte[]> ids, @ForAll("ids") List<byte[]> others) {
        Segments.Given given = rows(ids, 2, new Random(1));
        Segment s = Segments.load(KEY, Segments.write(given, 2, Metric.DOT));
        TreeMap<byte[], Integer> order = new TreeMap<>(Arrays::compareUnsigned);
        for (int r = 0; r < ids.size(); r++) {
            order.put(ids.get(r), r);
            assertThat(s.ordinalOf(ids.get(r))).isEqualTo(r);
        }
        List<Integer> inOrder = new ArrayList<>();
        for (int p = 0; p < s.rows(); p++) {
            inOrder.add(s.ordinalAt(p));
        }
        assertThat(inOrder).isEqualTo(new ArrayList<>(order.values()));
        for (byte[] id : others) {
            assertThat(s.ordinalOf(id)).isEqualTo(order.getOrDefault(id, -1));
            assertThat(s.positionOf(id)).isEqualTo(order.headMap(id).size());
        }
        assertThat(s.positionOf(new byte[0])).isZero();
    }

    @Example
    void aSegmentOfManyPiecesIsWhole() {
        int dimension = 64;
        List<byte[]> ids = new ArrayList<>();
        for (int i = 0; i < 60_000; i++) {
            ids.add(("id-" + i).getBytes(UTF_8));
        }
        Segments.Given given = rows(ids, dimension, new Random(4));
        byte[] bytes = Segments.write(given, dimension, Metric.COSINE);
        assertThat(bytes.length).isGreaterThan(2 * (8 << 20));
        Segment s = Segments.load(KEY, bytes);
        for (int r = 0; r < s.rows(); r += 997) {
            // Rows with clusters are in another order.
            assertThat(s.vector(s.ordinalOf(given.id(r)))).isEqualTo(given.vector(r));
        }
        byte[] damaged = bytes.clone();
        damaged[bytes.length / 2] ^= 1;
        assertRefused(damaged, "damaged");
        assertShorterIsRefused(bytes, bytes.length - 1);
    }

    @Example
    void everyFlippedByteIsNoticedOrReadByNobody() {
        byte[] bytes = small();
        List<String> sections = new ArrayList<>();
        for (int i = 0; i < bytes.length; i++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) flip;
                String section = sectionAt(bytes, i);
                sections.add(section);
                if (section.equals("gap")) {
                    assertThat(content(Segments.load(KEY, damaged))).isEqualTo(content(Segments.load(KEY, bytes)));
                } else {
                    assertRefused(damaged, section.equals("head") ? "" : section);
                }
            }
        }
        // The walk above has met every section.
        assertThat(sections).contains("head", "gap");
        assertThat(sections).containsAll(SECTIONS.stream().map(Enum::name).toList());
    }

    @Example
    void everyTruncationIsNoticed() {
        byte[] bytes = small();
        for (int length = 0; length < bytes.length; length++) {
            assertRefused(Arrays.copyOf(bytes, length), "");
            assertShorterIsRefused(bytes, length);
        }
        // More than the head tells of.
        assertRefused(Arrays.copyOf(bytes, bytes.length + 64), "head");
    }

    /** The manifest tells the right length and the object is shorter. */
    private static void assertShorterIsRefused(byte[] bytes, int length) {
        MemoryStore store = new MemoryStore();
        store.put(KEY, Content.of(Arrays.copyOf(bytes, length)), new ObjectStore.Precondition.IfAbsent());
        assertThatThrownBy(() -> Segment.load(store, KEY, bytes.length))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, Integer.toString(bytes.length));
    }

    @Example
    void aMissingSegmentIsNamed() {
        assertThatThrownBy(() -> Segment.load(new MemoryStore(), KEY, 1000))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, "missing");
    }

    @Property(tries = 500)
    void foreignBytesAreRefused(@ForAll byte[] bytes) {
        assertRefused(bytes, "");
    }

    /** A head that passes its checksum and yet makes no sense: written by a wrong program, or to do harm. */
    @Property(tries = 1500)
    void aNonsensicalHeadWithARightChecksumIsRefusedOrReadButNothingElse(
            @ForAll @IntRange(min = 2, max = 95) int word, @ForAll("words") int value) {
        byte[] bytes = small();
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4 * word, value);
        int count = out.getInt(12);
        if (count >= 0 && count <= 1024 && 64 + 32 * count <= bytes.length) {
            out.putInt(60, 0);
            CRC32C crc = new CRC32C();
            crc.update(bytes, 0, 64 + 32 * count);
            out.putInt(60, (int) crc.getValue());
        }
        try {
            content(Segments.load(KEY, bytes));
        } catch (CorruptDataException e) {
            assertThat(e).hasMessageContaining(KEY);
        }
    }

    @Provide
    Arbitrary<Integer> words() {
        return Arbitraries.oneOf(
                Arbitraries.integers(),
                Arbitraries.integers().between(-2, 20),
                Arbitraries.integers().between(0, 4000),
                Arbitraries.of(Integer.MAX_VALUE, Integer.MIN_VALUE, 1 << 30));
    }

    @Example
    void aNewerVersionAsksForANewerQuiver() {
        byte[] bytes = small();
        bytes[8] = 2;
        assertRefused(bytes, "newer Quiver");
    }

    /** One entry more would move the sections, so one of those that are there becomes of an unknown kind. */
    private static byte[] withUnknown(int section) {
        byte[] bytes = small();
        ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(64 + section * 32, 999);
        out.putInt(60, 0);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, 64 + SECTIONS.size() * 32);
        out.putInt(60, (int) crc.getValue());
        return bytes;
    }

    @Example
    void aSectionOfALaterVersionIsSkipped() {
        assertRefused(withUnknown(9), "DOCUMENTS");
        Segment segment = Segments.load(KEY, withUnknown(10));
        assertThat(segment.rows()).isEqualTo(5);
        assertThat(segment.version(3))
                .as("without its section a version is not known")
                .isZero();
        assertThat(Segments.load(KEY, withUnknown(11)).columns()).isEmpty();
    }

    @Example
    void theFormatIsTheDocumentedOne() {
        byte[] bytes = small();
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new String(bytes, 0, 8, UTF_8)).isEqualTo("QUIVERSG");
        assertThat(in.getInt(8)).isEqualTo(1);
        assertThat(in.getInt(12)).isEqualTo(12);
        assertThat(in.getLong(16)).isEqualTo(5);
        assertThat(in.getInt(24)).isEqualTo(3);
        assertThat(in.getInt(28)).isEqualTo(1);
        assertThat(in.getLong(32)).isEqualTo(bytes.length);
        for (int i = 0; i < 12; i++) {
            int entry = 64 + 32 * i;
            assertThat(in.getInt(entry)).isEqualTo(i < 10 ? i + 1 : i + 8);
            assertThat(in.getLong(entry + 8) % 64).isZero();
            CRC32C crc = new CRC32C();
            crc.update(bytes, (int) in.getLong(entry + 8), (int) in.getLong(entry + 16));
            assertThat(in.getInt(entry + 4)).isEqualTo((int) crc.getValue());
        }
    }

    @Example
    void aSegmentHasARow() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SegmentWriter.write(
                        Path.of("never-written"),
                        new Segments.Given(List.of(), List.of(), List.of()),
                        3,
                        Metric.DOT,
                        _ -> null));
    }

    @Example
    void aZeroRowHasCodesToo() {
        Segments.Given given = new Segments.Given(
                List.of(new byte[] {1}, new byte[] {2}, new byte[] {3}),
                List.of(new float[3], new float[] {Float.MIN_VALUE, 0, 0}, new float[] {3e38f, -3e38f, 1}),
                List.of(new byte[2], new byte[2], new byte[2]));
        Segment s = Segments.load(KEY, Segments.write(given, 3, Metric.DOT));
        assertThat(OffHeap.getFloat(s.scales(), 0)).isEqualTo(1);
        assertThat(OffHeap.getBytes(s.codes(), 0, 6)).containsOnly(0);
        assertThat(OffHeap.getBytes(s.codes(), 6, 3)).containsExactly(127, -127, 0);
        assertThat(OffHeap.getFloat(s.errors(), 4)).isGreaterThanOrEqualTo(Float.MIN_VALUE);
    }

    /** A segment of five rows. */
    private static byte[] small() {
        return SMALL.clone();
    }

    private static byte[] writeSmall() {
        List<byte[]> ids = List.of(
                "e".getBytes(UTF_8),
                "a".getBytes(UTF_8),
                "ü".getBytes(UTF_8),
                "bb".getBytes(UTF_8),
                "b".getBytes(UTF_8));
        return Segments.write(rows(ids, 3, new Random(9)), 3, Metric.COSINE);
    }

    private static Segments.Given rows(List<byte[]> ids, int dimension, Random random) {
        List<float[]> vectors = new ArrayList<>();
        List<byte[]> documents = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            float[] x = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                x[j] = (float) random.nextGaussian();
            }
            vectors.add(x);
            documents.add(DocumentCodec.encode(
                    random.nextBoolean() ? null : "text " + random.nextInt(9),
                    random.nextBoolean() ? Map.of() : Map.of("n", (long) random.nextInt(3))));
        }
        return new Segments.Given(ids, vectors, documents);
    }

    /** Everything that can be read from a segment. */
    private static List<Object> content(Segment s) {
        List<Object> content = new ArrayList<>(List.of(s.rows(), s.dimension(), s.metric()));
        for (int r = 0; r < s.rows(); r++) {
            content.add(Arrays.toString(s.id(r)));
            content.add(Arrays.toString(s.vector(r)));
            content.add(Arrays.toString(s.document(r)));
            content.add(s.ordinalAt(r));
        }
        for (var section : List.of(s.norms(), s.codes(), s.scales(), s.errors())) {
            content.add(Arrays.toString(OffHeap.getBytes(section, 0, (int) section.byteSize())));
        }
        return content;
    }

    private static String sectionAt(byte[] bytes, int at) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int entries = in.getInt(12);
        if (at < 64 + 32 * entries) {
            return "head";
        }
        for (int i = 0; i < entries; i++) {
            long offset = in.getLong(64 + 32 * i + 8);
            if (at >= offset && at < offset + in.getLong(64 + 32 * i + 16)) {
                return SECTIONS.get(i).name();
            }
        }
        return "gap";
    }

    private static void assertRefused(byte[] bytes, String part) {
        assertThatThrownBy(() -> Segments.load(KEY, bytes))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, part);
    }
}
