package dev.quiver.functions.observe;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.functions.config.QuiverConfig;
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
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<String> namespace;
    private final String function;
    private final PrintStream out;
    private final AtomicBoolean cold = new AtomicBoolean(true);

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
     */
    public void request(String operation, double millis, boolean failed) {
        if (!on()) {
            return;
        }
        ObjectNode line = JSON.createObjectNode();
        ObjectNode aws = line.putObject("_aws").put("Timestamp", System.currentTimeMillis());
        ObjectNode directive = aws.putArray("CloudWatchMetrics").addObject().put("Namespace", namespace.get());
        directive.putArray("Dimensions").addArray().add("Function");
        ArrayNode metrics = directive.putArray("Metrics");
        line.put("Function", function).put("operation", operation);
        if (operation.equals("query") || operation.equals("rag")) {
            put(line, metrics, Map.of("Queries", 1.0), COUNT);
            put(line, metrics, Map.of("QueryMillis", millis), MILLIS);
        }
        put(line, metrics, Map.of("Errors", failed ? 1.0 : 0.0), COUNT);
        if (cold.getAndSet(false)) {
            put(line, metrics, Map.of("ColdStarts", 1.0), COUNT);
            double init = ProcessHandle.current()
                    .info()
                    .startInstant()
                    .map(s -> (double) (System.currentTimeMillis() - s.toEpochMilli()) - millis)
                    .orElse(0.0);
            put(line, metrics, Map.of("InitMillis", Math.max(0, init)), MILLIS);
        }
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
