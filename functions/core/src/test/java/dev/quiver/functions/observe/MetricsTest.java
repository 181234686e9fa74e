package dev.quiver.functions.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.index.store.Meter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Metrics metrics(String namespace) {
        return new Metrics(
                Optional.ofNullable(namespace), "quiver-api", new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    private List<JsonNode> lines() throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String l : bytes.toString(StandardCharsets.UTF_8).lines().toList()) {
            lines.add(new ObjectMapper().readTree(l));
        }
        return lines;
    }

    /** By the specification: every metric that a directive names is a number at the top level, every dimension a string there. */
    @Test
    void linesAreOfTheEmbeddedMetricFormat() throws IOException {
        Metrics m = metrics("Quiver");
        Meter meter = new Meter();
        meter.request();
        meter.read(1000);
        meter.segmentLoaded(2_500_000);
        m.request("query", 12.5, false, meter);
        meter.request();
        meter.request();
        meter.read(100);
        meter.written(70);
        meter.commitRetried();
        meter.commitRetried();
        m.request("upsert", 3, true, meter);
        List<JsonNode> lines = lines();
        assertThat(lines).hasSize(2);
        for (JsonNode line : lines) {
            JsonNode directive = line.at("/_aws/CloudWatchMetrics/0");
            assertThat(line.at("/_aws/Timestamp").isIntegralNumber()).isTrue();
            assertThat(directive.path("Namespace").asText()).isEqualTo("Quiver");
            assertThat(directive.path("Dimensions").toString()).isEqualTo("[[\"Function\"]]");
            assertThat(line.path("Function").asText()).isEqualTo("quiver-api");
            directive.path("Metrics").forEach(metric -> assertThat(
                            line.path(metric.path("Name").asText()).isNumber())
                    .isTrue());
        }
        assertThat(lines.getFirst().path("QueryMillis").asDouble()).isEqualTo(12.5);
        assertThat(lines.getFirst().path("ColdStarts").asInt()).isEqualTo(1);
        assertThat(lines.getFirst().has("InitMillis")).isTrue();
        assertThat(lines.getLast().has("ColdStarts")).as("only the first").isFalse();
        assertThat(lines.getLast().path("Errors").asInt()).isEqualTo(1);
        assertThat(lines.getFirst().path("LoadMillis").asDouble()).isEqualTo(2.5);
        assertThat(lines.getFirst().path("BytesRead").asInt()).isEqualTo(1000);
        assertThat(lines.getLast().has("LoadMillis")).as("nothing was loaded").isFalse();
        assertThat(lines.getLast().path("storeRequests").asInt())
                .as("since the line before")
                .isEqualTo(2);
        assertThat(lines.getLast().path("BytesRead").asInt()).isEqualTo(100);
        assertThat(lines.getLast().path("bytesWritten").asInt()).isEqualTo(70);
        assertThat(lines.getLast().path("CommitRetries").asInt()).isEqualTo(2);
    }

    @Test
    void aSampleOfRecallIsALineOfItsOwn() throws IOException {
        metrics("Quiver").recall("docs", 0.97);
        JsonNode line = lines().getFirst();
        assertThat(line.path("Recall").asDouble()).isEqualTo(0.97);
        assertThat(line.path("collection").asText()).isEqualTo("docs");
        assertThat(line.at("/_aws/CloudWatchMetrics/0/Metrics").toString())
                .isEqualTo("[{\"Name\":\"Recall\",\"Unit\":\"None\"}]");
    }

    @Test
    void withoutANamespaceNothingIsWritten() throws IOException {
        metrics(null).request("query", 1, false, new Meter());
        metrics(null).recall("docs", 1);
        assertThat(lines()).isEmpty();
    }
}
