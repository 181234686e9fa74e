package dev.quiver.index.log;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.AttributeMaps;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.Vectors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.zip.CRC32C;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** A batch comes back from its log entry as it was, and an entry that is damaged, cut or foreign is refused by name. */
class LogEntryTest {
    private static final String UID = "01J8ZQ0000ABCDEFGHJKMNPQRS";
    private static final String KEY = "c/log/" + UID + "/00000000000000000042";
    private static final UUID COMMIT = new UUID(0x0123456789abcdefL, -2);

    @Provide
    Arbitrary<List<Map<String, Object>>> documents() {
        return AttributeMaps.any().list().ofMaxSize(5);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aBatchComesBackAsItWas(
            @ForAll("documents") List<Map<String, Object>> documents,
            @ForAll @IntRange(min = 0, max = 4) int deletes,
            @ForAll @IntRange(min = 1, max = 20) int dimension,
            @ForAll @IntRange(min = 1) int sequence,
            @ForAll long timestamp,
            @ForAll long seed) {
        Random random = new Random(seed);
        Batch.Builder builder = Batch.builder();
        for (int i = 0; i < documents.size(); i++) {
            float[] x = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                x[j] = (float) random.nextGaussian();
            }
            builder.upsert(new Record("id-ü-" + i, x, i % 2 == 0 ? null : "text " + i, documents.get(i)));
        }
        for (int i = 0; i < deletes; i++) {
            builder.delete("gone-" + i);
        }
        if (deletes % 2 == 0) {
            builder.key("key " + seed);
        }
        Batch batch = builder.build();
        byte[] bytes = LogEntry.encode(batch, COMMIT, UID, dimension, timestamp, seed % 2 == 0);
        LogEntry.withSequence(bytes, sequence);
        LogEntry e = LogEntry.decode(KEY, bytes, UID, sequence, dimension);

        assertThat(e.sequence()).isEqualTo(sequence);
        assertThat(e.commit()).isEqualTo(COMMIT);
        assertThat(e.collection()).isEqualTo(UID);
        assertThat(e.timestamp()).isEqualTo(timestamp);
        assertThat(e.bytes()).isEqualTo(bytes.length);
        assertThat(e.rows()).isEqualTo(documents.size());
        assertThat(e.deletes().stream().map(d -> new String(d, UTF_8))).isEqualTo(batch.deletes());
        assertThat(e.keys()).isEqualTo(batch.keys()).hasSize(1 - deletes % 2);
        for (int i = 0; i < e.rows(); i++) {
            Record r = batch.upserts().get(i);
            assertThat(new String(e.ids().get(i), UTF_8)).isEqualTo(r.id());
            assertThat(OffHeap.getFloats(e.vectors(), 4L * dimension * i, dimension))
                    .isEqualTo(r.vector());
            assertThat(OffHeap.getFloat(e.norms(), 4L * i)).isEqualTo((float) Vectors.norm(r.vector()));
            assertThat(DocumentCodec.decode(e.documents().get(i)))
                    .isEqualTo(new DocumentCodec.Document(r.text(), r.attributes()));
        }
    }

    @Example
    void everyFlippedByteIsNoticed() {
        everyFlippedByteIsNoticed(small());
        everyFlippedByteIsNoticed(keyed());
    }

    private static void everyFlippedByteIsNoticed(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) flip;
                assertRefused(damaged);
            }
        }
    }

    @Example
    void everyTruncationIsNoticed() {
        everyTruncationIsNoticed(small());
        everyTruncationIsNoticed(keyed());
    }

    private static void everyTruncationIsNoticed(byte[] bytes) {
        for (int length = 0; length < bytes.length; length++) {
            assertRefused(Arrays.copyOf(bytes, length));
        }
        assertRefused(Arrays.copyOf(bytes, bytes.length + 1));
    }

    @Property(tries = 500)
    void foreignBytesAreRefused(@ForAll byte[] bytes) {
        assertRefused(bytes);
    }

    /** Bytes that pass the checksum and yet make no sense: written by a wrong program, or to do harm. */
    @Property(tries = 1000)
    void nonsenseWithARightChecksumIsRefusedOrReadButNothingElse(
            @ForAll @IntRange(min = 68, max = 199) int at, @ForAll int value) {
        byte[] bytes = small();
        int position = Math.min(at, bytes.length - 4);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(position, value);
        LogEntry.withSequence(bytes, 42);
        try {
            assertThat(LogEntry.decode(KEY, bytes, UID, 42, 3)).isNotNull();
        } catch (CorruptDataException e) {
            assertThat(e).hasMessageContaining(KEY);
        }
    }

    @Example
    void giantCountsAskForNoMemory() {
        for (int count : new int[] {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1 << 30, 1 << 29}) {
            for (int field : new int[] {80, 84, 88}) {
                byte[] bytes = keyed();
                ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(field, count);
                LogEntry.withSequence(bytes, 42);
                assertRefused(bytes);
            }
        }
    }

    @Example
    void anEntryInAnothersPlaceIsRefused() {
        byte[] bytes = small();
        assertThatThrownBy(() -> LogEntry.decode(KEY, bytes, UID, 43, 3))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, "42");
        assertThatThrownBy(() -> LogEntry.decode(KEY, bytes, UID.replace('J', 'K'), 42, 3))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, UID);
        assertThatThrownBy(() -> LogEntry.decode(KEY, bytes, UID, 42, 4))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, "dimension 3", "dimension 4");
    }

    @Example
    void aNewerVersionAsksForANewerQuiver() {
        byte[] bytes = small();
        bytes[8] = 3;
        assertThatThrownBy(() -> LogEntry.decode(KEY, bytes, UID, 42, 3))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, "version 3", "newer Quiver");
    }

    /** Those who read version 1 only refuse it, for they would forget the key. */
    @Example
    void anEntryWithKeysIsOfVersion2() {
        byte[] bytes = keyed();
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(in.getInt(8)).isEqualTo(2);
        assertThat(in.getInt(88)).isEqualTo(1);
        // The first 16 bytes of the SHA-256 of "k", big-endian as a hash is written.
        assertThat(in.getLong(bytes.length - 24)).isEqualTo(0x8254c329a92850f6L);
        assertThat(in.getLong(bytes.length - 16)).isEqualTo(0xd539dd376f4816eeL);
    }

    private static byte[] keyed() {
        byte[] bytes = LogEntry.encode(
                Batch.builder()
                        .key("k")
                        .upsert(new Record("a", new float[] {1, 2, 3}, "text", Map.of()))
                        .delete("gone")
                        .build(),
                COMMIT,
                UID,
                3,
                1234567890123L,
                false);
        LogEntry.withSequence(bytes, 42);
        return bytes;
    }

    /** The bytes of version 1, so that no later code changes them unnoticed. */
    @Example
    void theFormatIsTheDocumentedOne() {
        byte[] bytes = small();
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(new String(bytes, 0, 8, UTF_8)).isEqualTo("QUIVERLG");
        assertThat(in.getInt(8)).isEqualTo(1);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 16, bytes.length - 16);
        assertThat(in.getInt(12)).isEqualTo((int) crc.getValue());
        assertThat(in.getLong(16)).isEqualTo(42);
        assertThat(in.getLong(24)).isEqualTo(COMMIT.getMostSignificantBits());
        assertThat(in.getLong(32)).isEqualTo(COMMIT.getLeastSignificantBits());
        assertThat(new String(bytes, 40, 26, UTF_8)).isEqualTo(UID);
        assertThat(in.getInt(68)).isEqualTo(3);
        assertThat(in.getLong(72)).isEqualTo(1234567890123L);
        assertThat(in.getInt(80)).isEqualTo(2);
        assertThat(in.getInt(84)).isEqualTo(1);
        assertThat(in.getFloat(96 + 4 * 3)).isEqualTo(-1f);
        assertThat(in.getInt(96 + 24)).isEqualTo(1);
        assertThat(bytes[96 + 28]).isEqualTo((byte) 'a');
    }

    /** In a list its length tells an entry from those of others. */
    @Example
    void paddingHidesNothing() {
        Batch batch = Batch.builder().delete("gone").key("k").build();
        Set<Integer> lengths = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            byte[] bytes = LogEntry.encode(batch, new UUID(1, 7919L * i), UID, 3, 0, true);
            LogEntry.withSequence(bytes, 42);
            LogEntry e = LogEntry.decode(KEY, bytes, UID, 42, 3);
            assertThat(e.deletes()).containsExactly("gone".getBytes(UTF_8));
            assertThat(e.keys()).isEqualTo(batch.keys());
            lengths.add(bytes.length);
        }
        assertThat(lengths).hasSizeGreaterThan(90);
    }

    private static byte[] small() {
        Batch batch = Batch.builder()
                .upsert(new Record("a", new float[] {1, 2, 3}, "text", Map.of("n", 7L)))
                .upsert(new Record("bé", new float[] {-1, 0, 0.5f}, null, Map.of()))
                .delete("gone")
                .build();
        byte[] bytes = LogEntry.encode(batch, COMMIT, UID, 3, 1234567890123L, false);
        LogEntry.withSequence(bytes, 42);
        return bytes;
    }

    private static void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> LogEntry.decode(KEY, bytes, UID, 42, 3))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(KEY);
    }
}
