package dev.quiver.index.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the best score in a block can come of: up to three pairs of a frequency and a length, such that no row of the block has both a higher frequency and a smaller length than some pair. Kept as pairs, not as a score, because
 * the average length of the collection changes.
 *
 * @see <a href="https://doi.org/10.1145/2009916.2010048">Ding and Suel, Faster top-k document retrieval using block-max indexes, 2011</a>
 */
final class Impacts {
    static final int PAIRS = 3;
    static final int BYTES = 4 * PAIRS;

    private static final int MOST = 0xFFFF;

    private Impacts() {}

    /** u16 frequency and u16 length, three times; the last may be there more than once. */
    static byte[] encode(int[] frequencies, int[] lengths, int count) {
        // The staircase: for each frequency that matters the least length among those with at least as high a one.
        int[] topFrequency = new int[count];
        int[] topLength = new int[count];
        int steps = 0;
        long[] sorted = new long[count];
        for (int i = 0; i < count; i++) {
            sorted[i] = (long) (Integer.MAX_VALUE - frequencies[i]) << 32 | lengths[i];
        }
        java.util.Arrays.sort(sorted);
        int least = Integer.MAX_VALUE;
        for (long s : sorted) {
            int length = (int) s;
            if (length < least) {
                least = length;
                topFrequency[steps] = Integer.MAX_VALUE - (int) (s >>> 32);
                topLength[steps++] = length;
            }
        }
        ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int p = 0; p < PAIRS; p++) {
            // Several steps become one that is above them all.
            int from = Math.min(steps - 1, p * steps / PAIRS);
            int to = Math.max(from + 1, (p + 1) * steps / PAIRS);
            out.putShort((short) Math.min(MOST, topFrequency[from]));
            out.putShort((short) Math.min(MOST, topLength[to - 1]));
        }
        return out.array();
    }

    /** At least the greatest f / (f + a + c·length) in the block. */
    static double saturation(ByteBuffer table, int at, double a, double c) {
        double best = 0;
        for (int p = 0; p < PAIRS; p++) {
            int frequency = table.getShort(at + 4 * p) & 0xFFFF;
            int length = table.getShort(at + 4 * p + 2) & 0xFFFF;
            best = Math.max(best, frequency == MOST ? 1 : frequency / (frequency + a + c * length));
        }
        return best;
    }
}
