package dev.quiver.index.cluster;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;

/**
 * Codes of {@value #ROWS} rows together, so that one table look-up instruction serves many rows (the FastScan layout of FAISS, widened to 64 rows).
 *
 * <p>The bits of a code are parted into <em>groups</em> of four: bit plane by bit plane, the lowest first, each in ⌈dimension/4⌉ groups of four
 * consecutive components, the first component in the lowest bit. Two groups are a <em>pair</em>; the number of pairs is even, padded by zeros. Row i stands at <em>place</em> 4·(i mod 16) + ⌊i/16⌋, so that
 * the four bytes of a 32-bit lane are rows 16 apart, and sums widened lane by lane come out in order.
 *
 * <pre>
 * for each pair p: u8[64], the byte at a place is group 2p of its row in the low four bits and group 2p + 1 in the high four
 * f32[64]  offset of each row, in order; −∞ for rows that are not there
 * f32[64]  scale
 * </pre>
 */
public final class Blocks {
    /** Rows of a block: the bits of a long, the bytes of a 512-bit register. */
    public static final int ROWS = 64;

    private Blocks() {}

    /** How many pairs of groups a code has. */
    public static int pairs(int dimension, int bits) {
        int groups = bits * ((dimension + 3) / 4);
        return (groups + 3) / 4 * 2;
    }

    /** Bytes of a block. */
    public static int bytes(int pairs) {
        return ROWS * pairs + 8 * ROWS;
    }

    /** How many blocks so many rows take. */
    public static int count(int rows) {
        return (rows + ROWS - 1) / ROWS;
    }

    static int place(int row) {
        return 4 * (row & 15) + (row >>> 4);
    }

    /** Marks all rows of a zeroed block as not there. */
    static void clear(MemorySegment block, int pairs) {
        for (int row = 0; row < ROWS; row++) {
            OffHeap.putFloat(block, (long) ROWS * pairs + 4L * row, Float.NEGATIVE_INFINITY);
        }
    }

    /** Puts what the quantizer has encoded last at a row of a block. */
    static void put(MemorySegment block, int pairs, int row, Quantizer codes, int dimension, int bits) {
        int planeGroups = (dimension + 3) / 4;
        int place = place(row);
        for (int plane = 0; plane < bits; plane++) {
            for (int g = 0; g < planeGroups; g++) {
                int nibble = 0;
                int end = Math.min(4, dimension - 4 * g);
                for (int i = 0; i < end; i++) {
                    nibble |= (codes.code(4 * g + i) >>> plane & 1) << i;
                }
                int group = plane * planeGroups + g;
                long at = (long) ROWS * (group >>> 1) + place;
                OffHeap.putByte(block, at, (byte) (OffHeap.getByte(block, at) | nibble << 4 * (group & 1)));
            }
        }
        OffHeap.putFloat(block, (long) ROWS * pairs + 4L * row, codes.offset());
        OffHeap.putFloat(block, (long) ROWS * pairs + 4L * ROWS + 4L * row, codes.scale());
    }
}
