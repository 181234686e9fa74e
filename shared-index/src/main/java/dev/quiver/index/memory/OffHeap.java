package dev.quiver.index.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * The one place that reads and writes off-heap memory value by value. All formats are little-endian and unaligned access is
 * allowed. Kept in one small class because a native image compiles such access differently from the JVM: when it is slow
 * there, this is where it is replaced.
 */
public final class OffHeap {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Cache lines, and the widest vector register. */
    public static final int ALIGNMENT = 64;

    private OffHeap() {}

    /** Zeroed memory that lives as long as it is reachable: GraalVM refuses shared arenas together with the Vector API. */
    public static MemorySegment allocate(long bytes) {
        return Arena.ofAuto().allocate(bytes, ALIGNMENT);
    }

    /** An off-heap copy. */
    public static MemorySegment copyOf(byte[] bytes) {
        MemorySegment m = allocate(bytes.length);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, m, 0, bytes.length);
        return m;
    }

    /** An off-heap copy, little-endian. */
    public static MemorySegment copyOf(float[] values) {
        MemorySegment m = allocate(4L * values.length);
        putFloats(m, 0, values);
        return m;
    }

    public static byte getByte(MemorySegment m, long offset) {
        return m.get(ValueLayout.JAVA_BYTE, offset);
    }

    public static void putByte(MemorySegment m, long offset, byte value) {
        m.set(ValueLayout.JAVA_BYTE, offset, value);
    }

    public static short getShort(MemorySegment m, long offset) {
        return m.get(SHORT, offset);
    }

    public static void putShort(MemorySegment m, long offset, short value) {
        m.set(SHORT, offset, value);
    }

    public static int getInt(MemorySegment m, long offset) {
        return m.get(INT, offset);
    }

    public static void putInt(MemorySegment m, long offset, int value) {
        m.set(INT, offset, value);
    }

    public static long getLong(MemorySegment m, long offset) {
        return m.get(LONG, offset);
    }

    public static void putLong(MemorySegment m, long offset, long value) {
        m.set(LONG, offset, value);
    }

    public static float getFloat(MemorySegment m, long offset) {
        return m.get(FLOAT, offset);
    }

    public static void putFloat(MemorySegment m, long offset, float value) {
        m.set(FLOAT, offset, value);
    }

    public static void putFloats(MemorySegment m, long offset, float[] values) {
        MemorySegment.copy(values, 0, m, FLOAT, offset, values.length);
    }

    public static void putShorts(MemorySegment m, long offset, short[] values) {
        MemorySegment.copy(values, 0, m, SHORT, offset, values.length);
    }

    public static float[] getFloats(MemorySegment m, long offset, int count) {
        float[] values = new float[count];
        MemorySegment.copy(m, FLOAT, offset, values, 0, count);
        return values;
    }

    /** Fills the front of {@code into}. */
    public static void getFloats(MemorySegment m, long offset, float[] into, int count) {
        MemorySegment.copy(m, FLOAT, offset, into, 0, count);
    }

    public static byte[] getBytes(MemorySegment m, long offset, int count) {
        byte[] bytes = new byte[count];
        MemorySegment.copy(m, ValueLayout.JAVA_BYTE, offset, bytes, 0, count);
        return bytes;
    }

    public static void putBytes(MemorySegment m, long offset, byte[] bytes) {
        MemorySegment.copy(bytes, 0, m, ValueLayout.JAVA_BYTE, offset, bytes.length);
    }

    /** The smallest multiple of {@link #ALIGNMENT} that is not below {@code offset}. */
    public static long align(long offset) {
        return (offset + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** CRC32C (RFC 3720) of a range. */
    public static int crc32c(MemorySegment m, long offset, long length) {
        CRC32C crc = new CRC32C();
        for (long done = 0; done < length; ) {
            // A ByteBuffer has an int size.
            long step = Math.min(length - done, 1 << 30);
            crc.update(m.asSlice(offset + done, step).asByteBuffer());
            done += step;
        }
        return (int) crc.getValue();
    }
}
