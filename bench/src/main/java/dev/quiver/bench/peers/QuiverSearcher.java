package dev.quiver.bench.peers;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.search.Calibrator;
import dev.quiver.index.search.SegmentSearch;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.SegmentWriter;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Quiver's own engine: one segment, as compaction writes it, searched at an asked accuracy in thousandths. */
final class QuiverSearcher implements Searcher {
    private static final String FILE = "rows.seg";

    private Segment segment;
    private SegmentSearch search;
    /** Row numbers by ordinal: the ids, read once. */
    private int[] rowOf;

    private long[] all;
    private final Map<Filter, long[]> allowed = new IdentityHashMap<>();

    private record Given(float[][] vectors) implements RowSource {
        @Override
        public int rows() {
            return vectors.length;
        }

        @Override
        public byte[] id(int row) {
            return Integer.toString(row).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public float[] vector(int row) {
            return vectors[row];
        }

        @Override
        public byte[] document(int row) {
            return DocumentCodec.encode(null, Map.of());
        }
    }

    @Override
    public void build(float[][] rows, Metric metric, Path folder) throws IOException {
        SegmentWriter.write(folder.resolve(FILE), new Given(rows), rows[0].length, metric, Calibrator::measure);
    }

    @Override
    public void open(Path folder, Metric metric, Path rows) throws IOException {
        try (FileStore store = new FileStore(folder)) {
            segment = Segment.load(store, FILE, Files.size(folder.resolve(FILE)));
        }
        search = new SegmentSearch(segment);
        all = BitSets.ones(segment.rows());
        rowOf = new int[segment.rows()];
        for (int i = 0; i < rowOf.length; i++) {
            rowOf[i] = Integer.parseInt(segment.idText(i));
        }
    }

    @Override
    public int[] search(float[] query, int k, int effort, Filter filter) {
        long[] bits = filter == null ? all : allowed.computeIfAbsent(filter, this::byOrdinal);
        TopK top = new TopK(k, Float.NEGATIVE_INFINITY);
        search.search(query, Wish.of(k, effort / 1000.0), bits, 0, top);
        List<TopK.Candidate> best = top.best();
        int[] found = new int[best.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = rowOf[best.get(i).row()];
        }
        return found;
    }

    /** Of the float32 rows a search reads some more than k; when memory is short they go first. */
    @Override
    public void release() {
        Paging.out(segment.vectors());
    }

    private long[] byOrdinal(Filter filter) {
        long[] bits = new long[all.length];
        for (int i = 0; i < rowOf.length; i++) {
            if (filter.allows(rowOf[i])) {
                bits[i >>> 6] |= 1L << i;
            }
        }
        return bits;
    }
}
