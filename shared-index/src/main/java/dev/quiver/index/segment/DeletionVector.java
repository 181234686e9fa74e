package dev.quiver.index.segment;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Which rows of a segment are still live, kept in an object of its own because segments never change. Written by compaction when newer
 * rows overwrite or delete some of an older segment's; the manifest names the current one. (Delta Lake and Iceberg keep deletes the same way.)
 *
 * <pre>
 *  0  u64  magic    "QUIVERDV"
 *  8  u32  version  1
 * 12  u32  crc      CRC32C of everything after this field
 * 16  u64  rows     of the segment
 * 24  u64[⌈rows/64⌉], bit i of word w is 1 if row 64·w + i is live; bits past the last row are 0
 * </pre>
 */
public final class DeletionVector {
    private static final long MAGIC = 0x5644524556495551L;
    private static final int VERSION = 1;
    private static final int HEAD = 24;

    private DeletionVector() {}

    /** @param live a bit a row, as in {@link BitSets} */
    public static byte[] encode(long[] live, int rows) {
        ByteBuffer out = ByteBuffer.allocate(HEAD + 8 * live.length).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(VERSION).putInt(0).putLong(rows);
        for (long word : live) {
            out.putLong(word);
        }
        byte[] bytes = out.array();
        out.putInt(12, crc(bytes));
        return bytes;
    }

    /** @throws CorruptDataException if the bytes are damaged or belong to a segment with another number of rows */
    public static long[] decode(String key, byte[] bytes, int rows) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int words = (rows + 63) >>> 6;
        if (bytes.length < HEAD || in.getLong(0) != MAGIC) {
            throw new CorruptDataException("Object " + key + " is not a Quiver deletion vector");
        }
        if (in.getInt(8) != VERSION) {
            throw new CorruptDataException("Deletion vector " + key + " has format version " + in.getInt(8)
                    + ", this Quiver reads version " + VERSION + ". Use a newer Quiver.");
        }
        if (in.getInt(12) != crc(bytes)) {
            throw new CorruptDataException("Deletion vector " + key + " is damaged: its checksum does not match");
        }
        if (in.getLong(16) != rows || bytes.length != HEAD + 8 * words) {
            throw new CorruptDataException(
                    "Deletion vector " + key + " is for " + in.getLong(16) + " rows, its segment has " + rows);
        }
        long[] live = new long[words];
        in.position(HEAD).asLongBuffer().get(live);
        return live;
    }

    private static int crc(byte[] whole) {
        CRC32C crc = new CRC32C();
        crc.update(whole, 16, whole.length - 16);
        return (int) crc.getValue();
    }
}
