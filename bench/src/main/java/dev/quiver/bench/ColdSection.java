package dev.quiver.bench;

import dev.quiver.bench.data.DataSets;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.search.Calibrator;
import dev.quiver.index.search.LiveRows;
import dev.quiver.index.search.SegmentSearch;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.search.TopK;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.SegmentWriter;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.Meter;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** From nothing to the first answer: a segment in a store that is far away, and what it takes to have one in memory. */
final class ColdSection implements Section {
    private static final String FILE = "rows.seg";
    private static final double ACCURACY = 0.95;
    private static final int K = 10;
    private static final int TEXT = 300;

    @Override
    public String name() {
        return "cold";
    }

    @Override
    public String title() {
        return "Cold start";
    }

    private record Cold(int rows, double millis, double trips, double reads, double bytes, double recall) {}

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        report.paragraph(
                """
                GloVe rows with documents of %d bytes in one segment. The store takes %d ms to the first byte of every read and then gives %d MB/s a connection. \
                For each of some held-out queries the segment is opened anew and asked at accuracy %.2f, after manifest and log; meanwhile all of it streams \
                in, which is not counted. Round trips are those that follow one another. Mean of the queries.""", TEXT, DistantStore.FIRST_BYTE_MILLIS, DistantStore.BYTES_PER_SECOND / 1_000_000, ACCURACY);
        List<Cold> colds = new ArrayList<>();
        try (TemporaryFolder folder = new TemporaryFolder()) {
            for (int most : options.quick() ? new int[] {34_000} : new int[] {34_000, Integer.MAX_VALUE}) {
                VectorSet set;
                try {
                    set = DataSets.GLOVE.load(most, text -> Main.progress("%s", text));
                } catch (UnavailableException e) {
                    report.paragraph("Not measured: the vectors could not be had: %s.", e.getMessage());
                    return;
                }
                Path file = folder.path().resolve(set.rows().length + FILE);
                SegmentWriter.write(file, source(set), set.dimension(), set.metric(), Calibrator::measure);
                colds.add(cold(set, file, options.quick() ? 20 : 60));
                if (most == Integer.MAX_VALUE) {
                    load(file, report);
                }
            }
        }
        List<List<String>> table = new ArrayList<>();
        for (Cold c : colds) {
            table.add(List.of(
                    Report.format("%,d", c.rows),
                    Report.format("%.0f", c.millis),
                    Report.format("%.1f", c.trips),
                    Report.format("%.0f", c.reads),
                    Report.format("%,.0f", c.bytes / 1000),
                    Report.format("%.3f", c.recall)));
        }
        report.table(List.of("rows", "first answer, ms", "round trips", "reads", "kB read", "recall@10"), table);
        Cold last = colds.getLast();
        report.target(
                "cold first answer at .95: at most 3 round trips and 2 MB",
                last.trips <= 3 && last.bytes <= 2e6 && last.recall >= ACCURACY - 0.01,
                "%,d rows: %.1f round trips, %,.0f kB, recall %.3f",
                last.rows,
                last.trips,
                last.bytes / 1000,
                last.recall);
        if (colds.size() > 1) {
            Cold first = colds.getFirst();
            double rows = Math.sqrt((double) last.rows / first.rows);
            report.target(
                    "cold bytes grow slower than the square root of the rows",
                    last.bytes / first.bytes < rows,
                    "× %.2f for × %.1f rows (root %.2f)",
                    last.bytes / first.bytes,
                    (double) last.rows / first.rows,
                    rows);
        }
    }

    private static RowSource source(VectorSet set) {
        byte[] document = DocumentCodec.encode("x".repeat(TEXT), Map.of());
        return new RowSource() {
            @Override
            public int rows() {
                return set.rows().length;
            }

            @Override
            public byte[] id(int row) {
                return Integer.toString(row).getBytes(StandardCharsets.US_ASCII);
            }

            @Override
            public float[] vector(int row) {
                return set.rows()[row];
            }

            @Override
            public byte[] document(int row) {
                return document;
            }
        };
    }

    private static Cold cold(VectorSet set, Path file, int queries) throws IOException {
        long length = Files.size(file);
        double millis = 0;
        double trips = 0;
        double reads = 0;
        double bytes = 0;
        int found = 0;
        for (int q = 0; q < queries; q++) {
            try (DistantStore store = new DistantStore(new FileStore(file.getParent()))) {
                long started = System.nanoTime();
                Segment segment = Segment.open(
                        store,
                        file.getFileName().toString(),
                        length,
                        set.rows().length,
                        set.dimension(),
                        SegmentMemory.unlimited(),
                        new Meter());
                TopK top = new TopK(K, Float.NEGATIVE_INFINITY);
                new SegmentSearch(segment)
                        .search(
                                set.heldOut().vectors()[q],
                                Wish.of(K, ACCURACY),
                                LiveRows.of(BitSets.ones(segment.rows())),
                                0,
                                top);
                Set<Integer> hits = new HashSet<>();
                for (TopK.Candidate c : top.best()) {
                    segment.document(c.row());
                    hits.add(Integer.valueOf(segment.idText(c.row())));
                }
                millis += (System.nanoTime() - started) / 1e6;
                trips += store.trips();
                reads += store.reads();
                bytes += store.bytesRead();
                for (int i = 0; i < K; i++) {
                    found += hits.contains(set.heldOut().nearest()[q][i]) ? 1 : 0;
                }
            }
        }
        return new Cold(
                set.rows().length,
                millis / queries,
                trips / queries,
                reads / queries,
                bytes / queries,
                (double) found / (K * queries));
    }

    /** From the page cache, beside a program that only reads. */
    private static void load(Path file, Report report) throws IOException, InterruptedException {
        long length = Files.size(file);
        List<Double> ours = new ArrayList<>();
        List<Double> cat = new ArrayList<>();
        try (FileStore store = new FileStore(file.getParent())) {
            for (int i = 0; i < 7; i++) {
                long before = cpuNanos();
                Segment.load(store, file.getFileName().toString(), length);
                ours.add((cpuNanos() - before) / 1e6);
                cat.add(catMillis(file));
            }
        }
        double own = median(ours);
        double plain = median(cat);
        report.paragraph(
                "To load the larger one (%,d MB) from the page cache, verified, takes %.0f ms of CPU time; `cat` of the same file to `/dev/null` takes %.0f ms. A file store's segments are mapped.",
                length / 1_000_000, own, plain);
        report.target(
                "load from page cache: at most 1.5 × the CPU of `cat`", own <= 1.5 * plain, "%.2f ×", own / plain);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().skip(values.size() / 2).findFirst().orElseThrow();
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    /** The shell's own clock of its children, in hundredths of a second of many runs. */
    private static double catMillis(Path file) throws IOException, InterruptedException {
        int runs = 20;
        Process shell = new ProcessBuilder(
                        "sh",
                        "-c",
                        "for i in $(seq " + runs + "); do cat \"$0\" > /dev/null; done; times",
                        file.toString())
                .redirectErrorStream(true)
                .start();
        try (InputStream in = shell.getInputStream()) {
            String[] last = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .strip()
                    .lines()
                    .reduce((a, b) -> b)
                    .orElseThrow()
                    .split("[ms ]+");
            shell.waitFor();
            double seconds = Double.parseDouble(last[0]) * 60
                    + Double.parseDouble(last[1])
                    + Double.parseDouble(last[2]) * 60
                    + Double.parseDouble(last[3]);
            return seconds * 1000 / runs;
        }
    }
}
