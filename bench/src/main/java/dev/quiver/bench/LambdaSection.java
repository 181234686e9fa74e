package dev.quiver.bench;

import dev.quiver.bench.data.DataSets;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.S3Store;
import dev.quiver.infra.lambda.Answer;
import dev.quiver.infra.lambda.Instance;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.s3.S3Emulator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipFile;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** The package that is deployed, under a stand-in for Lambda: from the start of the process to the first answer, and what a warm request takes. */
final class LambdaSection implements Section {
    private static final String BUCKET = "quiver-bench";
    private static final int FIRST_BYTE_MILLIS = 30;
    private static final int[] ROWS = {0, 10_000, 100_000, Integer.MAX_VALUE};

    /** One processor, and 0.29 of one. */
    private static final int[] SIZES = {1769, 512};

    private static final String SENTENCE =
            "{\"inputs\":[{\"text\":\"how do I roll back a deployment that went wrong?\"}]}";

    private static final int MOST_MEMORY = 10_240;
    private static final int TRAINING = 20;
    private static final int WARM = 200;
    private static final double MOST_INIT = 150;
    private static final double MOST_RESIDENT = 60;

    @Override
    public String name() {
        return "lambda";
    }

    @Override
    public String title() {
        return "Lambda";
    }

    /** What a package is measured as. */
    private enum Kind {
        NATIVE("native", true),
        JVM("JVM", false),
        AOT("JVM, AOT cache", false);

        private final String title;
        private final boolean allSizes;

        Kind(String title, boolean allSizes) {
            this.title = title;
            this.allSizes = allSizes;
        }

        /** A JVM takes too long at the smaller ones to be asked there. */
        private int[] sizes() {
            return allSizes ? SIZES : new int[] {SIZES[0]};
        }
    }

    /** @param code a zip, or a folder that has been unpacked */
    private record Measured(Kind kind, Path code) {}

    /** @param total milliseconds from the start of the process to the answer */
    private record Cold(double init, double total, double memory) {}

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        List<Path> packages = options.packages().isEmpty()
                ? List.of(options.home().resolve("functions/lambda-api/target/function.zip"))
                : options.packages();
        for (Path zip : packages) {
            if (!Files.exists(zip)) {
                report.paragraph(
                        "Not measured: there is no package %s. Make it with `./quiver package --native`.", zip);
                return;
            }
        }
        System.setProperty(
                S3Emulator.LIB_PROPERTY,
                options.home().resolve("infra/s3-emulator/target/lib").toString());
        Path client = options.home().resolve("infra/lambda-runtime/target/ric");
        System.setProperty("quiver.lambdaruntime.ric", client.toString());
        List<String> sizes = new ArrayList<>();
        for (Path zip : packages) {
            sizes.add(Report.format(
                    "%s (%,d MB zipped, %,d MB unpacked)",
                    isImage(zip) ? "a native image" : "for the JVM",
                    Files.size(zip) / 1_000_000,
                    unpacked(zip) / 1_000_000));
        }
        report.paragraph("""
                The package for the HTTP API: %s, under the stand-in for Lambda of `infra/lambda-runtime`, held to the share of a processor that its memory size has \
                (cgroup quota in periods of 100 ms), over the S3 emulator with %d ms to the first byte of every answer. A request asks for the 10 nearest of a GloVe vector. Cold: a new process each time; the download of the package and the start of \
                the micro-VM, which Lambda adds, are not in it. Medians of %d. With an AOT cache the JVM is started by a runtime of one's own, for Lambda's cannot take one.""", String.join(" and ", sizes), FIRST_BYTE_MILLIS, colds(options));
        try (S3Emulator s3 = S3Emulator.startDistant(FIRST_BYTE_MILLIS, BUCKET);
                TemporaryFolder folder = new TemporaryFolder()) {
            List<Measured> all = new ArrayList<>();
            for (Path zip : packages) {
                if (isImage(zip)) {
                    all.add(new Measured(Kind.NATIVE, zip));
                } else {
                    all.add(new Measured(Kind.JVM, zip));
                    AotCache.unpack(zip, client, folder.path());
                    all.add(new Measured(Kind.AOT, folder.path()));
                }
            }
            measure(options, report, all, s3);
        }
    }

    private static int colds(Options options) {
        return options.quick() ? 5 : 20;
    }

    private static void measure(Options options, Report report, List<Measured> packages, S3Emulator s3)
            throws IOException, InterruptedException {
        List<List<String>> table = new ArrayList<>();
        Cold empty = null;
        Cold full = null;
        boolean trained = false;
        for (int rows : ROWS) {
            float[] query = new float[100];
            query[0] = 1;
            int count = 0;
            if (rows > 0) {
                VectorSet set;
                try {
                    set = DataSets.GLOVE.load(rows, text -> Main.progress("%s", text));
                } catch (UnavailableException e) {
                    report.paragraph("With vectors not measured: they could not be had: %s.", e.getMessage());
                    break;
                }
                count = set.rows().length;
                query = set.heldOut().vectors()[0];
                fill(s3, "rows-" + count, set);
            } else {
                fill(s3, "rows-0", null);
            }
            String event = event(
                    "query",
                    "{\"collection\":\"rows-" + count + "\",\"vector\":" + Arrays.toString(query) + ",\"topK\":10}");
            for (Measured m : packages) {
                if (!m.kind.allSizes && rows != 0 && rows != Integer.MAX_VALUE) {
                    continue;
                }
                if (m.kind == Kind.AOT && !trained) {
                    train(m.code, event, s3);
                    trained = true;
                }
                for (int size : m.kind.sizes()) {
                    Main.progress("%s, %,d rows, %d MB ...", m.kind.title, count, size);
                    try (LambdaRuntime lambda = LambdaRuntime.start(function(m.code, size, s3))) {
                        ask(lambda, event);
                        Cold cold = cold(lambda, event, colds(options));
                        double[] warm = warm(lambda, event);
                        table.add(List.of(
                                Report.format("%s, %,d rows, %,d MB", m.kind.title, count, size),
                                Report.format("%.0f", cold.init),
                                Report.format("%.0f", cold.total),
                                Report.format("%.0f", cold.memory),
                                Report.format("%.1f", warm[0]),
                                Report.format("%.1f", warm[1])));
                        if (m.kind == Kind.NATIVE && size == SIZES[0]) {
                            empty = empty == null ? cold : empty;
                            full = cold;
                        }
                    }
                }
            }
        }
        report.table(
                List.of(
                        "package, index, function",
                        "init, ms",
                        "start to first answer, ms",
                        "peak memory, MB",
                        "warm p50, ms",
                        "warm p99, ms"),
                table);
        embedding(options, report, packages, s3);
        if (full == null) {
            return;
        }
        report.target(
                Report.format("native init without an index: at most %.0f ms", MOST_INIT),
                empty.init <= MOST_INIT,
                "%.0f ms",
                empty.init);
        double trips = (full.total - full.init) / FIRST_BYTE_MILLIS;
        report.target(
                "first answer over 340k vectors: init and at most 4 round trips", trips <= 4, "init and %.1f", trips);
        Path zip =
                packages.stream().filter(m -> m.kind == Kind.NATIVE).findFirst().orElseThrow().code;
        try (LambdaRuntime lambda = LambdaRuntime.start(function(zip, SIZES[0], s3))) {
            Instance idle = lambda.provision();
            double resident = idle.residentBytes() / 1e6;
            report.target(
                    Report.format("resident memory of an idle native function: at most %.0f MB", MOST_RESIDENT),
                    resident <= MOST_RESIDENT,
                    "%.0f MB",
                    resident);
        }
    }

    /** What a first text costs: libraries are unpacked (on a JVM), loaded, and a session made for the model. */
    private static void embedding(Options options, Report report, List<Measured> packages, S3Emulator s3)
            throws InterruptedException {
        String event = event("embed", SENTENCE);
        List<List<String>> table = new ArrayList<>();
        for (Measured m : packages) {
            for (int size : m.kind.sizes()) {
                Main.progress("%s, embedding, %d MB ...", m.kind.title, size);
                try (LambdaRuntime lambda = LambdaRuntime.start(function(m.code, size, s3))) {
                    ask(lambda, event);
                    Cold cold = cold(lambda, event, colds(options));
                    double[] warm = warm(lambda, event);
                    table.add(List.of(
                            Report.format("%s, %,d MB", m.kind.title, size),
                            Report.format("%.0f", cold.total),
                            Report.format("%.0f", cold.memory),
                            Report.format("%.1f", warm[0]),
                            Report.format("%.1f", warm[1])));
                }
            }
        }
        report.paragraph(
                "`embed` of one sentence of nine words by all-MiniLM-L6-v2 in the process; a query that brings its vector pays nothing for it.");
        report.table(
                List.of(
                        "package, function",
                        "start to first answer, ms",
                        "peak memory, MB",
                        "warm p50, ms",
                        "warm p99, ms"),
                table);
    }

    /** A process that has answered some requests writes the cache as it ends. */
    private static void train(Path folder, String event, S3Emulator s3) throws InterruptedException {
        Main.progress("making the AOT cache ...");
        LambdaFunction function = builder(folder, MOST_MEMORY, s3).freeze(false).build();
        try (LambdaRuntime lambda = LambdaRuntime.start(function)) {
            for (int i = 0; i < TRAINING; i++) {
                ask(lambda, event);
                ask(lambda, event("embed", SENTENCE));
            }
            AotCache.write(
                    folder, lambda.environments().stream().map(Instance::pid).toList());
        }
    }

    private static LambdaFunction function(Path code, int memory, S3Emulator s3) {
        return builder(code, memory, s3).build();
    }

    private static LambdaFunction.Builder builder(Path code, int memory, S3Emulator s3) {
        return LambdaFunction.of(code)
                .handler("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest")
                .memoryMb(memory)
                .timeout(Duration.ofMinutes(2))
                .initLimit(Duration.ofMinutes(1))
                .credentials(s3.accessKey(), s3.secretKey())
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUIVER_DATA", "s3://" + BUCKET + "/collections")
                .environment("QUIVER_S3_ENDPOINT", s3.endpoint().toString())
                .environment("QUIVER_S3_PATH_STYLE", "true");
    }

    private static Cold cold(LambdaRuntime lambda, String event, int times) {
        List<Double> inits = new ArrayList<>();
        List<Double> totals = new ArrayList<>();
        double memory = 0;
        for (int i = 0; i < times; i++) {
            lambda.recycle();
            var r = ask(lambda, event).report();
            inits.add(r.init().orElseThrow().toNanos() / 1e6);
            totals.add(r.total().toNanos() / 1e6);
            memory = Math.max(memory, r.maxMemoryBytes() / 1e6);
        }
        return new Cold(quantile(inits, 0.5), quantile(totals, 0.5), memory);
    }

    /** After what streams in has come. */
    private static double[] warm(LambdaRuntime lambda, String event) throws InterruptedException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < 2 * WARM; i++) {
            double took = ask(lambda, event).report().duration().toNanos() / 1e6;
            if (i >= WARM) {
                millis.add(took);
            }
        }
        return new double[] {quantile(millis, 0.5), quantile(millis, 0.99)};
    }

    private static Answer ask(LambdaRuntime lambda, String event) {
        Answer a = lambda.invoke(event.getBytes(StandardCharsets.UTF_8));
        if (a.functionError().isPresent() || !a.text().contains("\"statusCode\":200")) {
            throw new IllegalStateException("The function answered " + a.text() + "\n" + a.logs());
        }
        return a;
    }

    private static double quantile(List<Double> values, double q) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, (int) (q * sorted.size())));
    }

    private static String event(String operation, String body) {
        return """
                {"version": "2.0", "routeKey": "POST /{operation+}", "rawPath": "/%1$s", "rawQueryString": "",
                 "headers": {"content-type": "application/json", "host": "example.com"},
                 "requestContext": {"accountId": "123456789012", "apiId": "api", "domainName": "example.com", "stage": "$default",
                   "http": {"method": "POST", "path": "/%1$s", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"},
                   "requestId": "id", "routeKey": "POST /{operation+}", "time": "23/Nov/2026:12:00:00 +0000", "timeEpoch": 1795435200000},
                 "body": "%2$s", "isBase64Encoded": false}""".formatted(operation, body.replace("\"", "\\\""));
    }

    /** @param set null for an empty collection */
    private static void fill(S3Emulator s3, String name, VectorSet set) {
        S3Client client = S3Client.builder()
                .endpointOverride(s3.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create(s3.accessKey(), s3.secretKey())))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        try (Database database = new Database(new S3Store(client, BUCKET, "collections/"), Settings.defaults())) {
            var collection = database.create(
                    name, new Schema(100, set == null ? dev.quiver.index.vector.Metric.COSINE : set.metric(), null));
            if (set != null) {
                collection.load(records(set));
                // Folds the commit that a load begins with, so that only segment and manifest are left.
                collection.compact();
            }
        }
    }

    private static Iterator<Record> records(VectorSet set) {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < set.rows().length;
            }

            @Override
            public Record next() {
                int row = next++;
                return new Record(
                        "row-" + row, set.rows()[row], "The text of a passage, as short as that.", Map.of("row", row));
            }
        };
    }

    private static boolean isImage(Path zip) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            return file.getEntry("bootstrap") != null;
        }
    }

    private static long unpacked(Path zip) throws IOException {
        try (ZipFile file = new ZipFile(zip.toFile())) {
            return file.stream().mapToLong(e -> e.getSize()).sum();
        }
    }
}
