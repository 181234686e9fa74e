package dev.quiver.api;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.observe.Metrics;
import io.quarkus.funqy.runtime.FunctionRecorder;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.Set;

/** A line of metrics for every operation, written before its answer: after that a function is frozen. */
@ApplicationScoped
public class RequestMetrics {
    /** Before {@link ProblemRoutes}, so that what it refuses counts. */
    private static final int FIRST = -1_000_001;

    private static final int SERVER_ERROR = 500;

    /** What is not a function and still an operation. */
    private static final Set<String> DOORS = Set.of("v1/embeddings", "mcp");

    private final Metrics metrics;
    private final Quiver quiver;
    private final S3VectorsRoutes s3vectors;

    RequestMetrics(Metrics metrics, Quiver quiver, S3VectorsRoutes s3vectors) {
        this.metrics = metrics;
        this.quiver = quiver;
        this.s3vectors = s3vectors;
    }

    void install(@Observes Router router) {
        if (metrics.on()) {
            router.route().order(FIRST).handler(this::measure);
        }
    }

    private void measure(RoutingContext context) {
        String path = context.request().path();
        String operation = path == null || path.length() < 2 ? "" : path.substring(1);
        if (counts(operation)) {
            long started = System.nanoTime();
            context.addHeadersEndHandler(_ -> metrics.request(
                    operation,
                    (System.nanoTime() - started) / 1e6,
                    context.response().getStatusCode() >= SERVER_ERROR,
                    quiver.database().meter()));
        }
        context.next();
    }

    private boolean counts(String operation) {
        return DOORS.contains(operation)
                || s3vectors.serves(operation)
                || FunctionRecorder.registry.matchInvoker(operation) != null;
    }
}
