package dev.quiver.functions.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.index.store.Meter;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Metrics as lines of the log, which CloudWatch turns into metrics (embedded metric format): no request and no library is needed for them. Off unless {@code quiver.metrics.namespace} is set.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html">the format</a>
 */
public final class Metrics {
    private static final String COUNT = "Count";
    private static final String MILLIS = "Milliseconds";
    private static final String BYTES = "Bytes";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<String> namespace;
    private final String function;
    private final PrintStream out;
    private final AtomicBoolean cold = new AtomicBoolean(true);
    private Meter.Count told = Meter.Count.NONE;

    public Metrics(QuiverConfig config) {
        this(
                config.metrics().namespace(),
                System.getenv().getOrDefault("AWS_LAMBDA_FUNCTION_NAME", "local"),
                System.out);
    }

    Metrics(Optional<String> namespace, String function, PrintStream out) {
        this.namespace = namespace;
        this.function = function;
        this.out = out;
    }

    public boolean on() {
        return namespace.isPresent();
    }

    /**
     * Tells of a request.
     *
     * @param operation its name, a property of the line and no dimension: those cost
     * @param meter of the process; what was not told before is told with this request
     */
    public void request(String operation, double millis, boolean failed, Meter meter) {
        if (!on()) {
            return;
        }
        ObjectNode line = JSON.createObjectNode();
        ArrayNode metrics = begin(line);
        line.put("operation", operation);
        if (operation.equals("query") || operation.equals("rag")) {
            put(line, metrics, Map.of("Queries", 1.0), COUNT);
            put(line, metrics, Map.of("QueryMillis", millis), MILLIS);
        }
        put(line, metrics, Map.of("Errors", failed ? 1.0 : 0.0), COUNT);
        Meter.Count since = untold(meter);
        // For Logs Insights; as metrics, each would cost something every month.
        line.put("storeRequests", since.requests()).put("bytesWritten", since.bytesWritten());
        put(line, metrics, Map.of("BytesRead", (double) since.bytesRead()), BYTES);
        put(line, metrics, Map.of("CommitRetries", (double) since.commitRetries()), COUNT);
        if (since.segmentsLoaded() > 0) {
            put(line, metrics, Map.of("LoadMillis", since.loadNanos() / 1e6), MILLIS);
        }
        if (cold.getAndSet(false)) {
            put(line, metrics, Map.of("ColdStarts", 1.0), COUNT);
            double init = ProcessHandle.current()
                    .info()
                    .startInstant()
                    .map(s -> (double) (System.currentTimeMillis() - s.toEpochMilli()) - millis)
                    .orElse(0.0);
            put(line, metrics, Map.of("InitMillis", Math.max(0, init)), MILLIS);
        }
        write(line);
    }

    /**
     * Tells what share of the true nearest a sample of searches has found.
     *
     * @param recall 0 to 1
     */
    public void recall(String collection, double recall) {
        if (!on()) {
            return;
        }
        ObjectNode line = JSON.createObjectNode();
        put(line.put("collection", collection), begin(line), Map.of("Recall", recall), "None");
        write(line);
    }

    /** Reads and remembers in one, so that of two requests at once neither tells less than nothing. */
    private synchronized Meter.Count untold(Meter meter) {
        Meter.Count now = meter.count();
        Meter.Count since = now.minus(told);
        told = now;
        return since;
    }

    /** The head of a line, and where its metrics are named. */
    private ArrayNode begin(ObjectNode line) {
        ObjectNode aws = line.putObject("_aws").put("Timestamp", System.currentTimeMillis());
        ObjectNode directive = aws.putArray("CloudWatchMetrics").addObject().put("Namespace", namespace.orElseThrow());
        directive.putArray("Dimensions").addArray().add("Function");
        line.put("Function", function);
        return directive.putArray("Metrics");
    }

    private void write(ObjectNode line) {
        try {
            out.println(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void put(ObjectNode line, ArrayNode metrics, Map<String, Double> values, String unit) {
        values.forEach((name, value) -> {
            line.put(name, value);
            metrics.addObject().put("Name", name).put("Unit", unit);
        });
    }
}
