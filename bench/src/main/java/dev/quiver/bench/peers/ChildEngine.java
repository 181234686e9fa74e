package dev.quiver.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.bench.data.Cache;
import dev.quiver.bench.data.Commands;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.VectorSet;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * An engine in a process of its own. It reads tasks from its standard input and writes answers to its standard output, each a line of JSON:
 *
 * <pre>
 * {"op": "load"}                                                     {}
 * {"op": "build", "rows": FILE, "metric": "cosine", "index": FOLDER} {"cpuMicros": N}
 * {"op": "open", as build, "count": ROWS, "dimension": N}            {}
 * {"op": "search", "queries": FILE, "count": N, "k": N, "effort": N, "share": N}
 *                                            {"ids": [[N, ...], ...], "cpuMicros": SUM, "wallMicros": SUM}
 * {"op": "resident"}                                                 {"bytes": N}
 * </pre>
 *
 * or {@code {"error": WORDS}} to any. A built index is kept in the cache, with what its build took.
 */
final class ChildEngine implements Engine {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BUILT = "built.json";

    /** Begins the id of an engine that is built anew each time, for its code changes. */
    static final String NEVER_KEPT = "new-";

    /** How a process is started, after whatever must be installed for it. */
    interface Launcher {
        List<String> command() throws IOException, InterruptedException;
    }

    /**
     * What is known of a peer.
     *
     * @param id names its index in the cache: other parameters need another
     */
    record Peer(String id, String name, String description, boolean filters, List<Integer> efforts) {}

    private final Peer peer;
    private final Launcher launcher;
    private final Path errors;
    private Process process;
    private BufferedReader answers;
    private VectorSet set;
    private boolean neverBuilt;

    ChildEngine(Peer peer, Launcher launcher) {
        this.peer = peer;
        this.launcher = launcher;
        this.errors = Cache.folder().resolve("logs").resolve(peer.id + ".log");
    }

    /** What is not in the cache is unavailable. */
    void neverBuild() {
        neverBuilt = true;
    }

    @Override
    public String name() {
        return peer.name;
    }

    @Override
    public String description() {
        return peer.description;
    }

    @Override
    public boolean filters() {
        return peer.filters;
    }

    @Override
    public List<Integer> efforts() {
        return peer.efforts;
    }

    @Override
    public Built open(VectorSet vectors) throws IOException, InterruptedException {
        set = vectors;
        Path index = Cache.folder()
                .resolve("indexes")
                .resolve(set.folder().getFileName())
                .resolve(peer.id);
        if (peer.id.startsWith(NEVER_KEPT) || !Files.exists(index.resolve(BUILT))) {
            if (neverBuilt && !peer.id.startsWith(NEVER_KEPT)) {
                throw new UnavailableException("its index has not been built here, and `--built-only` was given");
            }
            Path unfinished = index.resolveSibling(peer.id + ".unfinished");
            delete(unfinished);
            Files.createDirectories(unfinished);
            start();
            JsonNode built = ask(task("build").put("index", unfinished.toString()));
            close();
            Files.writeString(unfinished.resolve(BUILT), built + "\n");
            delete(index);
            Files.move(unfinished, index);
        }
        start();
        ask(task("open").put("index", index.toString()));
        JsonNode built = JSON.readTree(index.resolve(BUILT).toFile());
        try (Stream<Path> files = Files.walk(index)) {
            long bytes = files.filter(f -> Files.isRegularFile(f) && !f.endsWith(BUILT))
                    .mapToLong(f -> f.toFile().length())
                    .sum();
            return new Built(built.path("cpuMicros").asDouble() / 1e6, bytes);
        }
    }

    @Override
    public Answers search(int queries, int k, int effort, int share) throws IOException {
        ObjectNode task = task("search")
                .put("queries", set.folder().resolve("held-out.f32").toString())
                .put("count", queries)
                .put("k", k)
                .put("effort", effort);
        if (share < Buckets.COUNT) {
            task.put("share", share);
        }
        JsonNode answer = ask(task);
        int[][] rows = JSON.treeToValue(answer.path("ids"), int[][].class);
        return new Answers(
                rows,
                answer.path("cpuMicros").asDouble() / rows.length,
                answer.path("wallMicros").asDouble() / rows.length);
    }

    @Override
    public long residentBytes() throws IOException {
        return ask(task("resident")).path("bytes").asLong();
    }

    @Override
    public void close() throws IOException {
        if (process == null) {
            return;
        }
        process.getOutputStream().close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        answers.close();
        process = null;
    }

    private ObjectNode task(String operation) {
        return JSON.createObjectNode()
                .put("op", operation)
                .put("rows", set.folder().resolve("rows.f32").toString())
                .put("metric", set.metric().name().toLowerCase(Locale.ROOT))
                .put("count", set.rows().length)
                .put("dimension", set.dimension());
    }

    private void start() throws IOException, InterruptedException {
        Files.createDirectories(errors.getParent());
        List<String> command = new ArrayList<>(launcher.command());
        process = new ProcessBuilder(command).redirectError(errors.toFile()).start();
        answers = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        ask(task("load"));
    }

    private JsonNode ask(ObjectNode task) throws IOException {
        String line;
        try {
            process.getOutputStream().write((task + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            line = answers.readLine();
        } catch (IOException e) {
            line = null;
        }
        JsonNode answer = line == null ? null : JSON.readTree(line);
        if (answer == null || answer.has("error")) {
            String reason = Commands.reason(
                    answer == null
                            ? "its process ended\n" + Files.readString(errors)
                            : answer.path("error").asText());
            process.destroyForcibly();
            process = null;
            throw new UnavailableException(task.path("op").asText() + " failed: " + reason);
        }
        return answer;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
