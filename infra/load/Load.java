import java.io.BufferedReader;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts records into a collection, asks it by many clients at once, and says how fast that was. The one idea: one file
 * and nothing but the JDK, so that it runs wherever Quiver does, against whatever speaks Quiver's API.
 */
public final class Load {

    private static final String USAGE = """
            Usage: java infra/load/Load.java --url URL [options]
              --url URL           the server, a function URL, an HTTP API, or the stand-in for Lambda
              --key KEY           an API key (default: the environment variable QUIVER_KEY, if it is set)
              --header 'NAME: V'  sent with each request, say a token; may be given again
              --collection NAME   default: a new one, which is deleted in the end
              --keep              does not delete the new one
            records
              --records N         how many (default 10000, or all of the file; 0: none, then --collection must be there)
              --file FILE         NDJSON as './quiver export' writes it, instead of random vectors
              --dimension N       of the random vectors (default 384)
              --seed N            of the random vectors (default 1)
              --batch N           records a request (default 200)
              --writers N         clients that upsert (default 2)
            queries
              --clients N         clients that query (default 8)
              --rate N            queries a second, of all clients together (default: as many as are answered)
              --duration SECONDS  for how long (default 10; 0: no queries)
              --warm-up SECONDS   queries before that, which are not counted (default 2)
              --query JSON        more fields for each query, such as '{"accuracy": 0.99, "filter": {"n": {"$lt": 5}}}'
              --top-k N           default 10
              --timeout SECONDS   after which a request has failed (default 60)
            It ends with 0 if every request succeeded, with 1 if not, and with 2 if an option is wrong.""";

    /** Real vectors lie in heaps; so do these. */
    private static final int HEAPS = 100;

    /** Different queries; they come again. */
    private static final int QUERIES = 1000;

    private static final Pattern VECTOR = Pattern.compile("\"vector\"\\s*:\\s*(\\[[^\\]]*\\])");
    private static final Pattern TEXT = Pattern.compile("\"text\"\\s*:\\s*(\"(?:[^\"\\\\]|\\\\.)*+\")");
    private static final Pattern ID = Pattern.compile("\"id\"\\s*:\\s*(\"(?:[^\"\\\\]|\\\\.)*+\")");
    private static final Pattern PROBLEM = Pattern.compile("\"type\"\\s*:\\s*\"urn:quiver:problem:([^\"]+)\"");
    private static final Pattern DETAIL = Pattern.compile("\"detail\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\.)*+)\"");

    private final Options options;
    private final HttpClient http;
    private final AtomicBoolean mustDelete = new AtomicBoolean();

    private Load(Options options) {
        this.options = options;
        this.http = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1) // so that each client is a connection
                .connectTimeout(options.timeout)
                .executor(Executors.newVirtualThreadPerTaskExecutor())
                .build();
    }

    public static void main(String[] args) throws InterruptedException {
        Options options;
        try {
            options = Options.parse(args);
        } catch (IllegalArgumentException e) {
            System.err.println("load: " + e.getMessage() + System.lineSeparator() + USAGE);
            System.exit(2);
            return;
        }
        try {
            System.exit(new Load(options).run() ? 0 : 1);
        } catch (Stop e) {
            System.err.println("load: " + e.getMessage());
            System.exit(1);
        }
    }

    /** The reason why there is nothing more to do. */
    private static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1;

        Stop(String message) {
            super(message);
        }
    }

    private boolean run() throws InterruptedException {
        boolean there = isThere();
        if (options.records == 0 && !there) {
            throw new Stop("there is no collection '" + options.collection + "' at " + options.url
                    + ". Name one that is there by --collection, or leave --records 0 out.");
        }
        List<byte[]> queries = options.duration == 0 ? List.of() : queries();
        if (!there && !options.keep && !options.isNamed) {
            mustDelete.set(true);
            Runtime.getRuntime().addShutdownHook(new Thread(this::delete)); // also if it is interrupted
        }
        System.out.printf(
                "%s, collection %s%s%n",
                options.url, options.collection, mustDelete.get() ? ", which is deleted in the end" : "");
        boolean good = true;
        if (options.records > 0) {
            good = upsert();
        }
        if (options.duration > 0) {
            good &= query(queries);
        }
        return delete() && good;
    }

    /** Asks what a wrong address, a wrong key and a server of another kind all answer otherwise. */
    private boolean isThere() {
        Answer answer = send("collections/describe", bytes("{\"name\":\"" + options.collection + "\"}"));
        if (answer.isGood() || answer.kind.equals("404 collection-not-found")) {
            return answer.isGood();
        }
        throw new Stop((answer.isLost() ? "cannot reach " : "not let in, or this is not Quiver: ") + options.url + ": "
                + answer.kind + (answer.detail.isEmpty() ? "" : "\n  " + answer.detail));
    }

    private boolean delete() {
        if (!mustDelete.getAndSet(false)) {
            return true;
        }
        Answer answer = send("collections/delete", bytes("{\"name\":\"" + options.collection + "\"}"));
        if (!answer.isGood() && !answer.kind.equals("404 collection-not-found")) {
            System.err.println("load: the collection " + options.collection + " is still there: " + answer.kind + " "
                    + answer.detail);
            return false;
        }
        return true;
    }

    // --- upsert ---

    private boolean upsert() throws InterruptedException {
        var times = new Times();
        var records = new AtomicLong();
        var sent = new AtomicLong();
        long begin = System.nanoTime();
        try (Records source = Records.of(options)) {
            String create = source.create();
            inParallel(
                    options.writers,
                    () -> {
                        for (List<String> batch = source.next(options.batch);
                                !batch.isEmpty();
                                batch = source.next(options.batch)) {
                            byte[] body = bytes("{\"collection\":\"" + options.collection + "\",\"create\":" + create
                                    + ",\"records\":[" + String.join(",", batch) + "]}");
                            long start = System.nanoTime();
                            Answer answer = send("upsert", body);
                            times.add(answer, System.nanoTime() - start);
                            if (answer.isGood()) {
                                records.addAndGet(batch.size());
                                sent.addAndGet(body.length);
                            }
                        }
                    },
                    () -> System.err.printf(Locale.ROOT, "  %,d records …%n", records.get()));
        } catch (IOException e) {
            throw new Stop("cannot read " + options.file + ": " + e.getMessage());
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%nupsert  %,d records, %d a request, %d clients, %.1f s%n",
                records.get(),
                options.batch,
                options.writers,
                seconds);
        System.out.printf(
                Locale.ROOT,
                "        %,.0f records/s, %.1f requests/s, %.1f MB/s%n",
                records.get() / seconds,
                times.good() / seconds,
                sent.get() / 1e6 / seconds);
        times.print();
        if (records.get() == 0) {
            throw new Stop("no record arrived, so there is nothing to ask.");
        }
        return times.failed() == 0;
    }

    // --- query ---

    private boolean query(List<byte[]> queries) throws InterruptedException {
        if (options.warmUp > 0) {
            ask(queries, options.warmUp, new Times());
        }
        var times = new Times();
        long begin = System.nanoTime();
        long notSent = ask(queries, options.duration, times);
        // With a rate the last one is answered before the time is over.
        double seconds = Math.max(options.duration, (System.nanoTime() - begin) / 1e9);
        System.out.printf(
                Locale.ROOT,
                "%nquery   top %d, %d clients, %s, %.1f s%n",
                options.topK,
                options.clients,
                options.rate == 0 ? "one after the other" : String.format(Locale.ROOT, "%,.0f/s", options.rate),
                seconds);
        System.out.printf(Locale.ROOT, "        %,.1f queries/s%n", times.good() / seconds);
        times.print();
        if (notSent > 0) {
            System.out.printf(
                    Locale.ROOT,
                    "        %,d were not sent in time, since all clients waited: more --clients, or a lower --rate%n",
                    notSent);
        }
        return times.failed() == 0;
    }

    /**
     * With a rate each query has a moment when it is due, and its time counts from there: a server that stands still
     * for a second makes all that were due in it slow, not only those that waited for its answer.
     *
     * @return how many were due and not sent
     */
    private long ask(List<byte[]> queries, double seconds, Times times) throws InterruptedException {
        long begin = System.nanoTime();
        long end = begin + (long) (seconds * 1e9);
        var next = new AtomicLong();
        inParallel(
                options.clients,
                () -> {
                    while (true) {
                        long number = next.getAndIncrement();
                        long due = options.rate == 0 ? 0 : begin + (long) (number * 1e9 / options.rate);
                        if (Math.max(due, System.nanoTime()) >= end) {
                            next.getAndDecrement();
                            return;
                        }
                        sleepUntil(due);
                        long start = options.rate == 0 ? System.nanoTime() : due;
                        Answer answer = send("query", queries.get((int) (number % queries.size())));
                        times.add(answer, System.nanoTime() - start);
                        if (answer.isLost()) {
                            sleepUntil(System.nanoTime() + 100_000_000); // nobody there: not a million times a second
                        }
                    }
                },
                () -> {});
        return options.rate == 0 ? 0 : Math.max(0, (long) (seconds * options.rate) - next.get());
    }

    private static void sleepUntil(long nanoTime) {
        long nanos = nanoTime - System.nanoTime();
        if (nanos > 0) {
            try {
                Thread.sleep(Duration.ofNanos(nanos));
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private List<byte[]> queries() {
        var bodies = new ArrayList<byte[]>();
        String head = "{\"collection\":\"" + options.collection + "\",\"topK\":" + options.topK
                + (options.query.isEmpty() ? "" : "," + options.query) + ",";
        if (options.file == null) {
            var vectors = new Vectors(options);
            for (int i = 0; i < QUERIES; i++) {
                // Others than the records', of the same kind.
                bodies.add(bytes(head + "\"vector\":" + vectors.json(-1 - i) + "}"));
            }
            return bodies;
        }
        try (BufferedReader lines = Files.newBufferedReader(options.file)) {
            for (String line = lines.readLine(); line != null && bodies.size() < QUERIES; line = lines.readLine()) {
                if (!line.isBlank()) {
                    bodies.add(bytes(head + like(line) + "}"));
                }
            }
        } catch (IOException e) {
            throw new Stop("cannot read " + options.file + ": " + e);
        }
        if (bodies.isEmpty()) {
            throw new Stop(options.file + " is empty.");
        }
        return bodies;
    }

    /** What asks for a record like this one. */
    private static String like(String record) {
        for (var field : List.of(Map.entry("vector", VECTOR), Map.entry("text", TEXT), Map.entry("id", ID))) {
            Matcher matcher = field.getValue().matcher(record);
            if (matcher.find()) {
                return "\"" + field.getKey() + "\":" + matcher.group(1);
            }
        }
        throw new Stop("a line of the file is no record, it has no \"vector\", \"text\" or \"id\": "
                + record.substring(0, Math.min(100, record.length())));
    }

    // --- requests ---

    /** @param kind the status, and which problem it was; or what there was instead of an answer */
    private record Answer(String kind, String detail) {
        boolean isGood() {
            return kind.startsWith("2");
        }

        boolean isLost() {
            return !Character.isDigit(kind.charAt(0));
        }
    }

    private Answer send(String operation, byte[] body) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(options.url + "/" + operation))
                .timeout(options.timeout)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        options.headers.forEach(request::header);
        try {
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            String status = Integer.toString(response.statusCode());
            if (response.statusCode() / 100 == 2) {
                return new Answer(status, "");
            }
            String text = new String(response.body(), StandardCharsets.UTF_8).strip();
            Matcher problem = PROBLEM.matcher(text);
            Matcher detail = DETAIL.matcher(text);
            return new Answer(
                    problem.find() ? status + " " + problem.group(1) : status,
                    detail.find() ? detail.group(1) : text.substring(0, Math.min(400, text.length())));
        } catch (HttpTimeoutException e) {
            return new Answer("no answer in " + options.timeout.toSeconds() + " s", "");
        } catch (ConnectException e) {
            return new Answer("no connection", "Is a server running there?");
        } catch (IOException e) {
            return new Answer("connection lost", String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void inParallel(int clients, Runnable client, Runnable everyFiveSeconds) throws InterruptedException {
        var failure = new Throwable[1];
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < clients; i++) {
            threads.add(Thread.ofVirtual()
                    .uncaughtExceptionHandler((thread, e) -> failure[0] = e)
                    .start(client));
        }
        for (Thread thread : threads) {
            while (!thread.join(Duration.ofSeconds(5))) {
                everyFiveSeconds.run();
            }
        }
        if (failure[0] instanceof Stop stop) {
            throw stop;
        } else if (failure[0] != null) {
            throw new IllegalStateException(failure[0]);
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** How long each good answer took, and how many there were of each kind. */
    private static final class Times {
        private long[] nanos = new long[1024];
        private int good;
        private final Map<String, Integer> kinds = new TreeMap<>();
        private final Map<String, String> details = new TreeMap<>();

        synchronized void add(Answer answer, long took) {
            kinds.merge(answer.kind, 1, Integer::sum);
            if (!answer.isGood()) {
                details.putIfAbsent(answer.kind, answer.detail);
                return;
            }
            if (good == nanos.length) {
                nanos = Arrays.copyOf(nanos, 2 * good);
            }
            nanos[good++] = took;
        }

        synchronized int good() {
            return good;
        }

        synchronized int failed() {
            return kinds.values().stream().mapToInt(Integer::intValue).sum() - good;
        }

        synchronized void print() {
            Arrays.sort(nanos, 0, good);
            if (good > 0) {
                System.out.printf(
                        Locale.ROOT,
                        "        p50 %s   p90 %s   p99 %s   longest %s%n",
                        millis(0.5),
                        millis(0.9),
                        millis(0.99),
                        millis(1));
            }
            kinds.forEach((kind, count) -> {
                System.out.printf(Locale.ROOT, "        %s: %,d%n", kind, count);
                if (!details.getOrDefault(kind, "").isEmpty()) {
                    System.out.println("            " + details.get(kind));
                }
            });
        }

        /** The smallest time that this share of the answers did not exceed. */
        private String millis(double share) {
            int rank = Math.max(1, (int) Math.ceil(share * good));
            return String.format(Locale.ROOT, "%.1f ms", nanos[rank - 1] / 1e6);
        }
    }

    // --- records ---

    /** Records as JSON, batch by batch, for whichever client asks next. */
    private abstract static class Records implements AutoCloseable {
        private final long most;
        private long given;

        Records(long most) {
            this.most = most;
        }

        static Records of(Options options) throws IOException {
            return options.file == null ? new RandomRecords(options) : new FileRecords(options);
        }

        /** With what the collection is made if it is not there. */
        abstract String create();

        /** Null after the last one. */
        abstract String record(long number) throws IOException;

        final synchronized List<String> next(int size) {
            var batch = new ArrayList<String>(size);
            try {
                while (batch.size() < size && given < most) {
                    String record = record(given);
                    if (record == null) {
                        break;
                    }
                    batch.add(record);
                    given++;
                }
            } catch (IOException e) {
                throw new Stop("cannot read the file: " + e);
            }
            return batch;
        }

        @Override
        public void close() throws IOException {}
    }

    private static final class RandomRecords extends Records {
        private final Vectors vectors;
        private final int dimension;

        RandomRecords(Options options) {
            super(options.records);
            this.vectors = new Vectors(options);
            this.dimension = options.dimension;
        }

        @Override
        String create() {
            return "{\"dimension\":" + dimension + "}";
        }

        @Override
        String record(long number) {
            return "{\"id\":\"" + number + "\",\"vector\":" + vectors.json(number) + ",\"attributes\":{\"n\":"
                    + number % 100 + "}}";
        }
    }

    private static final class FileRecords extends Records {
        private final BufferedReader lines;
        private final String create;
        private String ahead;

        FileRecords(Options options) throws IOException {
            super(options.records);
            this.lines = Files.newBufferedReader(options.file);
            this.ahead = line();
            Matcher vector = VECTOR.matcher(ahead == null ? "" : ahead);
            // Without vectors the server's model embeds the texts.
            this.create = vector.find()
                    ? "{\"dimension\":" + vector.group(1).split(",").length + "}"
                    : "{}";
        }

        @Override
        String create() {
            return create;
        }

        @Override
        String record(long number) throws IOException {
            String record = ahead;
            ahead = line();
            return record;
        }

        /** Null after the last one. */
        private String line() throws IOException {
            String line = lines.readLine();
            while (line != null && line.isBlank()) {
                line = lines.readLine();
            }
            return line;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    /** Random vectors around some centres, the same ones for the same seed and number. */
    private static final class Vectors {
        private final float[][] centres = new float[HEAPS][];
        private final long seed;
        private final int dimension;

        Vectors(Options options) {
            this.seed = options.seed;
            this.dimension = options.dimension;
            for (int i = 0; i < HEAPS; i++) {
                var random = new SplittableRandom(seed ^ Long.MIN_VALUE + i);
                centres[i] = new float[dimension];
                for (int j = 0; j < dimension; j++) {
                    centres[i][j] = (float) random.nextGaussian();
                }
            }
        }

        String json(long number) {
            var random = new SplittableRandom(seed * 1_000_003 + number);
            float[] centre = centres[random.nextInt(HEAPS)];
            var text = new StringBuilder(8 * dimension).append('[');
            for (int j = 0; j < dimension; j++) {
                // Three digits after the point are enough, and half of the bytes.
                text.append(j == 0 ? "" : ",")
                        .append(Math.round((centre[j] + random.nextGaussian() / 2) * 1000) / 1000f);
            }
            return text.append(']').toString();
        }
    }

    // --- options ---

    private static final class Options {
        private String url;
        private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private String collection;
        private boolean isNamed;
        private boolean keep;
        private long records = -1;
        private Path file;
        private int dimension = 384;
        private long seed = 1;
        private int batch = 200;
        private int writers = 2;
        private int clients = 8;
        private double rate;
        private double duration = 10;
        private double warmUp = 2;
        private String query = "";
        private int topK = 10;
        private Duration timeout = Duration.ofSeconds(60);

        static Options parse(String[] args) {
            var options = new Options();
            String key = System.getenv("QUIVER_KEY");
            var rest = new ArrayDeque<>(List.of(args));
            while (!rest.isEmpty()) {
                String name = rest.remove();
                if (name.equals("--keep")) {
                    options.keep = true;
                    continue;
                }
                if (!USAGE.contains("\n  " + name + " ")) {
                    throw new IllegalArgumentException("there is no option " + name + ".");
                }
                if (rest.isEmpty()) {
                    throw new IllegalArgumentException(name + " needs a value.");
                }
                String value = rest.remove();
                switch (name) {
                    case "--url" -> options.url = url(value);
                    case "--key" -> key = value;
                    case "--header" -> options.header(value);
                    case "--collection" -> options.collection = collection(value);
                    case "--records" -> options.records = whole(name, value, 0);
                    case "--file" -> options.file = file(value);
                    case "--dimension" -> options.dimension = (int) whole(name, value, 1);
                    case "--seed" -> options.seed = whole(name, value, Long.MIN_VALUE);
                    case "--batch" -> options.batch = (int) whole(name, value, 1);
                    case "--writers" -> options.writers = (int) whole(name, value, 1);
                    case "--clients" -> options.clients = (int) whole(name, value, 1);
                    case "--rate" -> options.rate = number(name, value, 0.001);
                    case "--duration" -> options.duration = number(name, value, 0);
                    case "--warm-up" -> options.warmUp = number(name, value, 0);
                    case "--query" -> options.query = fields(value);
                    case "--top-k" -> options.topK = (int) whole(name, value, 1);
                    case "--timeout" -> options.timeout = Duration.ofSeconds(whole(name, value, 1));
                    default -> throw new IllegalStateException(name);
                }
            }
            if (options.url == null) {
                throw new IllegalArgumentException("--url is missing.");
            }
            if (key != null && !key.isBlank()) {
                options.headers.putIfAbsent("Authorization", "Bearer " + key.strip());
            }
            options.isNamed = options.collection != null;
            if (!options.isNamed) {
                if (options.records == 0) {
                    throw new IllegalArgumentException("--records 0 needs --collection, one that is there.");
                }
                options.collection =
                        "load-" + Integer.toHexString(ThreadLocalRandom.current().nextInt(0x1000000));
            }
            if (options.records < 0) {
                options.records = options.file == null ? 10_000 : Long.MAX_VALUE;
            }
            return options;
        }

        private static String url(String value) {
            try {
                URI uri = URI.create(value);
                if (List.of("http", "https").contains(String.valueOf(uri.getScheme())) && uri.getHost() != null) {
                    return value.replaceAll("/+$", "");
                }
            } catch (IllegalArgumentException e) {
                // said below
            }
            throw new IllegalArgumentException("--url begins with http:// or https:// and a host, not '" + value + "'.");
        }

        private void header(String value) {
            int colon = value.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("--header is 'NAME: VALUE', not '" + value + "'.");
            }
            String name = value.substring(0, colon).strip();
            String content = value.substring(colon + 1).strip();
            try {
                HttpRequest.newBuilder().header(name, content);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("--header: " + e.getMessage() + ".", e);
            }
            headers.put(name, content);
        }

        private static String collection(String value) {
            if (value.isBlank() || value.contains("\"") || value.contains("\\")) {
                throw new IllegalArgumentException("--collection is the name of a collection, not '" + value + "'.");
            }
            return value;
        }

        private static Path file(String value) {
            Path path = Path.of(value);
            if (!Files.isReadable(path) || Files.isDirectory(path)) {
                throw new IllegalArgumentException("--file: there is no file '" + value + "' that can be read.");
            }
            return path;
        }

        private static String fields(String value) {
            String object = value.strip();
            if (!object.startsWith("{") || !object.endsWith("}")) {
                throw new IllegalArgumentException("--query is a JSON object, not '" + value + "'.");
            }
            return object.substring(1, object.length() - 1).strip();
        }

        private static long whole(String name, String value, long least) {
            try {
                long number = Long.parseLong(value);
                if (number >= least && (name.equals("--records") || name.equals("--seed") || number <= 1_000_000)) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException(name + " is a whole number"
                    + (least > Long.MIN_VALUE ? ", " + least + " or more" : "") + ", not '" + value + "'.");
        }

        private static double number(String name, String value, double least) {
            try {
                double number = Double.parseDouble(value);
                if (number >= least && number <= 1e6) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // said below
            }
            throw new IllegalArgumentException(
                    name + " is a number" + (least > 0 ? " above 0" : ", 0 or more") + ", not '" + value + "'.");
        }
    }
}
