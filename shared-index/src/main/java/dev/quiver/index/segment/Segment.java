package dev.quiver.index.segment;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.cluster.Rotation;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A segment in memory: the bytes of the file and a way to address them. Immutable. The layout is in {@link SegmentFormat}. */
public final class Segment implements RowSource {
    /** One ranged GET: large enough that requests cost little, small enough that several go in parallel. */
    private static final long PIECE = 8L << 20;

    private static final int PARALLEL_READS = 64;

    private final String key;
    private final MemorySegment file;
    private final int rows;
    private final int dimension;
    private final Metric metric;
    private final Map<Section, MemorySegment> sections = new EnumMap<>(Section.class);
    private final ClusterIndex clusters;

    /** Into as much memory as it takes. */
    public static Segment load(ObjectStore store, String key, long length) {
        return load(store, key, length, SegmentMemory.unlimited());
    }

    /**
     * Maps the object, or reads it in parallel pieces, and verifies it.
     *
     * @param length as recorded in the manifest
     * @throws CorruptDataException if the bytes are not a whole, undamaged segment
     */
    public static Segment load(ObjectStore store, String key, long length, SegmentMemory memory) {
        if (length < SegmentFormat.HEAD_BYTES) {
            throw new CorruptDataException("Segment " + key + " has only " + length + " bytes");
        }
        Optional<MemorySegment> mapped = store.map(key, length);
        if (mapped.isPresent()) {
            return new Segment(key, mapped.get());
        }
        MemorySegment file = memory.allocate(length);
        try {
            read(store, key, file);
        } catch (StoreException e) {
            if (isMissingOrShort(store, key, length)) {
                throw new CorruptDataException(
                        "Segment " + key + " is missing or shorter than the " + length
                                + " bytes that the manifest tells of",
                        e);
            }
            throw e;
        }
        return new Segment(key, file);
    }

    /** A store that could not read a range does not say whether that was its own failure. */
    private static boolean isMissingOrShort(ObjectStore store, String key, long length) {
        try {
            return store.list(key, "").stream().noneMatch(l -> l.key().equals(key) && l.size() >= length);
        } catch (StoreException e) {
            return false;
        }
    }

    private static void read(ObjectStore store, String key, MemorySegment file) {
        long length = file.byteSize();
        if (length <= PIECE) {
            store.read(key, 0, file);
            return;
        }
        try (ExecutorService threads =
                Executors.newFixedThreadPool(PARALLEL_READS, Thread.ofVirtual().factory())) {
            List<Future<?>> pieces = new ArrayList<>();
            for (long at = 0; at < length; at += PIECE) {
                long offset = at;
                MemorySegment target = file.asSlice(at, Math.min(PIECE, length - at));
                pieces.add(threads.submit(() -> store.read(key, offset, target)));
            }
            for (Future<?> piece : pieces) {
                piece.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw StoreException.refused("Interrupted while reading " + key, e);
        }
    }

    /**
     * A segment whose bytes are in memory, or mapped.
     *
     * @throws CorruptDataException if they are not a whole, undamaged segment
     */
    static Segment of(String key, MemorySegment file) {
        return new Segment(key, file);
    }

    private Segment(String key, MemorySegment file) {
        this.key = key;
        this.file = file;
        if (OffHeap.getLong(file, 0) != SegmentFormat.MAGIC) {
            throw damaged("head", "it is not a Quiver segment");
        }
        int version = OffHeap.getInt(file, 8);
        if (version != SegmentFormat.VERSION) {
            throw new CorruptDataException("Segment " + key + " has format version " + version
                    + ", this Quiver reads version " + SegmentFormat.VERSION + ". Use a newer Quiver.");
        }
        int count = OffHeap.getInt(file, 12);
        long headBytes = SegmentFormat.HEAD_BYTES + (long) count * SegmentFormat.ENTRY_BYTES;
        if (count < 0 || count > SegmentFormat.MAX_SECTIONS || headBytes > file.byteSize()) {
            throw damaged("head", "it counts " + count + " sections");
        }
        byte[] head = OffHeap.getBytes(file, 0, (int) headBytes);
        int crc = OffHeap.getInt(file, 60);
        java.util.Arrays.fill(head, 60, 64, (byte) 0);
        java.util.zip.CRC32C actual = new java.util.zip.CRC32C();
        actual.update(head);
        if ((int) actual.getValue() != crc) {
            throw damaged("head", "its checksum does not match");
        }
        long rowCount = OffHeap.getLong(file, 16);
        this.dimension = OffHeap.getInt(file, 24);
        if (OffHeap.getLong(file, 32) != file.byteSize()) {
            throw damaged(
                    "head", "it tells of " + OffHeap.getLong(file, 32) + " bytes, the object has " + file.byteSize());
        }
        if (rowCount < 1 || rowCount > Integer.MAX_VALUE || dimension < 1 || dimension > Vectors.MAX_DIMENSION) {
            throw damaged("head", "it tells of " + rowCount + " rows of dimension " + dimension);
        }
        this.rows = (int) rowCount;
        try {
            this.metric = Metric.ofCode(OffHeap.getInt(file, 28));
        } catch (IllegalArgumentException e) {
            throw damaged("head", e.getMessage());
        }
        for (int i = 0; i < count; i++) {
            readEntry(SegmentFormat.HEAD_BYTES + (long) i * SegmentFormat.ENTRY_BYTES);
        }
        for (Section s : Section.values()) {
            boolean optional = Section.OF_CLUSTERS.contains(s) && !sections.containsKey(Section.CLUSTERS);
            if (!optional && !sections.containsKey(s)) {
                throw damaged(s.name(), "it is missing");
            }
        }
        this.clusters = sections.containsKey(Section.CLUSTERS) ? readClusters() : null;
        verifyOffsets(Section.ID_OFFSETS, Section.IDS);
        verifyOffsets(Section.DOCUMENT_OFFSETS, Section.DOCUMENTS);
    }

    private ClusterIndex readClusters() {
        MemorySegment front = sections.get(Section.CLUSTERS);
        int count = OffHeap.getInt(front, 8);
        int bits = OffHeap.getInt(front, 12);
        int centroidBits = OffHeap.getInt(front, 16);
        int blocks = OffHeap.getInt(front, 20);
        if (count < 1
                || count > rows
                || (bits != 1 && bits != 2 && bits != 4)
                || centroidBits != ClusterIndex.CENTROID_BITS
                || blocks < 1) {
            throw damaged("CLUSTERS", "it tells of " + count + " clusters, " + blocks + " blocks, " + bits + " bits");
        }
        int centroidBlocks = Blocks.bytes(Blocks.pairs(dimension, centroidBits));
        expectLength(Section.CENTROID_BLOCKS, (long) Blocks.count(count) * centroidBlocks);
        expectLength(Section.DIRECTORY, (count + 1L) * SegmentFormat.DIRECTORY_ENTRY);
        expectLength(Section.CALIBRATION, Calibration.ENCODED_BYTES);
        expectLength(Section.CENTROIDS, 4L * count * dimension);
        expectLength(Section.BLOCKS, (long) blocks * Blocks.bytes(Blocks.pairs(dimension, bits)));
        MemorySegment directory = sections.get(Section.DIRECTORY);
        int[] firstRow = new int[count + 1];
        int[] firstBlock = new int[count + 1];
        float[] bias = new float[count];
        for (int c = 0; c <= count; c++) {
            long entry = (long) c * SegmentFormat.DIRECTORY_ENTRY;
            firstRow[c] = OffHeap.getInt(directory, entry);
            firstBlock[c] = OffHeap.getInt(directory, entry + 4);
            if (c < count) {
                bias[c] = OffHeap.getFloat(directory, entry + 8);
            }
            if (c == 0
                    ? firstRow[0] != 0 || firstBlock[0] != 0
                    : firstRow[c] <= firstRow[c - 1]
                            || firstBlock[c] - firstBlock[c - 1] != Blocks.count(firstRow[c] - firstRow[c - 1])) {
                throw damaged("DIRECTORY", "cluster " + c + " begins at row " + firstRow[c]);
            }
        }
        if (firstRow[count] != rows || firstBlock[count] != blocks) {
            throw damaged("DIRECTORY", "it ends at row " + firstRow[count]);
        }
        Calibration calibration;
        try {
            calibration = Calibration.decode(
                    OffHeap.getBytes(sections.get(Section.CALIBRATION), 0, Calibration.ENCODED_BYTES));
        } catch (CorruptDataException e) {
            throw damaged("CALIBRATION", e.getMessage());
        }
        return new ClusterIndex(
                dimension,
                metric,
                bits,
                new Rotation(dimension, OffHeap.getLong(front, 0)),
                OffHeap.getFloats(front, SegmentFormat.CLUSTERS_HEAD, dimension),
                sections.get(Section.CENTROIDS),
                sections.get(Section.CENTROID_BLOCKS),
                bias,
                firstRow,
                firstBlock,
                sections.get(Section.BLOCKS),
                calibration);
    }

    private void expectLength(Section section, long length) {
        if (sections.get(section).byteSize() != length) {
            throw damaged(
                    section.name(), "it has " + sections.get(section).byteSize() + " bytes and should have " + length);
        }
    }

    private void readEntry(long entry) {
        int kind = OffHeap.getInt(file, entry);
        long offset = OffHeap.getLong(file, entry + 8);
        long length = OffHeap.getLong(file, entry + 16);
        for (Section s : Section.values()) {
            if (s.kind != kind) {
                continue;
            }
            long expected = s.expectedLength(rows, dimension);
            if (offset < 0
                    || length < 0
                    || offset > file.byteSize() - length
                    || (expected >= 0 && expected != length)) {
                throw damaged(s.name(), "it should lie at " + offset + " with " + length + " bytes");
            }
            if (OffHeap.crc32c(file, offset, length) != OffHeap.getInt(file, entry + 4)) {
                throw damaged(s.name(), "its checksum does not match");
            }
            sections.put(s, file.asSlice(offset, length));
        }
    }

    private void verifyOffsets(Section offsets, Section content) {
        if (OffHeap.getLong(sections.get(offsets), 8L * rows)
                != sections.get(content).byteSize()) {
            throw damaged(offsets.name(), "it does not end where " + content + " ends");
        }
    }

    private CorruptDataException damaged(String part, String why) {
        return new CorruptDataException("Segment " + key + " is damaged in " + part + ": " + why
                + ". Restore the object from a backup or a bucket version.");
    }

    public String key() {
        return key;
    }

    @Override
    public int rows() {
        return rows;
    }

    public int dimension() {
        return dimension;
    }

    public Metric metric() {
        return metric;
    }

    public long bytes() {
        return file.byteSize();
    }

    /** For approximate search; null if there are too few rows for it. */
    public ClusterIndex clusters() {
        return clusters;
    }

    /** f32[rows × dimension]. */
    public MemorySegment vectors() {
        return sections.get(Section.VECTORS);
    }

    /** f32[rows]. */
    public MemorySegment norms() {
        return sections.get(Section.NORMS);
    }

    /** i8[rows × dimension]. */
    public MemorySegment codes() {
        return sections.get(Section.CODES);
    }

    /** f32[rows]. */
    public MemorySegment scales() {
        return sections.get(Section.SCALES);
    }

    /** f32[rows]. */
    public MemorySegment errors() {
        return sections.get(Section.ERRORS);
    }

    @Override
    public byte[] id(int row) {
        return slice(Section.ID_OFFSETS, Section.IDS, row);
    }

    @Override
    public float[] vector(int row) {
        return OffHeap.getFloats(vectors(), 4L * dimension * row, dimension);
    }

    @Override
    public byte[] document(int row) {
        return slice(Section.DOCUMENT_OFFSETS, Section.DOCUMENTS, row);
    }

    /** The ordinal at a position in the order of ids, position 0 to rows−1. */
    public int ordinalAt(int position) {
        return OffHeap.getInt(sections.get(Section.ID_ORDER), 4L * position);
    }

    /** The first position in the order of ids whose id is not below {@code id}. */
    public int positionOf(byte[] id) {
        int low = 0;
        int high = rows;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (compareId(ordinalAt(middle), id) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /** The ordinal of the row with this id, or -1. */
    public int ordinalOf(byte[] id) {
        int position = positionOf(id);
        if (position == rows) {
            return -1;
        }
        int ordinal = ordinalAt(position);
        return compareId(ordinal, id) == 0 ? ordinal : -1;
    }

    private int compareId(int row, byte[] id) {
        return java.util.Arrays.compareUnsigned(id(row), id);
    }

    private byte[] slice(Section offsets, Section content, int row) {
        MemorySegment index = sections.get(offsets);
        long start = OffHeap.getLong(index, 8L * row);
        long end = OffHeap.getLong(index, 8L * (row + 1));
        return OffHeap.getBytes(sections.get(content), start, Math.toIntExact(end - start));
    }

    @Override
    public String toString() {
        return key + " (" + rows + " rows)";
    }

    /** The id as text, for messages and answers. */
    public String idText(int row) {
        return new String(id(row), StandardCharsets.UTF_8);
    }
}
