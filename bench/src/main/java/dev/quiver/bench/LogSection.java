package dev.quiver.bench;

import dev.quiver.index.Collection;
import dev.quiver.index.CommitContentionException;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.Meter;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.S3Store;
import dev.quiver.index.vector.Metric;
import dev.quiver.infra.s3.S3Emulator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** How fast a collection takes writes, from many writers at once, and what folding and collecting cost over a long time. */
final class LogSection implements Section {
    private static final int DIMENSION = 64;
    private static final int ROWS = 10;
    private static final int[] WRITERS = {1, 2, 4, 8, 16};
    /** Of the fewest and of the most writers, in turns. */
    private static final int TURNS = 3;

    private static final int PUT_MILLIS = 60;
    private static final int OTHER_MILLIS = 20;

    /** Of what one writer does alone, that many together must do. */
    private static final double GRACEFUL = 0.6;

    private static final String BUCKET = "quiver-bench";
    private static final String COLLECTION = "docs";

    @Override
    public String name() {
        return "log";
    }

    @Override
    public String title() {
        return "Writing";
    }

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        report.paragraph("""
                Batches of %d rows of %d-d with a short text, each acknowledged before its writer sends the next. *Processes* have a client, a view and a cache each, and share only the bucket; \
                *threads* are of one process, whose waiting batches become one commit. Stores: files of this machine; the S3 emulator (s3proxy) on this machine; a store in memory whose PUTs take \
                %d ms and other requests %d. Which share of one writer 16 write is measured afterwards, in three turns of each, for code gets faster all the time.""", ROWS, DIMENSION, PUT_MILLIS, OTHER_MILLIS);
        double seconds = options.quick() ? 1 : 4;
        List<List<String>> table = new ArrayList<>();
        try (TemporaryFolder folder = new TemporaryFolder()) {
            Path files = folder.path();
            store("files", run -> () -> new FileStore(files.resolve(run)), seconds, table, report);
        }
        System.setProperty(
                S3Emulator.LIB_PROPERTY,
                options.home().resolve("infra/s3-emulator/target/lib").toString());
        try (S3Emulator s3 = S3Emulator.start(BUCKET)) {
            store(
                    "S3 emulator",
                    run -> {
                        String bucket = BUCKET + "-" + run;
                        client(s3).createBucket(b -> b.bucket(bucket));
                        return () -> new S3Store(client(s3), bucket, "");
                    },
                    seconds,
                    table,
                    report);
        }
        store(
                "%d ms PUTs".formatted(PUT_MILLIS),
                _ -> {
                    MemoryStore memory = new MemoryStore();
                    return () -> new SlowStore(memory, PUT_MILLIS, OTHER_MILLIS);
                },
                2 * seconds,
                table,
                report);
        List<String> head = new ArrayList<>(List.of("store", "writers are"));
        for (int n : WRITERS) {
            head.add(n == 1 ? "1 writer: commits/s" : n + ": commits/s");
            head.add("rows/s");
        }
        report.table(head, table);
        amplification(options.quick() ? 3_000 : 20_000, report);
    }

    private static S3Client client(S3Emulator s3) {
        return S3Client.builder()
                .endpointOverride(s3.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(s3.accessKey(), s3.secretKey())))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    /**
     * @param commits entries in the log, fewer than batches where several became one
     * @param gaveUp batches that were refused because others were always faster
     */
    private record Rate(double commits, double rows, int gaveUp) {}

    private static void store(
            String name,
            Function<String, Supplier<ObjectStore>> fresh,
            double seconds,
            List<List<String>> table,
            Report report)
            throws InterruptedException {
        for (boolean processes : new boolean[] {true, false}) {
            List<String> row = new ArrayList<>(List.of(name, processes ? "processes" : "threads"));
            int most = WRITERS[WRITERS.length - 1];
            double one = 0;
            double many = 0;
            int gaveUp = 0;
            // Else the first, the one writer, would be measured in code that is not compiled yet, and in connections
            // that are not open.
            String kind = processes ? "p" : "t";
            write(fresh.apply(kind + "warm"), 4, processes, seconds);
            for (int writers : WRITERS) {
                Main.progress("%s: %d %s ...", name, writers, processes ? "processes" : "threads");
                Rate rate = write(fresh.apply(kind + writers), writers, processes, seconds);
                gaveUp += rate.gaveUp;
                row.add(Report.format("%,.0f", rate.commits));
                row.add(Report.format("%,.0f", rate.rows));
            }
            table.add(row);
            if (gaveUp > 0) {
                report.paragraph(Report.format("%s: %d batches were refused because of contention.", name, gaveUp));
            }
            if (processes) {
                // Code goes on getting faster, so both have turns by turns.
                one = 0;
                many = 0;
                for (int turn = 0; turn < TURNS; turn++) {
                    one += write(fresh.apply("one" + turn), 1, true, seconds).rows;
                    many += write(fresh.apply("many" + turn), most, true, seconds).rows;
                }
                report.target(
                        Report.format("%s: %d processes write %.0f %% of what one writes", name, most, 100 * GRACEFUL),
                        many >= GRACEFUL * one,
                        "%.0f %%",
                        100 * many / one);
            }
        }
    }

    private static Rate write(Supplier<ObjectStore> store, int writers, boolean processes, double seconds)
            throws InterruptedException {
        // What is folded meanwhile is measured on its own.
        Settings settings = Settings.defaults().withFoldRows(Integer.MAX_VALUE);
        List<Database> databases = new ArrayList<>();
        for (int i = 0; i < (processes ? writers : 1); i++) {
            databases.add(new Database(store.get(), settings));
        }
        try {
            databases.getFirst().create(COLLECTION, new Schema(DIMENSION, Metric.COSINE, null));
            AtomicLong rows = new AtomicLong();
            List<Collection> collections =
                    databases.stream().map(d -> d.collection(COLLECTION)).toList();
            long begin = System.nanoTime() + (long) (seconds * 0.3e9);
            long end = begin + (long) (seconds * 1e9);
            List<Thread> threads = new ArrayList<>();
            AtomicInteger gaveUp = new AtomicInteger();
            AtomicLong first = new AtomicLong(Long.MAX_VALUE);
            AtomicLong last = new AtomicLong();
            for (int w = 0; w < writers; w++) {
                Collection c = collections.get(processes ? w : 0);
                SplittableRandom random = new SplittableRandom(w);
                int writer = w;
                threads.add(Thread.ofPlatform().start(() -> {
                    AtomicInteger n = new AtomicInteger();
                    while (System.nanoTime() < end) {
                        long sequence;
                        try {
                            sequence = c.apply(batch(writer, n, random));
                        } catch (CommitContentionException e) {
                            gaveUp.incrementAndGet();
                            continue;
                        }
                        long now = System.nanoTime();
                        if (now >= begin && now < end) {
                            rows.addAndGet(ROWS);
                            first.accumulateAndGet(sequence, Math::min);
                            last.accumulateAndGet(sequence, Math::max);
                        }
                    }
                }));
            }
            for (Thread t : threads) {
                t.join();
            }
            return new Rate(Math.max(0, last.get() - first.get() + 1) / seconds, rows.get() / seconds, gaveUp.get());
        } finally {
            databases.forEach(Database::close);
        }
    }

    private static Batch batch(int writer, AtomicInteger n, SplittableRandom random) {
        Batch.Builder batch = Batch.builder();
        for (int i = 0; i < ROWS; i++) {
            batch.upsert(record("w" + writer + "-" + n.getAndIncrement(), random));
        }
        return batch.build();
    }

    private static Record record(String id, SplittableRandom random) {
        float[] x = new float[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            x[i] = random.nextFloat() - 0.5f;
        }
        return new Record(id, x, "The text of a passage, as short as that.", Map.of("n", random.nextInt(100)));
    }

    /** One process, a batch every simulated second, that folds and collects whenever it is due. */
    private static void amplification(int batches, Report report) {
        Main.progress("folding and collecting over %,d batches ...", batches);
        Instant[] now = {Instant.ofEpochSecond(1_800_000_000)};
        MemoryStore memory = new MemoryStore(() -> now[0]);
        Settings settings = Settings.defaults().withClock(() -> now[0]).withGrace(Duration.ofMinutes(10));
        SplittableRandom random = new SplittableRandom(1);
        long given = 0;
        long stored = 0;
        try (Database database = new Database(memory, settings)) {
            Collection c = database.create("long", new Schema(DIMENSION, Metric.COSINE, null));
            int ids = batches * ROWS / 4;
            for (int b = 0; b < batches; b++) {
                Batch.Builder batch = Batch.builder();
                for (int i = 0; i < ROWS; i++) {
                    String id = "r" + random.nextInt(ids);
                    if (random.nextInt(10) == 0) {
                        batch.delete(id);
                        given += id.length();
                    } else {
                        Record r = record(id, random);
                        batch.upsert(r);
                        given += id.length() + 4L * DIMENSION + r.text().length() + 3;
                    }
                }
                c.apply(batch.build());
                c.maintain();
                now[0] = now[0].plusSeconds(1);
            }
            Collection.Statistics s = c.statistics(Consistency.STRONG);
            stored = memory.list("", "").stream()
                    .mapToLong(ObjectStore.Listed::size)
                    .sum();
            Meter.Count cold;
            long live;
            try (Database reader = new Database(memory, settings)) {
                live = reader.collection("long").statistics(Consistency.STRONG).records();
                cold = reader.meter().count();
            }
            report.paragraph(
                    """
                    Folding and collecting: %,d batches of %d operations (a tenth of them deletes) over %,d ids, one a second, a grace period of ten minutes. %,d records are left, in %d segments and %,d operations of the \
                    log. **Write amplification %.1f** (bytes put for each byte given), with every segment, deletion vector and manifest; storage is %.2f times the segments that are in use, the rest waits \
                    for the end of the grace period. **Read amplification**: a new process reads all %,d records with %d requests and %.2f bytes for each byte of the segments.""",
                    batches,
                    ROWS,
                    ids,
                    s.records(),
                    s.segments(),
                    s.logOperations(),
                    (double) database.meter().count().bytesWritten() / given,
                    (double) stored / s.segmentBytes(),
                    live,
                    cold.requests(),
                    (double) cold.bytesRead() / s.segmentBytes());
        }
    }
}
