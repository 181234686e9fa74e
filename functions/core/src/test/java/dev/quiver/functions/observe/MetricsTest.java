package dev.quiver.functions.observe;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
        m.request("query", 12.5, false);
        m.request("upsert", 3, true);
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
    }

    @Test
    void withoutANamespaceNothingIsWritten() throws IOException {
        metrics(null).request("query", 1, false);
        assertThat(lines()).isEmpty();
    }
}
