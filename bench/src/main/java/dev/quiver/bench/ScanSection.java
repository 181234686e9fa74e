package dev.quiver.bench;

import dev.quiver.bench.Rounds.Timing;
import dev.quiver.index.Collection;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.Settings;
import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.search.ExactScan;
import dev.quiver.index.search.Rows;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.SegmentWriter;
import dev.quiver.index.segment.SegmentWriter.QueryCodes;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.ScalarKernels;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** A whole collection read for one query: against what the memory can deliver, against the scalar kernels, and with and without int8 codes. */
final class ScanSection implements Section {
    private static final int ROWS = 100_000;
    private static final int QUERIES = 200;
    private static final int K = 10;
    private static final int DIMENSION = SampleVectors.DIMENSION;
    private static final double FLOAT_BYTES = 4.0 * ROWS * DIMENSION;
    private static final double CODE_BYTES = (double) ROWS * DIMENSION;

    private static final String READ_ONE = "plain read, one stream";
    private static final String READ_FOUR = "plain read, four streams";
    private static final String DOT = "kernel `dot`";
    private static final String SCAN = "exact scan, float32";
    private static final String SCALAR_SCAN = "exact scan, float32, scalar kernel";
    private static final String DOT_INT8 = "kernel `dotInt8`";
    private static final String CODES_SCAN = "exact scan, codes and bounds";
    private static final String HUGE = ", huge pages";

    /** Makes results count as used. */
    private final LongAdder sink = new LongAdder();

    @Override
    public String name() {
        return "scan";
    }

    @Override
    public String title() {
        return "Exact scan";
    }

    @Override
    public void measure(Options options, Report report) throws IOException {
        SampleVectors sample = SampleVectors.of(options, ROWS, QUERIES);
        report.paragraph(
                "%,d × %d vectors, %s. Cosine, k = %d, one thread. Times are medians of rounds in which all take their turn.",
                ROWS, DIMENSION, sample.description(), K);
        try (TemporaryFolder folder = new TemporaryFolder()) {
            memory(options, sample, folder.path(), report);
            searches(options, sample, folder.path(), report);
        }
    }

    private void memory(Options options, SampleVectors sample, Path folder, Report report) throws IOException {
        Segment segment = segment(sample, folder);
        Rows.Codes codes = new Rows.Codes(segment.codes(), segment.scales(), segment.errors());
        long[] live = BitSets.ones(ROWS);
        Rows floats = new Rows(ROWS, segment.vectors(), segment.norms(), null, live);
        Rows coded = new Rows(ROWS, segment.vectors(), segment.norms(), codes, live);
        Kernels simd = KernelChoice.best();
        Kernels scalar = new ScalarKernels();

        Rounds rounds = new Rounds();
        rounds.add(READ_ONE, _ -> sink.add(PlainRead.oneStream(floats.vectors())));
        rounds.add(SCAN, r -> scan(simd, floats, sample, r));
        rounds.add(READ_FOUR, _ -> sink.add(PlainRead.fourStreams(floats.vectors())));
        rounds.add(DOT, r -> dot(simd, floats.vectors(), query(sample, r)));
        rounds.add(DOT_INT8, r -> dotInt8(simd, codes.values(), query(sample, r)));
        rounds.add(SCALAR_SCAN, r -> scan(scalar, floats, sample, r));
        rounds.add(CODES_SCAN, r -> scan(simd, coded, sample, r));
        Optional<MemorySegment> huge = HugePages.allocate((long) FLOAT_BYTES);
        huge.ifPresent(memory -> {
            MemorySegment.copy(segment.vectors(), 0, memory, 0, memory.byteSize());
            Rows rows = new Rows(ROWS, memory, segment.norms(), null, live);
            rounds.add(READ_ONE + HUGE, _ -> sink.add(PlainRead.oneStream(memory)));
            rounds.add(SCAN + HUGE, r -> scan(simd, rows, sample, r));
            rounds.add(READ_FOUR + HUGE, _ -> sink.add(PlainRead.fourStreams(memory)));
        });
        Map<String, Timing> timings = rounds.run(10, options.quick() ? 31 : 151);

        double read = Math.min(median(timings, READ_ONE), median(timings, READ_FOUR));
        double hugeRead =
                huge.isEmpty() ? read : Math.min(median(timings, READ_ONE + HUGE), median(timings, READ_FOUR + HUGE));
        double scalarScan = median(timings, SCALAR_SCAN);
        List<List<String>> table = new ArrayList<>();
        for (String name : List.of(
                READ_ONE,
                READ_FOUR,
                DOT,
                SCAN,
                SCALAR_SCAN,
                DOT_INT8,
                CODES_SCAN,
                READ_ONE + HUGE,
                READ_FOUR + HUGE,
                SCAN + HUGE)) {
            if (!timings.containsKey(name)) {
                continue;
            }
            Timing t = timings.get(name);
            boolean allBytes = !name.equals(CODES_SCAN);
            double bytes = name.equals(DOT_INT8) ? CODE_BYTES : FLOAT_BYTES;
            double bandwidth = FLOAT_BYTES / (name.endsWith(HUGE) ? hugeRead : read);
            table.add(List.of(
                    name,
                    Report.format("%.2f", t.median() * 1e3),
                    Report.format("%.2f", t.fastest() * 1e3),
                    Report.format("%.1f", ROWS / t.median() / 1e6),
                    allBytes ? Report.format("%.1f", bytes / t.median() / 1e9) : "",
                    allBytes ? Report.format("%.0f %%", 100 * bytes / t.median() / bandwidth) : "",
                    name.contains("scan") ? Report.format("%.1f×", scalarScan / t.median()) : ""));
        }
        report.table(
                List.of("", "ms", "fastest", "million rows/s", "GB/s", "of read bandwidth", "to scalar scan"), table);
        report.paragraph("""
                The bandwidth is that of the faster plain read over the same memory. The scalar scan takes %.1f GB/s and the memory gives %.1f: \
                no scan of the float32 vectors can be more than %.1f× as fast as the scalar one here. Codes and bounds give the same answers as \
                float32.""", FLOAT_BYTES / scalarScan / 1e9, FLOAT_BYTES / read / 1e9, scalarScan / read);
        if (huge.isEmpty()) {
            report.paragraph("Huge pages were not to be had: %s.", Machine.hugePages());
        } else {
            report.paragraph("""
                    Huge pages: a copy of the vectors in memory that was asked for by `madvise` (%,d of %,d MiB were granted). `./quiver` asks for them \
                    for memory that is allocated; segments that are mapped from files have none.""", HugePages.granted() >> 20, (long) FLOAT_BYTES >> 20);
        }

        double share = read / median(timings, SCAN);
        report.target(
                "exact scan of 100k × 384 float32 at 80 % of the read bandwidth of one thread",
                share >= 0.8, "%.0f %% (%.1f GB/s)", 100 * share, FLOAT_BYTES / median(timings, SCAN) / 1e9);
        double speedup = scalarScan / median(timings, SCAN);
        report.target(
                "the same scan 6× as fast as with the scalar kernel",
                speedup >= 6,
                "%.1f× in float32, of which the memory allows at most %.1f×; %.1f× with codes and bounds",
                speedup,
                scalarScan / read,
                scalarScan / median(timings, CODES_SCAN));
        double int8 = median(timings, DOT) / median(timings, DOT_INT8);
        report.target("int8 kernel over the same rows 2× the rows/s of float32", int8 >= 2, "%.1f×", int8);
    }

    private static double median(Map<String, Timing> timings, String name) {
        return timings.get(name).median();
    }

    private static float[] query(SampleVectors sample, int round) {
        return sample.queries().get(round % QUERIES);
    }

    private void scan(Kernels kernels, Rows rows, SampleVectors sample, int round) {
        TopK top = new TopK(K, Float.NEGATIVE_INFINITY);
        new ExactScan(kernels, Metric.COSINE, query(sample, round)).scan(0, rows, null, top);
        sink.add(top.best().getFirst().row());
    }

    private void dot(Kernels kernels, MemorySegment vectors, float[] query) {
        float[] scores = new float[256];
        MemorySegment q = OffHeap.copyOf(query);
        for (int start = 0; start < ROWS; start += scores.length) {
            kernels.dot(vectors, 4L * DIMENSION * start, Math.min(scores.length, ROWS - start), q, DIMENSION, scores);
            sink.add((long) scores[0]);
        }
    }

    private void dotInt8(Kernels kernels, MemorySegment codes, float[] query) {
        int[] dots = new int[256];
        MemorySegment q = QueryCodes.of(query).codes();
        for (int start = 0; start < ROWS; start += dots.length) {
            kernels.dotInt8(codes, (long) DIMENSION * start, Math.min(dots.length, ROWS - start), q, DIMENSION, dots);
            sink.add(dots[0]);
        }
    }

    private static Segment segment(SampleVectors sample, Path folder) throws IOException {
        String name = "sample.segment";
        Path file = Files.createDirectories(folder.resolve("memory")).resolve(name);
        SegmentWriter.write(
                file,
                new RowSource() {
                    @Override
                    public int rows() {
                        return ROWS;
                    }

                    @Override
                    public byte[] id(int row) {
                        return Integer.toString(row).getBytes(StandardCharsets.UTF_8);
                    }

                    @Override
                    public float[] vector(int row) {
                        return sample.rows().get(row);
                    }

                    @Override
                    public byte[] document(int row) {
                        return DocumentCodec.encode(null, Map.of());
                    }
                },
                DIMENSION,
                Metric.COSINE,
                _ -> Calibration.none());
        try (FileStore store = new FileStore(file.getParent())) {
            return Segment.load(store, name, Files.size(file));
        }
    }

    /** The same through the front door: a collection whose rows lie in the log has no codes yet, a compacted one has. */
    private void searches(Options options, SampleVectors sample, Path folder, Report report) {
        Settings settings = Settings.defaults().withFoldRows(Integer.MAX_VALUE);
        try (Database database = new Database(new FileStore(folder.resolve("collections")), settings)) {
            Collection inLog = fill(database.create("in-log", new Schema(DIMENSION, Metric.COSINE, null)), sample);
            Collection compacted =
                    fill(database.create("compacted", new Schema(DIMENSION, Metric.COSINE, null)), sample);
            compacted.compact();
            LongAdder floatRows = new LongAdder();
            LongAdder codeRows = new LongAdder();
            LongAdder different = new LongAdder();
            SearchResult[] last = new SearchResult[1];
            Rounds rounds = new Rounds();
            rounds.add("in the log: float32 only", r -> {
                last[0] = inLog.search(SearchRequest.of(query(sample, r), K).with(SearchRequest.Effort.EXACT));
                floatRows.add(last[0].rowsScored());
            });
            rounds.add("compacted: codes and bounds", r -> {
                SearchResult result =
                        compacted.search(SearchRequest.of(query(sample, r), K).with(SearchRequest.Effort.EXACT));
                codeRows.add(result.rowsScored());
                if (!ids(result).equals(ids(last[0]))) {
                    different.increment();
                }
            });
            int warmup = 20;
            int measured = options.quick() ? 60 : QUERIES;
            Map<String, Timing> timings = rounds.run(warmup, measured);
            List<List<String>> table = new ArrayList<>();
            timings.forEach((name, t) -> {
                double read =
                        (name.startsWith("compacted") ? codeRows : floatRows).sum() / (double) (warmup + measured);
                table.add(List.of(
                        name,
                        Report.format("%.2f", t.median() * 1e3),
                        Report.format("%.2f", t.fastest() * 1e3),
                        Report.format("%,.0f", read),
                        Report.format("%.2f %%", 100 * read / ROWS)));
            });
            report.paragraph(
                    """
                    `Collection.search` over the same vectors in a folder, strong consistency (each search looks for newer commits), median of \
                    %d queries. The two gave %s.""",
                    measured,
                    different.sum() == 0
                            ? "the same answers to all of them"
                            : Report.format("different answers to %d of them", different.sum()));
            report.table(List.of("rows are", "ms a query", "fastest", "float32 vectors read", "of all"), table);
        }
    }

    private static List<String> ids(SearchResult result) {
        return result.hits().stream().map(h -> h.record().id()).toList();
    }

    private static Collection fill(Collection collection, SampleVectors sample) {
        int step = 4096;
        for (int start = 0; start < ROWS; start += step) {
            Batch.Builder batch = Batch.builder();
            for (int i = start; i < Math.min(ROWS, start + step); i++) {
                batch.upsert(new Record(Integer.toString(i), sample.rows().get(i), null, Map.of()));
            }
            collection.apply(batch.build());
        }
        return collection;
    }
}
