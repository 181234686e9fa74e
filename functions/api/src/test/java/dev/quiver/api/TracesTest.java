package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** With a collector, a query shows its stages: each a span inside that of the request. */
@QuarkusTest
@TestProfile(TracesTest.On.class)
class TracesTest {

    public static final class On implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            return Map.of("quarkus.otel.sdk.disabled", "false", "quarkus.otel.bsp.schedule.delay", "PT0.1S");
        }
    }

    /** Instead of one that sends. */
    @ApplicationScoped
    static class Kept implements SpanExporter {
        static final List<SpanData> SPANS = new CopyOnWriteArrayList<>();

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            SPANS.addAll(spans);
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private static SpanData await(String name) throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            var found =
                    Kept.SPANS.stream().filter(s -> s.getName().equals(name)).findFirst();
            if (found.isPresent()) {
                return found.get();
            }
            Thread.sleep(100);
        }
        throw new AssertionError("There is no span '" + name + "' among " + Kept.SPANS);
    }

    @Test
    void aQueryShowsItsStages() throws InterruptedException {
        String collection = newCollection();
        post("collections/create", "{'name': '" + collection + "', 'dimension': 2}");
        post("upsert", "{'collection': '" + collection + "', 'records': [{'id': 'a', 'vector': [1, 0]}]}");
        Kept.SPANS.clear();
        post("query", "{'collection': '" + collection + "', 'vector': [1, 0], 'topK': 3}");
        SpanData request = await("POST /query");
        SpanData open = await("open");
        SpanData search = await("search");
        SpanData look = await("look");
        assertThat(List.of(open.getParentSpanId(), search.getParentSpanId())).containsOnly(request.getSpanId());
        assertThat(look.getParentSpanId()).isEqualTo(search.getSpanId());
        assertThat(search.getAttributes().asMap().toString())
                .contains("quiver.collection=" + collection, "quiver.top_k=3", "quiver.hits=1");
        assertThat(look.getEndEpochNanos()).isBetween(look.getStartEpochNanos(), search.getEndEpochNanos());
    }
}
