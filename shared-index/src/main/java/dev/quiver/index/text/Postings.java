package dev.quiver.index.text;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.text.TextIndex.Entry;
import dev.quiver.index.text.TextIndex.Part;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The rows of one term. A block is copied out and unpacked when a row in it is wanted, frequencies and lengths when they are. */
final class Postings implements Leaf {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final int SIZE = TextIndex.POSTINGS_IN_BLOCK;

    /** So that the last value of a block can be read as a long. */
    private static final int SLACK = 16;

    /** The greatest bound may be rounded down, a score up. */
    private static final double ROUNDING = 1 + 1e-9;

    private final TextIndex index;
    private final Entry entry;
    private final double weight;
    private final double a;
    private final double c;

    /** Null if there is one block. */
    private final ByteBuffer table;

    private final int blocks;
    private final double[] saturations;
    private int boundBlock;

    private int block = -1;
    private int count;
    private int at;
    private int row = -1;
    private final int[] rows = new int[SIZE];
    private final int[] frequencies = new int[SIZE];
    private final int[] lengths = new int[SIZE];
    private final long[] scores = new long[SIZE];
    private byte[] bytes = new byte[64];
    private int frequenciesAt;
    private boolean hasFrequencies;
    private boolean hasScores;

    private ByteBuffer positions;
    private int positionsBlock = -1;
    private int positionsOf;

    /**
     * @param weight of a score: idf times whatever weighs the term
     * @param a k1·(1 − b)
     * @param c k1·b / average length
     */
    Postings(TextIndex index, Entry entry, double weight, double a, double c) {
        this.index = index;
        this.entry = entry;
        this.weight = weight;
        this.a = a;
        this.c = c;
        this.blocks = (entry.rows() + SIZE - 1) / SIZE;
        this.saturations = new double[blocks];
        java.util.Arrays.fill(saturations, Double.NaN);
        if (blocks == 1) {
            table = null;
        } else {
            int length = blocks * TextIndex.ENTRY_BYTES;
            table = ByteBuffer.wrap(OffHeap.getBytes(
                            index.section(Part.POSTINGS), entry.postings() + entry.postingsLength() - length, length))
                    .order(ByteOrder.LITTLE_ENDIAN);
        }
    }

    private int lastRow(int b) {
        return table == null ? Leaf.END - 1 : table.getInt(b * TextIndex.ENTRY_BYTES);
    }

    private int end(int b, int what, int whole) {
        int end = table == null ? whole : table.getInt(b * TextIndex.ENTRY_BYTES + what);
        if (end < 0 || end > whole) {
            throw index.damaged("a block ends at " + end);
        }
        return end;
    }

    @Override
    public int next(int target) {
        if (target <= row) {
            return row;
        }
        if (block < 0 || target > rows[count - 1]) {
            int b = block + 1;
            // In steps that grow, and then by bisection.
            int step = 1;
            while (b + step < blocks && lastRow(b + step - 1) < target) {
                b += step;
                step <<= 1;
            }
            int high = Math.min(blocks, b + step);
            while (b < high) {
                int middle = (b + high) >>> 1;
                if (lastRow(middle) < target) {
                    b = middle + 1;
                } else {
                    high = middle;
                }
            }
            if (b < blocks) {
                unpack(b);
            }
            if (b >= blocks || rows[count - 1] < target) {
                block = blocks - 1;
                row = Leaf.END;
                return row;
            }
            at = 0;
        }
        int i = at;
        while (i + 8 < count && rows[i + 8] < target) {
            i += 8;
        }
        while (rows[i] < target) {
            i++;
        }
        at = i;
        row = rows[i];
        return row;
    }

    private void unpack(int b) {
        MemorySegment section = index.section(Part.POSTINGS);
        int wholeLength = entry.postingsLength() - (table == null ? 0 : blocks * TextIndex.ENTRY_BYTES);
        int from = b == 0 ? 0 : end(b - 1, 4, wholeLength);
        int to = end(b, 4, wholeLength);
        if (from > to) {
            throw index.damaged("a block begins at " + from + " and ends at " + to);
        }
        int length = to - from;
        if (bytes.length < length + SLACK) {
            bytes = new byte[length + SLACK];
        }
        MemorySegment.copy(section, ValueLayout.JAVA_BYTE, entry.postings() + from, bytes, 0, length);
        block = b;
        count = b == blocks - 1 ? entry.rows() - b * SIZE : SIZE;
        hasScores = false;
        int last = b == 0 ? -1 : lastRow(b - 1);
        if (count == SIZE) {
            int bits = bytes[0];
            frequenciesAt = 8 + (bits * SIZE + 7) / 8;
            int frequencyBits = bytes[1];
            int lengthBits = bytes[2];
            if ((bits | frequencyBits | lengthBits) < 0
                    || Math.max(bits, Math.max(frequencyBits, lengthBits)) > 31
                    || 8 + (bits + frequencyBits + lengthBits) * (SIZE / 8) != length) {
                throw index.damaged("a block of " + length + " bytes has numbers of " + bits + ", " + frequencyBits
                        + " and " + lengthBits + " bits");
            }
            unpack(8, bits, rows);
            for (int i = 0; i < SIZE; i++) {
                last += rows[i] + 1;
                if (last < 0) {
                    throw index.damaged("a row is too large");
                }
                rows[i] = last;
            }
            hasFrequencies = false;
        } else {
            ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
            for (int i = 0; i < count; i++) {
                last += TextIndex.varint(in) + 1;
                if (last < 0) {
                    throw index.damaged("a row is too large");
                }
                rows[i] = last;
                frequencies[i] = TextIndex.varint(in) + 1;
                lengths[i] = TextIndex.varint(in);
            }
            hasFrequencies = true;
        }
        if (last >= index.rows() || (table != null && last != lastRow(b))) {
            throw index.damaged("a block ends with row " + last);
        }
    }

    private void unpack(int from, int bits, int[] into) {
        if (bits == 0) {
            java.util.Arrays.fill(into, 0);
            return;
        }
        long mask = (1L << bits) - 1;
        for (int i = 0, bit = 0; i < SIZE; i++, bit += bits) {
            into[i] = (int) ((long) LONG.get(bytes, from + (bit >>> 3)) >>> (bit & 7) & mask);
        }
    }

    private void readFrequencies() {
        if (hasFrequencies) {
            return;
        }
        int frequencyBits = bytes[1];
        int least = (int) ((long) LONG.get(bytes, 0) >>> 32);
        unpack(frequenciesAt, frequencyBits, frequencies);
        unpack(frequenciesAt + frequencyBits * (SIZE / 8), bytes[2], lengths);
        for (int i = 0; i < SIZE; i++) {
            frequencies[i]++;
            lengths[i] += least;
        }
        hasFrequencies = true;
    }

    private void readScores() {
        if (hasScores) {
            return;
        }
        readFrequencies();
        double scaled = weight / UNIT;
        for (int i = 0; i < count; i++) {
            double f = frequencies[i];
            scores[i] = (long) (scaled * f / (f + a + c * lengths[i]));
        }
        hasScores = true;
    }

    @Override
    public long score() {
        readScores();
        return scores[at];
    }

    @Override
    public int frequency() {
        readFrequencies();
        return frequencies[at];
    }

    @Override
    public int length() {
        readFrequencies();
        return lengths[at];
    }

    @Override
    public void accumulate(int from, int to, long[] sums, long[] found) {
        for (int r = next(from); r < to; ) {
            readScores();
            int i = at;
            if (rows[count - 1] < to) {
                for (; i < count; i++) {
                    add(i, from, sums, found);
                }
                r = next(rows[count - 1] + 1);
            } else {
                for (; rows[i] < to; i++) {
                    add(i, from, sums, found);
                }
                at = i;
                row = rows[i];
                return;
            }
        }
    }

    private void add(int i, int from, long[] sums, long[] found) {
        int place = rows[i] - from;
        sums[place] += scores[i];
        found[place >>> 6] |= 1L << place;
    }

    @Override
    public double bound(int from, int to) {
        return weight * saturation(from, to);
    }

    /** At least the greatest f / (f + a + c·length) among these rows; 0 if there are none. */
    double saturation(int from, int to) {
        if (row == Leaf.END) {
            return 0;
        }
        if (table == null) {
            if (block < 0) {
                next(0);
            }
            return rows[count - 1] < from || rows[0] >= to ? 0 : ofBlock(0);
        }
        while (boundBlock < blocks && lastRow(boundBlock) < from) {
            boundBlock++;
        }
        double best = 0;
        for (int b = boundBlock; b < blocks && (b == 0 || lastRow(b - 1) + 1 < to); b++) {
            best = Math.max(best, ofBlock(b));
        }
        return best;
    }

    private double ofBlock(int b) {
        if (Double.isNaN(saturations[b])) {
            double best = 0;
            if (table == null) {
                readFrequencies();
                for (int i = 0; i < count; i++) {
                    best = Math.max(best, frequencies[i] / (frequencies[i] + a + c * lengths[i]));
                }
            } else {
                best = Impacts.saturation(table, b * TextIndex.ENTRY_BYTES + 12, a, c);
            }
            saturations[b] = best * ROUNDING;
        }
        return saturations[b];
    }

    /** Where the row that {@link #next} gave has the term, in ascending order. */
    int[] positions() {
        readFrequencies();
        if (positionsBlock != block) {
            int whole = entry.positionsLength();
            int from = block == 0 ? 0 : end(block - 1, 8, whole);
            int to = end(block, 8, whole);
            if (from > to) {
                throw index.damaged("positions begin at " + from + " and end at " + to);
            }
            positions = ByteBuffer.wrap(
                    OffHeap.getBytes(index.section(Part.POSITIONS), entry.positions() + from, to - from));
            positionsBlock = block;
            positionsOf = 0;
        }
        while (positionsOf < at) {
            for (int left = frequencies[positionsOf++]; left > 0; ) {
                if (positions.get() >= 0) {
                    left--;
                }
            }
        }
        // More than there are bytes is damage; no array is made for it.
        if (frequencies[at] > positions.remaining()) {
            throw index.damaged("a row has a term " + frequencies[at] + " times");
        }
        int[] found = new int[frequencies[at]];
        int last = 0;
        for (int i = 0; i < found.length; i++) {
            last += TextIndex.varint(positions);
            found[i] = last;
        }
        positionsOf++;
        return found;
    }
}
