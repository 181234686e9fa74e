package dev.quiver.index.log;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.IdempotencyKey;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The idempotency keys of commits that are folded, and so not in the log any more. Written by compaction, named by the manifest.
 *
 * <pre>
 *  0  u64  magic    "QUIVERIK"
 *  8  u32  version  1
 * 12  u32  crc      CRC32C of everything after this field
 * 16  u32  count
 * 20  u32  zero
 * 24  count × ( high:u64 low:u64 fingerprint:u64 sequence:u64 timestamp:u64 )   in order of high and low, as unsigned numbers
 * </pre>
 */
public final class CommitKeys {
    public static final CommitKeys NONE = new CommitKeys(ByteBuffer.allocate(0));

    /** So many are kept at most: 10 MB. */
    static final int MOST = 1 << 18;

    private static final long MAGIC = 0x4B49524556495551L;
    private static final int VERSION = 1;
    private static final int HEAD = 24;
    private static final int ENTRY = 40;
    private static final Comparator<Entry> ORDER = (a, b) -> compare(a.key, b.key.high(), b.key.low());

    private final ByteBuffer entries;

    private CommitKeys(ByteBuffer entries) {
        this.entries = entries;
    }

    /**
     * @param sequence of the commit that the key was used in
     * @param timestamp of that, epoch milliseconds
     */
    public record Entry(IdempotencyKey key, long sequence, long timestamp) {}

    /** @throws CorruptDataException if these are not the bytes of such an object, whole and undamaged */
    public static CommitKeys decode(String key, byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < HEAD || in.getLong(0) != MAGIC) {
            throw new CorruptDataException("Object " + key + " does not hold Quiver's idempotency keys");
        }
        if (in.getInt(8) != VERSION) {
            throw new CorruptDataException("Idempotency keys " + key + " have format version " + in.getInt(8)
                    + ", this Quiver reads version " + VERSION + ". Use a newer Quiver.");
        }
        if (in.getInt(12) != crc(bytes) || bytes.length != HEAD + (long) ENTRY * in.getInt(16)) {
            throw new CorruptDataException(
                    "Idempotency keys " + key + " are damaged: their checksum or length does not match");
        }
        return new CommitKeys(in.slice(HEAD, bytes.length - HEAD).order(ByteOrder.LITTLE_ENDIAN));
    }

    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(HEAD + entries.limit()).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0).putInt(size()).putInt(0);
        out.put(entries.duplicate());
        out.putInt(12, crc(out.array()));
        return out.array();
    }

    /** These and later ones, without those from before a time and without the oldest if there are too many. */
    public CommitKeys with(List<Entry> later, long notBefore) {
        return with(later, notBefore, MOST);
    }

    CommitKeys with(List<Entry> later, long notBefore, int most) {
        List<Entry> all = new ArrayList<>(later);
        for (int i = 0; i < size(); i++) {
            all.add(at(i));
        }
        all.removeIf(e -> e.timestamp < notBefore);
        all.sort(Comparator.comparingLong(Entry::sequence).reversed());
        List<Entry> kept = new ArrayList<>(all.subList(0, Math.min(most, all.size())));
        kept.sort(ORDER);
        ByteBuffer out = ByteBuffer.allocate(ENTRY * kept.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry e : kept) {
            out.putLong(e.key.high()).putLong(e.key.low()).putLong(e.key.fingerprint());
            out.putLong(e.sequence).putLong(e.timestamp);
        }
        return new CommitKeys(out.flip());
    }

    public int size() {
        return entries.limit() / ENTRY;
    }

    public Optional<Entry> find(IdempotencyKey key) {
        int low = 0;
        int high = size() - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            Entry e = at(middle);
            int order = compare(e.key, key.high(), key.low());
            if (order == 0) {
                return Optional.of(e);
            } else if (order < 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return Optional.empty();
    }

    private Entry at(int i) {
        int p = ENTRY * i;
        return new Entry(
                new IdempotencyKey(entries.getLong(p), entries.getLong(p + 8), entries.getLong(p + 16)),
                entries.getLong(p + 24),
                entries.getLong(p + 32));
    }

    private static int compare(IdempotencyKey key, long high, long low) {
        int order = Long.compareUnsigned(key.high(), high);
        return order != 0 ? order : Long.compareUnsigned(key.low(), low);
    }

    private static int crc(byte[] whole) {
        CRC32C crc = new CRC32C();
        crc.update(whole, 16, whole.length - 16);
        return (int) crc.getValue();
    }
}
