package dev.quiver.index.segment;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Writes a segment file as {@link SegmentFormat} describes it: one pass over the rows a section, the head last. */
public final class SegmentWriter {
    private final FileChannel channel;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long position;

    private SegmentWriter(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param file is created or replaced; not forced to disk, that is up to the store it is put into
     * @throws IllegalArgumentException if there are no rows
     */
    public static void write(Path file, RowSource source, int dimension, Metric metric) throws IOException {
        if (source.rows() < 1) {
            throw new IllegalArgumentException("A segment has at least one row");
        }
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            new SegmentWriter(channel).write(source, dimension, metric);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void write(RowSource source, int dimension, Metric metric) throws IOException {
        Section[] sections = Section.values();
        int tableBytes = sections.length * SegmentFormat.ENTRY_BYTES;
        ByteBuffer head =
                ByteBuffer.allocate(SegmentFormat.HEAD_BYTES + tableBytes).order(ByteOrder.LITTLE_ENDIAN);
        position = head.capacity();
        channel.position(position);
        for (int i = 0; i < sections.length; i++) {
            padTo(OffHeap.align(position));
            long offset = position;
            crc.reset();
            writeSection(sections[i], source, dimension);
            flush();
            int entry = SegmentFormat.HEAD_BYTES + i * SegmentFormat.ENTRY_BYTES;
            head.putInt(entry, sections[i].kind);
            head.putInt(entry + 4, (int) crc.getValue());
            head.putLong(entry + 8, offset);
            head.putLong(entry + 16, position - offset);
        }
        head.putLong(0, SegmentFormat.MAGIC);
        head.putInt(8, SegmentFormat.VERSION);
        head.putInt(12, sections.length);
        head.putLong(16, source.rows());
        head.putInt(24, dimension);
        head.putInt(28, metric.code());
        head.putLong(32, position);
        CRC32C headCrc = new CRC32C();
        headCrc.update(head.array());
        head.putInt(60, (int) headCrc.getValue());
        for (long at = 0; head.hasRemaining(); ) {
            at += channel.write(head, at);
        }
    }

    private void writeSection(Section section, RowSource source, int dimension) throws IOException {
        int rows = source.rows();
        switch (section) {
            case VECTORS -> {
                for (int r = 0; r < rows; r++) {
                    for (float x : source.vector(r)) {
                        putFloat(x);
                    }
                }
            }
            case NORMS -> {
                for (int r = 0; r < rows; r++) {
                    putFloat((float) Vectors.norm(source.vector(r)));
                }
            }
            case CODES -> {
                byte[] codes = new byte[dimension];
                for (int r = 0; r < rows; r++) {
                    Int8.encode(source.vector(r), codes);
                    put(codes);
                }
            }
            case SCALES -> {
                for (int r = 0; r < rows; r++) {
                    putFloat(Int8.scale(source.vector(r)));
                }
            }
            case ERRORS -> {
                for (int r = 0; r < rows; r++) {
                    putFloat(Int8.error(source.vector(r)));
                }
            }
            case ID_OFFSETS -> putOffsets(rows, r -> source.id(r).length);
            case IDS -> {
                for (int r = 0; r < rows; r++) {
                    put(source.id(r));
                }
            }
            case ID_ORDER -> {
                byte[][] ids = new byte[rows][];
                Arrays.setAll(ids, source::id);
                Integer[] order = new Integer[rows];
                Arrays.setAll(order, r -> r);
                Arrays.sort(order, (a, b) -> Arrays.compareUnsigned(ids[a], ids[b]));
                for (int ordinal : order) {
                    putInt(ordinal);
                }
            }
            case DOCUMENT_OFFSETS -> putOffsets(rows, r -> source.document(r).length);
            case DOCUMENTS -> {
                for (int r = 0; r < rows; r++) {
                    put(source.document(r));
                }
            }
        }
    }

    private void putOffsets(int rows, java.util.function.IntUnaryOperator length) throws IOException {
        long at = 0;
        for (int r = 0; r < rows; r++) {
            putLong(at);
            at += length.applyAsInt(r);
        }
        putLong(at);
    }

    private void putInt(int x) throws IOException {
        room(4).putInt(x);
    }

    private void putLong(long x) throws IOException {
        room(8).putLong(x);
    }

    private void putFloat(float x) throws IOException {
        room(4).putFloat(x);
    }

    private void put(byte[] bytes) throws IOException {
        for (int done = 0; done < bytes.length; ) {
            int step = Math.min(bytes.length - done, room(1).remaining());
            buffer.put(bytes, done, step);
            done += step;
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    private void flush() throws IOException {
        buffer.flip();
        crc.update(buffer.duplicate());
        position += buffer.remaining();
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
        buffer.clear();
    }

    private void padTo(long offset) throws IOException {
        while (position + buffer.position() < offset) {
            room(1).put((byte) 0);
        }
        flush();
    }

    /** The int8 codes of a row: one scale a row, so that a dot product of codes is an integer times two scales. */
    static final class Int8 {
        private Int8() {}

        static float scale(float[] x) {
            float max = 0;
            for (float v : x) {
                max = Math.max(max, Math.abs(v));
            }
            float scale = max / 127;
            // Below the normal range a quotient would overflow; such rows are all error and are scored exactly.
            return scale < Float.MIN_NORMAL ? 1 : scale;
        }

        static void encode(float[] x, byte[] codes) {
            float scale = scale(x);
            for (int i = 0; i < x.length; i++) {
                codes[i] = (byte) Math.max(-127, Math.min(127, Math.round(x[i] / scale)));
            }
        }

        static float error(float[] x) {
            float scale = scale(x);
            byte[] codes = new byte[x.length];
            encode(x, codes);
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                double d = x[i] - (double) scale * codes[i];
                sum += d * d;
            }
            return Math.nextUp((float) Math.sqrt(sum));
        }
    }

    /** The same codes for a query, in 16-bit lanes as the kernel wants them. */
    public record QueryCodes(MemorySegment codes, float scale, float error) {
        public static QueryCodes of(float[] query) {
            byte[] codes = new byte[query.length];
            Int8.encode(query, codes);
            MemorySegment shorts = OffHeap.allocate(2L * query.length);
            for (int i = 0; i < query.length; i++) {
                OffHeap.putShort(shorts, 2L * i, codes[i]);
            }
            return new QueryCodes(shorts, Int8.scale(query), Int8.error(query));
        }
    }
}
