package dev.quiver.bench.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.bench.data.VectorFiles;
import dev.quiver.bench.peers.Searcher.Filter;
import dev.quiver.index.vector.Metric;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A peer in a JVM of its own, so that it is compiled for its own use only, and its memory is its own. Asked and answered in lines of JSON, as
 * {@code peers.mjs} is: see {@link ChildEngine}.
 */
public final class JvmPeer {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Searcher searcher;
    private final Map<String, float[][]> queries = new HashMap<>();
    private final Map<Integer, Filter> filters = new HashMap<>();
    private long heapBefore;
    private Path folder;
    private int rows;

    private JvmPeer(Searcher searcher) {
        this.searcher = searcher;
    }

    public static void main(String[] args) throws IOException {
        JvmPeer peer = new JvmPeer(Engines.searcher(args[0]));
        // Libraries that print must not be taken for answers.
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        BufferedReader tasks = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = tasks.readLine()) != null; ) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                peer.perform(JSON.readTree(line), answer);
            } catch (Exception | LinkageError e) {
                e.printStackTrace();
                answer.put("error", e.toString());
            }
            answers.println(answer);
        }
        System.exit(0);
    }

    private void perform(JsonNode task, ObjectNode answer) throws Exception {
        switch (task.path("op").asText()) {
            case "load" -> heapBefore = heap();
            case "build" -> build(task, answer);
            case "open" -> {
                folder = Path.of(task.path("index").asText());
                rows = task.path("count").asInt();
                searcher.open(folder, metric(task), Path.of(task.path("rows").asText()));
            }
            case "search" -> search(task, answer);
            case "resident" -> {
                searcher.release();
                answer.put("bytes", heap() - heapBefore + mapped());
            }
            default -> throw new IllegalArgumentException("What is " + task + "?");
        }
    }

    private static Metric metric(JsonNode task) {
        return Metric.valueOf(task.path("metric").asText().toUpperCase(Locale.ROOT));
    }

    private void build(JsonNode task, ObjectNode answer) throws Exception {
        float[][] all = VectorFiles.readFloats(Path.of(task.path("rows").asText()));
        long before = CpuClock.nanos();
        searcher.build(all, metric(task), Path.of(task.path("index").asText()));
        answer.put("cpuMicros", (CpuClock.nanos() - before) / 1_000);
    }

    private void search(JsonNode task, ObjectNode answer) throws IOException {
        float[][] all = queries.computeIfAbsent(task.path("queries").asText(), f -> VectorFiles.readFloats(Path.of(f)));
        int count = Math.min(all.length, task.path("count").asInt());
        int k = task.path("k").asInt();
        int effort = task.path("effort").asInt();
        Filter filter = !task.has("share")
                ? null
                : filters.computeIfAbsent(
                        task.path("share").asInt(), share -> new Filter(share, Buckets.allowed(rows, share)));
        int[][] found = new int[count][];
        long cpu = CpuClock.nanos();
        long started = System.nanoTime();
        for (int q = 0; q < count; q++) {
            found[q] = searcher.search(all[q], k, effort, filter);
        }
        answer.put("wallMicros", (System.nanoTime() - started) / 1e3);
        answer.put("cpuMicros", (CpuClock.nanos() - cpu) / 1e3);
        answer.set("ids", JSON.valueToTree(found));
    }

    private static long heap() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** What is resident of the index's files that are mapped. */
    private long mapped() throws IOException {
        Path maps = Path.of("/proc/self/smaps");
        if (!Files.exists(maps)) {
            return 0;
        }
        long kilobytes = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(maps)) {
            if (line.startsWith("Rss:")) {
                kilobytes += ours ? Long.parseLong(line.replaceAll("\\D", "")) : 0;
            } else if (line.contains(" /") || line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
                ours = line.contains(folder.toString());
            }
        }
        return kilobytes << 10;
    }
}
