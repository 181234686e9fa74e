package dev.quiver.index.cluster;

/**
 * What a query adds for each group of four bits of a code, so that ⟨v,g⟩ = low + step·(sum of the entries that the groups of the code select). Entries are u8[groups × 16], at most 63, so that four of them add up in a byte, and so small that
 * all of them add up in 16 bits. Reused from query to query.
 */
public final class QueryTable {
    private static final int LARGEST = 63;
    private static final int LARGEST_SUM = 65_535;

    private final int dimension;
    private final int bits;
    private final int planeGroups;
    private final int pairs;
    private final float[] sums;
    private final byte[] entries;
    private float low;
    private float step;

    public QueryTable(int dimension, int bits) {
        this.dimension = dimension;
        this.bits = bits;
        this.planeGroups = (dimension + 3) / 4;
        this.pairs = Blocks.pairs(dimension, bits);
        this.sums = new float[16 * planeGroups];
        // A register of 64 bytes is loaded for each group of 16.
        this.entries = new byte[32 * pairs + 64];
    }

    /** @param v the rotated query less μ */
    public void set(float[] v) {
        float widest = 0;
        float total = 0;
        float least = 0;
        for (int g = 0; g < planeGroups; g++) {
            int i = 4 * g;
            float v0 = v[i];
            float v1 = i + 1 < dimension ? v[i + 1] : 0;
            float v2 = i + 2 < dimension ? v[i + 2] : 0;
            float v3 = i + 3 < dimension ? v[i + 3] : 0;
            float min = Math.min(v0, 0) + Math.min(v1, 0) + Math.min(v2, 0) + Math.min(v3, 0);
            total += v0 + v1 + v2 + v3;
            least += min;
            widest = Math.max(widest, Math.abs(v0) + Math.abs(v1) + Math.abs(v2) + Math.abs(v3));
            // From the least of the group up, so all entries are 0 or more.
            int at = 16 * g;
            sums[at] = -min;
            sums[at + 1] = v0 - min;
            sums[at + 2] = v1 - min;
            sums[at + 3] = v0 + v1 - min;
            for (int m = 0; m < 4; m++) {
                sums[at + 4 + m] = sums[at + m] + v2;
            }
            for (int m = 0; m < 8; m++) {
                sums[at + 8 + m] = sums[at + m] + v3;
            }
        }
        int groups = bits * planeGroups;
        int largest = Math.min(LARGEST, LARGEST_SUM / groups);
        int top = 1 << (bits - 1);
        step = widest > 0 ? top * widest / largest : 1;
        for (int plane = 0; plane < bits; plane++) {
            float factor = (1 << plane) / step;
            int to = plane * 16 * planeGroups;
            for (int e = 0; e < 16 * planeGroups; e++) {
                entries[to + e] = (byte) (int) (sums[e] * factor + 0.5f);
            }
        }
        int planes = (1 << bits) - 1;
        low = planes * least - planes / 2f * total;
    }

    /** u8[groups × 16], then at least 64 bytes that may be read and do not matter. */
    public byte[] entries() {
        return entries;
    }

    public int pairs() {
        return pairs;
    }

    public float low() {
        return low;
    }

    public float step() {
        return step;
    }
}
