package dev.quiver.index.segment;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.cluster.ClusterBuilder;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.cluster.Rotation;
import dev.quiver.index.filter.Columns;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.segment.PartialFile.Range;
import dev.quiver.index.segment.SegmentFormat.Section;
import dev.quiver.index.store.Meter;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.text.TextIndex;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/** A segment in memory: the bytes of the file and a way to address them. Immutable. The layout is in {@link SegmentFormat}. */
public final class Segment implements RowSource {
    /** A smaller one is read whole in about the time that its front takes. */
    private static final long LEAST_PARTIAL = 4L << 20;

    private final String key;
    private final MemorySegment file;
    /** Null if all is there. */
    private final PartialFile partial;
    /** Rows that are there while not all are. */
    private final Map<Integer, Place> places = new ConcurrentHashMap<>();

    private final int rows;
    private final int dimension;
    private final Metric metric;
    private final Map<Section, MemorySegment> sections = new EnumMap<>(Section.class);
    private final Map<Section, Integer> sums = new EnumMap<>(Section.class);
    private final ClusterIndex clusters;
    private volatile Columns columns;
    private volatile TextIndex text;

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
            return new Segment(key, mapped.get(), null);
        }
        MemorySegment file = memory.allocate(length);
        read(store, key, length, () -> PartialFile.readAll(store, key, file));
        return new Segment(key, file, null);
    }

    /**
     * As {@link #load}, but a large segment with clusters of a store that is far away is open as soon as its front is there: searches by clusters then fetch what they
     * need, everything else waits until all has been read. That begins with whoever waits for it, or with {@link #startLoading}.
     *
     * @param rows as recorded in the manifest
     * @param dimension of the collection
     */
    public static Segment open(
            ObjectStore store, String key, long length, int rows, int dimension, SegmentMemory memory, Meter meter) {
        if (rows < ClusterBuilder.LEAST_ROWS || length < LEAST_PARTIAL) {
            long started = System.nanoTime();
            Segment small = load(store, key, length, memory);
            meter.segmentLoaded(System.nanoTime() - started);
            return small;
        }
        Optional<MemorySegment> mapped = store.map(key, length);
        if (mapped.isPresent()) {
            return new Segment(key, mapped.get(), null);
        }
        MemorySegment file = memory.allocate(length);
        PartialFile partial = new PartialFile(store, key, file, meter);
        read(store, key, length, () -> partial.ensure(List.of(new Range(0, front(rows, dimension, length)))));
        return new Segment(key, file, partial);
    }

    /** What the head and the sections before the centroids take, or a little more. */
    private static long front(int rows, int dimension, long length) {
        // There may be more clusters than the usual, of crowds that were cut; then the rest takes another read.
        long clusters = rows / ClusterBuilder.ROWS_PER_CLUSTER * 9L / 8 + 64;
        long blocks =
                Blocks.count((int) clusters) * (long) Blocks.bytes(Blocks.pairs(dimension, ClusterIndex.CENTROID_BITS));
        long front =
                2048 + 4L * dimension + Calibration.ENCODED_BYTES + blocks + clusters * SegmentFormat.DIRECTORY_ENTRY;
        return Math.min(front, length);
    }

    private static void read(ObjectStore store, String key, long length, Runnable read) {
        try {
            read.run();
        } catch (StoreException e) {
            if (isMissingOrShort(store, key, length)) {
                throw new CorruptDataException(
                        "Segment " + key + " is missing or shorter than the " + length
                                + " bytes that the manifest tells of",
                        e);
            }
            throw e;
        }
    }

    /** A store that could not read a range does not say whether that was its own failure. */
    private static boolean isMissingOrShort(ObjectStore store, String key, long length) {
        try {
            return store.list(key, "").stream().noneMatch(l -> l.key().equals(key) && l.size() >= length);
        } catch (StoreException e) {
            return false;
        }
    }

    /** A segment in a local file, which must stay as it is. */
    public static Segment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return of(file.toString(), channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto()));
        }
    }

    /**
     * A segment whose bytes are in memory, or mapped.
     *
     * @throws CorruptDataException if they are not a whole, undamaged segment
     */
    static Segment of(String key, MemorySegment file) {
        return new Segment(key, file, null);
    }

    private Segment(String key, MemorySegment file, PartialFile partial) {
        this.key = key;
        this.file = file;
        this.partial = partial;
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
        if (partial != null) {
            partial.ensure(List.of(new Range(0, headBytes)));
        }
        byte[] head = OffHeap.getBytes(file, 0, (int) headBytes);
        int crc = OffHeap.getInt(file, 60);
        Arrays.fill(head, 60, 64, (byte) 0);
        CRC32C actual = new CRC32C();
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
            boolean optional = s == Section.VERSIONS
                    || s == Section.COLUMNS
                    || (Section.OF_TEXT.contains(s) && !sections.containsKey(Section.TEXT))
                    || (Section.OF_CLUSTERS.contains(s) && !sections.containsKey(Section.CLUSTERS));
            if (!optional && !sections.containsKey(s)) {
                throw damaged(s.name(), "it is missing");
            }
        }
        this.clusters = sections.containsKey(Section.CLUSTERS) ? readClusters() : null;
        if (partial == null) {
            verifyOffsets(Section.ID_OFFSETS, Section.IDS);
            verifyOffsets(Section.DOCUMENT_OFFSETS, Section.DOCUMENTS);
        } else if (clusters == null) {
            partial.awaitAll(this::verifyRest);
        }
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
                    OffHeap.getBytes(sections.get(Section.CALIBRATION), 0, Calibration.ENCODED_BYTES), count);
        } catch (CorruptDataException e) {
            throw damaged("CALIBRATION", e.getMessage());
        }
        float[] mean = OffHeap.getFloats(front, SegmentFormat.CLUSTERS_HEAD, dimension);
        if (!areFinite(mean) || !areFinite(bias)) {
            throw damaged("CLUSTERS", "a number of the mean or a bias is not finite");
        }
        return new ClusterIndex(
                dimension,
                metric,
                bits,
                new Rotation(dimension, OffHeap.getLong(front, 0)),
                mean,
                sections.get(Section.CENTROIDS),
                sections.get(Section.CENTROID_BLOCKS),
                bias,
                firstRow,
                firstBlock,
                sections.get(Section.BLOCKS),
                calibration);
    }

    private static boolean areFinite(float[] numbers) {
        for (float x : numbers) {
            if (!Float.isFinite(x)) {
                return false;
            }
        }
        return true;
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
            sections.put(s, file.asSlice(offset, length));
            sums.put(s, OffHeap.getInt(file, entry + 4));
            if (partial == null) {
                verify(s);
            } else if (Section.FRONT.contains(s)) {
                partial.ensure(List.of(new Range(offset, length)));
                verify(s);
            }
        }
    }

    private void verify(Section s) {
        MemorySegment section = sections.get(s);
        if (OffHeap.crc32c(section, 0, section.byteSize()) != sums.get(s)) {
            throw damaged(s.name(), "its checksum does not match");
        }
    }

    /** Of a segment that arrived in parts, what {@link #readEntry} could not verify. */
    private void verifyRest() {
        for (Section s : sections.keySet()) {
            if (!Section.FRONT.contains(s)) {
                verify(s);
            }
        }
        verifyOffsets(Section.ID_OFFSETS, Section.IDS);
        verifyOffsets(Section.DOCUMENT_OFFSETS, Section.DOCUMENTS);
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

    /** The vectors of rows that were fetched; of others only once the segment is resident. */
    public MemorySegment fetchedVectors() {
        return sections.get(Section.VECTORS);
    }

    /** For approximate search; null if there are too few rows for it. */
    public ClusterIndex clusters() {
        return clusters;
    }

    @Override
    public long version(int row) {
        return sections.containsKey(Section.VERSIONS) ? OffHeap.getLong(whole(Section.VERSIONS), 8L * row) : 0;
    }

    /** The attributes by field; empty in a segment that was written before there were columns. */
    public Optional<Columns> columns() {
        if (!sections.containsKey(Section.COLUMNS)) {
            return Optional.empty();
        }
        Columns c = columns;
        if (c == null) {
            c = new Columns(whole(Section.COLUMNS), rows);
            columns = c;
        }
        return Optional.of(c);
    }

    /** The words of the rows; empty in a segment that was written without. Of one that is still arriving only what says where the rest lies is fetched. */
    public Optional<TextIndex> text() {
        if (!sections.containsKey(Section.TEXT)) {
            return Optional.empty();
        }
        TextIndex t = text;
        if (t == null) {
            MemorySegment head = sections.get(Section.TEXT);
            if (!resident()) {
                partial.ensure(List.of(new Range(start(Section.TEXT), head.byteSize())));
                verify(Section.TEXT);
            }
            t = new TextIndex(key, rows, head, new TextBytes());
            text = t;
        }
        return Optional.of(t);
    }

    private final class TextBytes implements TextIndex.Bytes {
        private static Section of(TextIndex.Part part) {
            return switch (part) {
                case TERMS -> Section.TERMS;
                case POSTINGS -> Section.POSTINGS;
                case POSITIONS -> Section.POSITIONS;
            };
        }

        @Override
        public MemorySegment section(TextIndex.Part part) {
            return sections.get(of(part));
        }

        @Override
        public void fetch(List<TextIndex.Range> ranges) {
            if (resident()) {
                return;
            }
            partial.ensure(ranges.stream()
                    .map(r -> range(of(r.part()), new Range(r.offset(), r.length())))
                    .toList());
            for (TextIndex.Range r : ranges) {
                if (OffHeap.crc32c(section(r.part()), r.offset(), r.length()) != r.sum()) {
                    throw damaged(of(r.part()).name(), "the checksum of a word does not match");
                }
            }
        }
    }

    /** f32[rows × dimension]. */
    public MemorySegment vectors() {
        return whole(Section.VECTORS);
    }

    /** f32[rows]. */
    public MemorySegment norms() {
        return whole(Section.NORMS);
    }

    /** i8[rows × dimension]. */
    public MemorySegment codes() {
        return whole(Section.CODES);
    }

    /** f32[rows]. */
    public MemorySegment scales() {
        return whole(Section.SCALES);
    }

    /** f32[rows]. */
    public MemorySegment errors() {
        return whole(Section.ERRORS);
    }

    /** A row of a segment that is not all there: where its parts lie in the file. */
    private record Place(long vector, long id, int idLength, long document, int documentLength) {}

    /** Whether all of it is in memory and verified. */
    public boolean resident() {
        return partial == null || partial.complete();
    }

    /** A section, as soon as all of the segment is there. */
    private MemorySegment whole(Section s) {
        awaitResident();
        return sections.get(s);
    }

    /** Reads all of it in, behind, if it is not there. */
    public void startLoading() {
        if (!resident()) {
            partial.start(this::verifyRest);
        }
    }

    /** Waits until all of it is in memory and verified. */
    public void awaitResident() {
        if (partial != null) {
            partial.awaitAll(this::verifyRest);
        }
    }

    /**
     * Fetches and verifies what estimating the rows of these clusters takes, and finding them: centroids, blocks and heads of rows. Nothing to do if the segment is resident.
     *
     * @param which cluster numbers, {@code count} of them
     */
    public void fetchClusters(int[] which, int count) {
        if (resident()) {
            return;
        }
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranges.add(range(Section.CENTROIDS, centroid(which[i])));
            ranges.add(range(Section.BLOCKS, blocks(which[i])));
            ranges.add(range(Section.ROW_HEADS, heads(which[i])));
        }
        partial.ensure(ranges);
        MemorySegment directory = sections.get(Section.DIRECTORY);
        for (int i = 0; i < count; i++) {
            long entry = (long) which[i] * SegmentFormat.DIRECTORY_ENTRY;
            verify(Section.BLOCKS, blocks(which[i]), OffHeap.getInt(directory, entry + 12));
            verify(Section.CENTROIDS, centroid(which[i]), OffHeap.getInt(directory, entry + 16));
            verify(Section.ROW_HEADS, heads(which[i]), OffHeap.getInt(directory, entry + 20));
        }
    }

    /**
     * Fetches and verifies rows of clusters that were fetched: vector, id and document. Nothing to do if the segment is resident.
     *
     * @param ordinals {@code count} of them
     */
    public void fetchRows(int[] ordinals, int count) {
        if (resident()) {
            return;
        }
        List<Place> fetched = new ArrayList<>();
        List<Range> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Place p = place(ordinals[i]);
            fetched.add(p);
            ranges.add(new Range(p.vector, 4L * dimension));
            ranges.add(new Range(p.id, p.idLength));
            ranges.add(new Range(p.document, p.documentLength));
        }
        partial.ensure(ranges);
        for (int i = 0; i < count; i++) {
            Place p = fetched.get(i);
            CRC32C crc = new CRC32C();
            crc.update(file.asSlice(p.vector, 4L * dimension).asByteBuffer());
            crc.update(file.asSlice(p.id, p.idLength).asByteBuffer());
            crc.update(file.asSlice(p.document, p.documentLength).asByteBuffer());
            if ((int) crc.getValue() != OffHeap.getInt(sections.get(Section.ROW_HEADS), head(ordinals[i]) + 8)) {
                throw damaged("VECTORS, IDS or DOCUMENTS", "the checksum of row " + ordinals[i] + " does not match");
            }
            places.put(ordinals[i], p);
        }
    }

    /**
     * As {@link #fetchRows}, of whatever clusters.
     *
     * @param ordinals {@code count} of them
     */
    public void fetchAnyRows(int[] ordinals, int count) {
        if (resident()) {
            return;
        }
        int[] which =
                Arrays.stream(ordinals, 0, count).map(this::cluster).distinct().toArray();
        partial.ensure(Arrays.stream(which)
                .mapToObj(c -> range(Section.ROW_HEADS, heads(c)))
                .toList());
        for (int c : which) {
            verify(
                    Section.ROW_HEADS,
                    heads(c),
                    OffHeap.getInt(sections.get(Section.DIRECTORY), (long) c * SegmentFormat.DIRECTORY_ENTRY + 20));
        }
        fetchRows(ordinals, count);
    }

    private int cluster(int row) {
        int at = Arrays.binarySearch(clusters.firstRow(), row);
        return at >= 0 ? at : -at - 2;
    }

    private static long head(int row) {
        return (long) row * SegmentFormat.ROW_HEAD;
    }

    private Range centroid(int cluster) {
        return new Range(4L * dimension * cluster, 4L * dimension);
    }

    private Range blocks(int cluster) {
        long bytes = Blocks.bytes(Blocks.pairs(dimension, clusters.bits()));
        int first = clusters.firstBlock()[cluster];
        return new Range(first * bytes, (clusters.firstBlock()[cluster + 1] - first) * bytes);
    }

    private Range heads(int cluster) {
        int first = clusters.firstRow()[cluster];
        return new Range(head(first), head(clusters.firstRow()[cluster + 1]) - head(first));
    }

    /** From the section to the file. */
    private Range range(Section s, Range inSection) {
        return new Range(start(s) + inSection.offset(), inSection.length());
    }

    private long start(Section s) {
        return sections.get(s).address() - file.address();
    }

    private void verify(Section s, Range part, int sum) {
        if (OffHeap.crc32c(sections.get(s), part.offset(), part.length()) != sum) {
            throw damaged(s.name(), "the checksum of a cluster does not match");
        }
    }

    /** Ids and documents lie one after the other, so a row begins where those before it in its cluster end. */
    private Place place(int row) {
        int cluster = cluster(row);
        MemorySegment directory = sections.get(Section.DIRECTORY);
        MemorySegment heads = sections.get(Section.ROW_HEADS);
        long entry = (long) cluster * SegmentFormat.DIRECTORY_ENTRY;
        long id = OffHeap.getLong(directory, entry + 24);
        long document = OffHeap.getLong(directory, entry + 32);
        for (int r = clusters.firstRow()[cluster]; r < row; r++) {
            id += OffHeap.getInt(heads, head(r));
            document += OffHeap.getInt(heads, head(r) + 4);
        }
        int idLength = OffHeap.getInt(heads, head(row));
        int documentLength = OffHeap.getInt(heads, head(row) + 4);
        if (id < 0
                || document < 0
                || idLength < 0
                || documentLength < 0
                || id + idLength > sections.get(Section.IDS).byteSize()
                || document + documentLength > sections.get(Section.DOCUMENTS).byteSize()) {
            throw damaged("ROW_HEADS", "row " + row + " lies outside");
        }
        return new Place(
                start(Section.VECTORS) + 4L * dimension * row,
                start(Section.IDS) + id,
                idLength,
                start(Section.DOCUMENTS) + document,
                documentLength);
    }

    /** Where a row lies that was fetched while not all is there; else null, and all is there. */
    private Place fetched(int row) {
        if (resident()) {
            return null;
        }
        Place place = places.get(row);
        if (place == null) {
            awaitResident();
        }
        return place;
    }

    @Override
    public byte[] id(int row) {
        Place place = fetched(row);
        if (place != null) {
            return OffHeap.getBytes(file, place.id, place.idLength);
        }
        return slice(Section.ID_OFFSETS, Section.IDS, row);
    }

    @Override
    public float[] vector(int row) {
        Place place = fetched(row);
        return OffHeap.getFloats(
                file, place != null ? place.vector : start(Section.VECTORS) + 4L * dimension * row, dimension);
    }

    @Override
    public byte[] document(int row) {
        Place place = fetched(row);
        if (place != null) {
            return OffHeap.getBytes(file, place.document, place.documentLength);
        }
        return slice(Section.DOCUMENT_OFFSETS, Section.DOCUMENTS, row);
    }

    /** The ordinal at a position in the order of ids, position 0 to rows−1. */
    public int ordinalAt(int position) {
        return OffHeap.getInt(whole(Section.ID_ORDER), 4L * position);
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
        return Arrays.compareUnsigned(id(row), id);
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
