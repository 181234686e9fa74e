package dev.quiver.index.segment;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.cluster.ClusterBuilder;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.filter.ColumnBuilder;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.TextField;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.text.TextBuilder;
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
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/** Writes a segment file as {@link SegmentFormat} describes it: one pass over the rows a section, the head last. */
public final class SegmentWriter {
    /** Any will do; one and the same makes equal rows into equal files. */
    private static final long SEED = 0x51_55_49_56_45_52L;

    /** What is encoded before it is written. */
    private static final int CLUSTERS_AT_ONCE = 1024;

    private final FileChannel channel;
    private final List<TextField> text;
    private final Path folder;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    private final CRC32C crc = new CRC32C();
    private long position;
    private long start;
    private ByteBuffer head;
    /** Of each row, found out in the pass over the vectors and written after it. */
    private float[] norms;

    private float[] scales;
    private float[] errors;
    private long calibrationAt;
    private int calibrationEntry;

    private SegmentWriter(FileChannel channel, List<TextField> text, Path folder) {
        this.channel = channel;
        this.text = text;
        this.folder = folder;
    }

    /** Measures a segment that has clusters; how, is a matter of search. */
    public interface Calibrator {
        Calibration measure(Segment segment);
    }

    /** Without words to search for. */
    public static void write(Path file, RowSource source, int dimension, Metric metric, Calibrator calibrator)
            throws IOException {
        write(file, source, dimension, metric, List.of(), calibrator);
    }

    /**
     * @param file is created or replaced; not forced to disk, that is up to the store it is put into
     * @param text fields whose words are to be searched for; temporary files for them lie beside the file
     * @param calibrator is asked if the segment gets clusters, which it does from {@link ClusterBuilder#LEAST_ROWS} rows on
     * @throws IllegalArgumentException if there are no rows
     */
    public static void write(
            Path file, RowSource source, int dimension, Metric metric, List<TextField> text, Calibrator calibrator)
            throws IOException {
        if (source.rows() < 1) {
            throw new IllegalArgumentException("A segment has at least one row");
        }
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            SegmentWriter writer =
                    new SegmentWriter(channel, text, file.toAbsolutePath().getParent());
            if (source.rows() < ClusterBuilder.LEAST_ROWS) {
                writer.write(source, null, dimension, metric);
                return;
            }
            ClusterBuilder clusters = new ClusterBuilder(source, dimension, metric, SEED);
            writer.write(new Ordered(source, clusters.order()), clusters, dimension, metric);
            writer.calibrate(file, calibrator);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private void write(RowSource source, ClusterBuilder clusters, int dimension, Metric metric) throws IOException {
        List<Section> sections = new ArrayList<>();
        if (clusters != null) {
            sections.addAll(Section.OF_CLUSTERS);
        }
        sections.addAll(Section.OF_ROWS);
        if (!text.isEmpty()) {
            sections.addAll(Section.OF_TEXT);
        }
        head = ByteBuffer.allocate(SegmentFormat.HEAD_BYTES + sections.size() * SegmentFormat.ENTRY_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        position = head.capacity();
        channel.position(position);
        Map<Section, Integer> entries = new EnumMap<>(Section.class);
        for (int i = 0; i < sections.size(); i++) {
            entries.put(sections.get(i), SegmentFormat.HEAD_BYTES + i * SegmentFormat.ENTRY_BYTES);
        }
        if (clusters != null) {
            writeClusters(source, clusters, dimension, entries);
        }
        for (Section s : Section.OF_ROWS) {
            begin();
            writeSection(s, source, dimension);
            end(s, entries.get(s));
        }
        if (!text.isEmpty()) {
            writeText(source, entries);
        }
        head.putLong(0, SegmentFormat.MAGIC);
        head.putInt(8, SegmentFormat.VERSION);
        head.putInt(12, sections.size());
        head.putLong(16, source.rows());
        head.putInt(24, dimension);
        head.putInt(28, metric.code());
        head.putLong(32, position);
        writeHead();
    }

    private void writeText(RowSource source, Map<Section, Integer> entries) throws IOException {
        try (TextBuilder builder = new TextBuilder(source.rows(), source::document, text, folder)) {
            builder.build();
            begin();
            put(builder.head());
            end(Section.TEXT, entries.get(Section.TEXT));
            begin();
            builder.writeTerms(this::put);
            end(Section.TERMS, entries.get(Section.TERMS));
            begin();
            builder.writePostings(this::put);
            end(Section.POSTINGS, entries.get(Section.POSTINGS));
            begin();
            builder.writePositions(this::put);
            end(Section.POSITIONS, entries.get(Section.POSITIONS));
        }
    }

    private void begin() throws IOException {
        padTo(OffHeap.align(position));
        start = position;
        crc.reset();
    }

    private void end(Section section, int entry) throws IOException {
        flush();
        head.putInt(entry, section.kind);
        head.putInt(entry + 4, (int) crc.getValue());
        head.putLong(entry + 8, start);
        head.putLong(entry + 16, position - start);
    }

    private void writeHead() throws IOException {
        head.putInt(60, 0);
        CRC32C headCrc = new CRC32C();
        headCrc.update(head.array());
        head.putInt(60, (int) headCrc.getValue());
        writeAt(0, head.duplicate().clear());
    }

    private void writeAt(long offset, ByteBuffer bytes) throws IOException {
        for (long at = offset; bytes.hasRemaining(); ) {
            at += channel.write(bytes, at);
        }
    }

    /** What comes before the blocks in the file is known only after them: their place is kept and filled at the end. */
    private void writeClusters(RowSource source, ClusterBuilder clusters, int dimension, Map<Section, Integer> entries)
            throws IOException {
        int count = clusters.clusters();
        int[] firstRow = clusters.firstRow();
        int[] firstBlock = clusters.firstBlock();
        ByteBuffer front =
                ByteBuffer.allocate(SegmentFormat.CLUSTERS_HEAD + 4 * dimension).order(ByteOrder.LITTLE_ENDIAN);
        front.putLong(SEED)
                .putInt(count)
                .putInt(clusters.bits())
                .putInt(ClusterIndex.CENTROID_BITS)
                .putInt(firstBlock[count])
                .putLong(0);
        for (float x : clusters.rotatedMean()) {
            front.putFloat(x);
        }
        begin();
        put(front.array());
        end(Section.CLUSTERS, entries.get(Section.CLUSTERS));

        long centroidBlocks =
                (long) Blocks.count(count) * Blocks.bytes(Blocks.pairs(dimension, ClusterIndex.CENTROID_BITS));
        long centroidBlocksAt = skip(Section.CENTROID_BLOCKS, centroidBlocks, entries);
        long directoryAt = skip(Section.DIRECTORY, (count + 1L) * SegmentFormat.DIRECTORY_ENTRY, entries);
        calibrationAt = skip(Section.CALIBRATION, Calibration.ENCODED_BYTES, entries);
        calibrationEntry = entries.get(Section.CALIBRATION);
        fill(calibrationAt, calibrationEntry, ByteBuffer.wrap(Calibration.none().encode()));

        begin();
        put(clusters.centroids());
        end(Section.CENTROIDS, entries.get(Section.CENTROIDS));

        begin();
        int[] crcs = new int[count];
        for (int from = 0; from < count; from += CLUSTERS_AT_ONCE) {
            int to = Math.min(count, from + CLUSTERS_AT_ONCE);
            MemorySegment[] blocks = clusters.blocks(from, to);
            for (int c = from; c < to; c++) {
                byte[] bytes = OffHeap.getBytes(blocks[c - from], 0, (int) blocks[c - from].byteSize());
                CRC32C own = new CRC32C();
                own.update(bytes);
                crcs[c] = (int) own.getValue();
                put(bytes);
            }
        }
        end(Section.BLOCKS, entries.get(Section.BLOCKS));

        begin();
        ByteBuffer directory =
                ByteBuffer.allocate((count + 1) * SegmentFormat.DIRECTORY_ENTRY).order(ByteOrder.LITTLE_ENDIAN);
        float[] bias = clusters.bias();
        long ids = 0;
        long documents = 0;
        for (int c = 0; c < count; c++) {
            ByteBuffer heads = ByteBuffer.allocate((firstRow[c + 1] - firstRow[c]) * SegmentFormat.ROW_HEAD)
                    .order(ByteOrder.LITTLE_ENDIAN);
            directory
                    .putInt(firstRow[c])
                    .putInt(firstBlock[c])
                    .putFloat(bias[c])
                    .putInt(crcs[c]);
            directory.putInt(sum(clusters.centroids(), c * dimension, dimension));
            int sumAt = directory.position();
            directory.putInt(0).putLong(ids).putLong(documents);
            for (int r = firstRow[c]; r < firstRow[c + 1]; r++) {
                byte[] id = source.id(r);
                byte[] document = source.document(r);
                heads.putInt(id.length).putInt(document.length).putInt(rowSum(source.vector(r), id, document));
                ids += id.length;
                documents += document.length;
            }
            CRC32C own = new CRC32C();
            own.update(heads.array());
            directory.putInt(sumAt, (int) own.getValue());
            put(heads.array());
        }
        directory.putInt(firstRow[count]).putInt(firstBlock[count]);
        directory.position(directory.capacity());
        end(Section.ROW_HEADS, entries.get(Section.ROW_HEADS));
        fill(directoryAt, entries.get(Section.DIRECTORY), directory.flip());
        fill(
                centroidBlocksAt,
                entries.get(Section.CENTROID_BLOCKS),
                clusters.centroidBlocks().asByteBuffer());
    }

    private static int sum(float[] values, int from, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * count).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values, from, count);
        CRC32C own = new CRC32C();
        own.update(bytes);
        return (int) own.getValue();
    }

    private static int rowSum(float[] vector, byte[] id, byte[] document) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        CRC32C own = new CRC32C();
        own.update(bytes);
        own.update(id);
        own.update(document);
        return (int) own.getValue();
    }

    /** @return where the section is to be written */
    private long skip(Section section, long length, Map<Section, Integer> entries) throws IOException {
        begin();
        long at = position;
        position += length;
        channel.position(position);
        end(section, entries.get(section));
        return at;
    }

    private void fill(long offset, int entry, ByteBuffer bytes) throws IOException {
        CRC32C own = new CRC32C();
        own.update(bytes.duplicate());
        head.putInt(entry + 4, (int) own.getValue());
        writeAt(offset, bytes);
    }

    /** The written file is searched as it will be; then its calibration is put into its place. */
    private void calibrate(Path file, Calibrator calibrator) throws IOException {
        Calibration calibration = calibrator.measure(Segment.map(file));
        fill(calibrationAt, calibrationEntry, ByteBuffer.wrap(calibration.encode()));
        writeHead();
    }

    /** Rows in another order. */
    private record Ordered(RowSource source, int[] order) implements RowSource {
        @Override
        public int rows() {
            return order.length;
        }

        @Override
        public byte[] id(int row) {
            return source.id(order[row]);
        }

        @Override
        public float[] vector(int row) {
            return source.vector(order[row]);
        }

        @Override
        public byte[] document(int row) {
            return source.document(order[row]);
        }

        @Override
        public long version(int row) {
            return source.version(order[row]);
        }
    }

    private void writeSection(Section section, RowSource source, int dimension) throws IOException {
        int rows = source.rows();
        switch (section) {
            case VECTORS -> {
                norms = new float[rows];
                for (int r = 0; r < rows; r++) {
                    float[] x = source.vector(r);
                    norms[r] = (float) Vectors.norm(x);
                    put(x);
                }
            }
            case NORMS -> put(norms);
            case CODES -> {
                scales = new float[rows];
                errors = new float[rows];
                byte[] codes = new byte[dimension];
                for (int r = 0; r < rows; r++) {
                    float[] x = source.vector(r);
                    scales[r] = Int8.scale(x);
                    Int8.encode(x, scales[r], codes);
                    errors[r] = Int8.error(x, scales[r], codes);
                    put(codes);
                }
            }
            case SCALES -> put(scales);
            case ERRORS -> put(errors);
            case ID_OFFSETS -> putOffsets(rows, r -> source.id(r).length);
            case IDS -> {
                for (int r = 0; r < rows; r++) {
                    put(source.id(r));
                }
            }
            case ID_ORDER -> {
                for (int ordinal : IdOrder.of(source)) {
                    putInt(ordinal);
                }
            }
            case DOCUMENT_OFFSETS -> putOffsets(rows, r -> source.document(r).length);
            case DOCUMENTS -> {
                for (int r = 0; r < rows; r++) {
                    put(source.document(r));
                }
            }
            case VERSIONS -> {
                for (int r = 0; r < rows; r++) {
                    putLong(source.version(r));
                }
            }
            case COLUMNS -> new ColumnBuilder(rows, r -> DocumentCodec.attributes(source.document(r))).write(this::put);
            case CLUSTERS,
                    CENTROID_BLOCKS,
                    DIRECTORY,
                    CALIBRATION,
                    CENTROIDS,
                    BLOCKS,
                    ROW_HEADS,
                    TEXT,
                    TERMS,
                    POSTINGS,
                    POSITIONS -> throw new IllegalArgumentException(section + " is not a section of rows");
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

    private void put(float[] values) throws IOException {
        for (float x : values) {
            putFloat(x);
        }
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

        static void encode(float[] x, float scale, byte[] codes) {
            for (int i = 0; i < x.length; i++) {
                codes[i] = (byte) Math.max(-127, Math.min(127, Math.round(x[i] / scale)));
            }
        }

        static float error(float[] x, float scale, byte[] codes) {
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
            float scale = Int8.scale(query);
            Int8.encode(query, scale, codes);
            MemorySegment shorts = OffHeap.allocate(2L * query.length);
            for (int i = 0; i < query.length; i++) {
                OffHeap.putShort(shorts, 2L * i, codes[i]);
            }
            return new QueryCodes(shorts, scale, Int8.error(query, scale, codes));
        }
    }
}
