package dev.quiver.index.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes the rows of one term after the other, as {@link TextIndex} describes. */
final class PostingsWriter {
    private final Spool postings;
    private final Spool positions;

    private final int[] rows = new int[TextIndex.POSTINGS_IN_BLOCK];
    private final int[] frequencies = new int[TextIndex.POSTINGS_IN_BLOCK];
    private final int[] lengths = new int[TextIndex.POSTINGS_IN_BLOCK];
    private int count;
    private int lastRow;
    private long postingsAt;
    private long positionsAt;
    private Spool table;

    PostingsWriter(Spool postings, Spool positions) {
        this.postings = postings;
        this.positions = positions;
    }

    void begin(int total) {
        postings.startSum();
        positions.startSum();
        postingsAt = postings.length();
        positionsAt = positions.length();
        table = total > TextIndex.POSTINGS_IN_BLOCK ? new Spool(null) : null;
        lastRow = -1;
        count = 0;
    }

    /** @param bytes as {@link TextBuilder} collects them: the first row less −1 */
    void add(byte[] bytes, int postingsIn) throws IOException {
        int at = 0;
        int row = -1;
        for (int i = 0; i < postingsIn; i++) {
            int[] header = new int[3];
            for (int h = 0; h < 3; h++) {
                int value = 0;
                for (int shift = 0; ; shift += 7) {
                    byte b = bytes[at++];
                    value |= (b & 0x7F) << shift;
                    if (b >= 0) {
                        break;
                    }
                }
                header[h] = value;
            }
            row += header[0];
            int from = at;
            for (int p = 0; p < header[1]; p++) {
                while (bytes[at++] < 0) {
                    // A position's next byte.
                }
            }
            positions.put(bytes, from, at - from);
            rows[count] = row;
            frequencies[count] = header[1];
            lengths[count++] = header[2];
            if (count == rows.length) {
                packed();
            }
        }
    }

    void end() throws IOException {
        if (count > 0) {
            last();
        }
        if (table != null) {
            byte[] bytes = new byte[(int) table.length()];
            table.reader().read(bytes, bytes.length);
            postings.put(bytes);
        }
    }

    private void packed() throws IOException {
        int[] deltas = new int[count];
        int least = Integer.MAX_VALUE;
        int deltaBits = 0;
        int frequencyBits = 0;
        int most = 0;
        for (int i = 0; i < count; i++) {
            deltas[i] = rows[i] - lastRow - 1;
            lastRow = rows[i];
            deltaBits |= deltas[i];
            frequencyBits |= frequencies[i] - 1;
            least = Math.min(least, lengths[i]);
            most = Math.max(most, lengths[i]);
        }
        entry();
        int[] bits = {width(deltaBits), width(frequencyBits), width(most - least)};
        postings.put((byte) bits[0]);
        postings.put((byte) bits[1]);
        postings.put((byte) bits[2]);
        postings.put((byte) 0);
        postings.putInt(least);
        for (int i = 0; i < count; i++) {
            frequencies[i]--;
            lengths[i] -= least;
        }
        pack(deltas, bits[0]);
        pack(frequencies, bits[1]);
        pack(lengths, bits[2]);
        count = 0;
        finishEntry();
    }

    private void last() throws IOException {
        int row = lastRow;
        int until = rows[count - 1];
        entry();
        for (int i = 0; i < count; i++) {
            postings.putVarint(rows[i] - row - 1);
            postings.putVarint(frequencies[i] - 1);
            postings.putVarint(lengths[i]);
            row = rows[i];
        }
        lastRow = until;
        count = 0;
        finishEntry();
    }

    private byte[] pairs;

    private void entry() {
        pairs = table == null ? null : Impacts.encode(frequencies, lengths, count);
    }

    private void finishEntry() throws IOException {
        if (table != null) {
            table.put(ByteBuffer.allocate(12)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(lastRow)
                    .putInt(Math.toIntExact(postings.length() - postingsAt))
                    .putInt(Math.toIntExact(positions.length() - positionsAt))
                    .array());
            table.put(pairs);
        }
    }

    private static int width(int bits) {
        return 32 - Integer.numberOfLeadingZeros(bits);
    }

    /** The lowest bits of each, one after the other from the lowest bit of the first byte. */
    private void pack(int[] values, int bits) throws IOException {
        long waiting = 0;
        int has = 0;
        for (int i = 0; i < count; i++) {
            waiting |= (values[i] & 0xFFFFFFFFL) << has;
            has += bits;
            while (has >= 8) {
                postings.put((byte) waiting);
                waiting >>>= 8;
                has -= 8;
            }
        }
        if (has > 0) {
            postings.put((byte) waiting);
        }
    }
}
