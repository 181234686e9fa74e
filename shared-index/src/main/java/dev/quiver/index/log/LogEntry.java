package dev.quiver.index.log;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.IdempotencyKey;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.Vectors;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * One committed batch as it lies in the log, and in memory until it is folded. The vectors lie densely, so that fresh rows are scored where
 * they are. Every id stands in an entry once.
 *
 * <pre>
 *  0  u64     magic        "QUIVERLG"
 *  8  u32     version      1, or 2 if there are keys
 * 12  u32     crc          CRC32C of everything after this field
 * 16  u64     sequence     must be the one in the key
 * 24  u8[16]  commit       the writer's id of this commit, to recognise its own entry when an answer was lost
 * 40  u8[26]  collection   the manifest's uid, must be the one in the key
 * 66  u8[2]                zero
 * 68  u32     dimension
 * 72  u64     timestamp    epoch milliseconds of the writer
 * 80  u32     upserts
 * 84  u32     deletes
 * 88  u32     keys         of version 2; else zero
 * 92  u8[4]                zero
 * 96  f32[upserts × dimension]
 *     upserts × ( idLength:u32 id:utf8 documentLength:u32 document )      see {@link DocumentCodec}
 *     deletes × ( idLength:u32 id:utf8 )
 *     keys × ( high:u64 low:u64 fingerprint:u64 )                         see {@link IdempotencyKey}
 *     u8[0 … 1023]           zero; among many writers, so that an entry's length in a list tells it from theirs
 * </pre>
 */
public final class LogEntry {
    private static final long MAGIC = 0x474C524556495551L;
    private static final int VERSION = 2;

    /** Whoever reads only this version must not fold an entry whose keys he does not know of. */
    private static final int WITHOUT_KEYS = 1;

    private static final int KEY = 24;
    private static final int HEAD = 96;
    private static final int MOST_PADDING = 1023;

    private final long sequence;
    private final UUID commit;
    private final String collection;
    private final long timestamp;
    private final MemorySegment vectors;
    private final MemorySegment norms;
    private final List<byte[]> ids;
    private final List<byte[]> documents;
    private final List<byte[]> deletes;
    private final List<IdempotencyKey> keys;
    private final long bytes;

    private LogEntry(
            long sequence,
            UUID commit,
            String collection,
            long timestamp,
            int dimension,
            MemorySegment vectors,
            List<byte[]> ids,
            List<byte[]> documents,
            List<byte[]> deletes,
            List<IdempotencyKey> keys,
            long bytes) {
        this.sequence = sequence;
        this.commit = commit;
        this.collection = collection;
        this.timestamp = timestamp;
        this.vectors = vectors;
        this.ids = ids;
        this.documents = documents;
        this.deletes = deletes;
        this.keys = keys;
        this.bytes = bytes;
        this.norms = OffHeap.allocate(4L * ids.size());
        for (int i = 0; i < ids.size(); i++) {
            float[] x = OffHeap.getFloats(vectors, 4L * dimension * i, dimension);
            OffHeap.putFloat(norms, 4L * i, (float) Vectors.norm(x));
        }
    }

    /**
     * The batch in the form it is stored in; {@link #withSequence} gives it its place.
     *
     * @param padded its length is to differ from that of other commits
     */
    public static byte[] encode(
            Batch batch, UUID commit, String collection, int dimension, long timestamp, boolean padded) {
        List<Record> upserts = batch.upserts();
        List<byte[]> ids = new ArrayList<>();
        List<byte[]> documents = new ArrayList<>();
        long size = HEAD + 4L * dimension * upserts.size();
        for (Record r : upserts) {
            ids.add(utf8(r.id()));
            documents.add(DocumentCodec.encode(r.text(), r.attributes()));
            size += 8 + ids.getLast().length + documents.getLast().length;
        }
        List<byte[]> deletes = batch.deletes().stream().map(LogEntry::utf8).toList();
        for (byte[] id : deletes) {
            size += 4 + id.length;
        }
        size += (long) KEY * batch.keys().size();
        size += padded ? commit.getLeastSignificantBits() & MOST_PADDING : 0;
        if (size > Integer.MAX_VALUE - 64) {
            throw new IllegalArgumentException(
                    "The batch takes " + size + " bytes, at most 2 GiB can be committed at once. Split it.");
        }
        ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC)
                .putInt(batch.keys().isEmpty() ? WITHOUT_KEYS : VERSION)
                .putInt(0)
                .putLong(0);
        out.putLong(commit.getMostSignificantBits()).putLong(commit.getLeastSignificantBits());
        out.put(collection.getBytes(StandardCharsets.US_ASCII)).putShort((short) 0);
        out.putInt(dimension).putLong(timestamp);
        out.putInt(upserts.size()).putInt(deletes.size());
        out.putInt(batch.keys().size()).putInt(0);
        for (Record r : upserts) {
            for (float x : r.vector()) {
                out.putFloat(x);
            }
        }
        for (int i = 0; i < ids.size(); i++) {
            put(out, ids.get(i));
            put(out, documents.get(i));
        }
        deletes.forEach(id -> put(out, id));
        for (IdempotencyKey k : batch.keys()) {
            out.putLong(k.high()).putLong(k.low()).putLong(k.fingerprint());
        }
        return out.array();
    }

    /** Writes the sequence and the checksum into an encoded entry. */
    static void withSequence(byte[] encoded, long sequence) {
        ByteBuffer out = ByteBuffer.wrap(encoded).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(16, sequence);
        out.putInt(12, crc(encoded));
    }

    /**
     * @param key for messages
     * @throws CorruptDataException if the bytes are not the entry of this sequence of this collection, whole and undamaged
     */
    public static LogEntry decode(String key, byte[] bytes, String collection, long sequence, int dimension) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEAD || in.getLong(0) != MAGIC) {
            throw new CorruptDataException("Object " + key + " is not a Quiver log entry");
        }
        if (in.getInt(8) != VERSION && in.getInt(8) != WITHOUT_KEYS) {
            throw new CorruptDataException("Log entry " + key + " has format version " + in.getInt(8)
                    + ", this Quiver reads versions " + WITHOUT_KEYS + " and " + VERSION + ". Use a newer Quiver.");
        }
        if (in.getInt(12) != crc(bytes)) {
            throw new CorruptDataException("Log entry " + key + " is damaged: its checksum does not match. "
                    + "Restore the object from a backup or a bucket version.");
        }
        if (in.getLong(16) != sequence) {
            throw new CorruptDataException("Log entry " + key + " holds the entry of sequence " + in.getLong(16));
        }
        UUID commit = new UUID(in.getLong(24), in.getLong(32));
        String of = new String(bytes, 40, 26, StandardCharsets.US_ASCII);
        if (!of.equals(collection) || in.getInt(68) != dimension) {
            throw new CorruptDataException("Log entry " + key + " holds vectors of dimension " + in.getInt(68)
                    + " of the collection " + of + ", not of dimension " + dimension + " of " + collection);
        }
        int upserts = in.getInt(80);
        int deletes = in.getInt(84);
        long vectorBytes = 4L * dimension * upserts;
        int keyed = in.getInt(8) == VERSION ? in.getInt(88) : 0;
        if (upserts < 0 || deletes < 0 || keyed < 0 || vectorBytes > bytes.length - HEAD) {
            throw new CorruptDataException("Log entry " + key + " is damaged: it counts " + upserts + " upserts");
        }
        try {
            MemorySegment vectors = OffHeap.allocate(vectorBytes);
            MemorySegment.copy(MemorySegment.ofArray(bytes), HEAD, vectors, 0, vectorBytes);
            in.position(HEAD + (int) vectorBytes);
            List<byte[]> ids = new ArrayList<>();
            List<byte[]> documents = new ArrayList<>();
            for (int i = 0; i < upserts; i++) {
                ids.add(take(in));
                documents.add(take(in));
            }
            List<byte[]> deleted = new ArrayList<>();
            for (int i = 0; i < deletes; i++) {
                deleted.add(take(in));
            }
            List<IdempotencyKey> keys = new ArrayList<>();
            for (int i = 0; i < keyed; i++) {
                keys.add(new IdempotencyKey(in.getLong(), in.getLong(), in.getLong()));
            }
            return new LogEntry(
                    sequence,
                    commit,
                    collection,
                    in.getLong(72),
                    dimension,
                    vectors,
                    ids,
                    documents,
                    deleted,
                    keys,
                    bytes.length);
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new CorruptDataException("Log entry " + key + " is damaged: it ends too early", e);
        }
    }

    private static void put(ByteBuffer out, byte[] bytes) {
        out.putInt(bytes.length).put(bytes);
    }

    private static byte[] take(ByteBuffer in) {
        int length = in.getInt();
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }

    private static byte[] utf8(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 16, bytes.length - 16);
        return (int) crc.getValue();
    }

    public long sequence() {
        return sequence;
    }

    public UUID commit() {
        return commit;
    }

    /** The uid of the collection that this was written to. */
    public String collection() {
        return collection;
    }

    public long timestamp() {
        return timestamp;
    }

    public int rows() {
        return ids.size();
    }

    /** f32[rows × dimension]. */
    public MemorySegment vectors() {
        return vectors;
    }

    /** f32[rows]. */
    public MemorySegment norms() {
        return norms;
    }

    public List<byte[]> ids() {
        return ids;
    }

    public List<byte[]> documents() {
        return documents;
    }

    public List<byte[]> deletes() {
        return deletes;
    }

    /** Of the batches in this commit that had one. */
    public List<IdempotencyKey> keys() {
        return keys;
    }

    /** Stored size. */
    public long bytes() {
        return bytes;
    }
}
