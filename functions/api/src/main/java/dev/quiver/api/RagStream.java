package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.Problems;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jboss.logging.Logger;

/**
 * {@code rag} with {@code "stream": true}: server-sent events, which Funqy cannot send. Takes the request before Funqy does if it asks for a stream, else lets it pass.
 */
@ApplicationScoped
public class RagStream {
    private static final Logger LOG = Logger.getLogger(RagStream.class);

    private final Quiver quiver;
    private final Access access;
    private final ObjectMapper json;

    RagStream(Quiver quiver, Access access, ObjectMapper json) {
        this.quiver = quiver;
        this.access = access;
        this.json = json;
    }

    void install(@Observes Router router) {
        // After the body has been read and before Funqy's route, which has the default order.
        router.post("/rag").order(-1).handler(BodyHandler.create(false)).handler(this::route);
    }

    private void route(RoutingContext context) {
        RagRequest request;
        try {
            request = json.readValue(context.body().buffer().getBytes(), RagRequest.class);
        } catch (IOException | RuntimeException e) {
            // Funqy's way will tell what is wrong with it.
            context.next();
            return;
        }
        if (request == null || !Boolean.TRUE.equals(request.stream())) {
            context.next();
            return;
        }
        Thread.ofVirtual().name("rag-stream").start(() -> stream(request, context));
    }

    /** Before the first event, a failure is answered like that of any operation. */
    private void stream(RagRequest request, RoutingContext context) {
        HttpServerResponse response = context.response();
        try {
            access.check(context.request(), Scope.READ, request.collection());
            var answer = quiver.rag().stream(request, token -> send(response, "token", Map.of("text", token)));
            send(response, "answer", answer);
            response.end();
        } catch (RuntimeException e) {
            if (!response.headWritten()) {
                context.fail(e);
            } else if (!response.closed()) {
                send(response, "error", problem(e));
                response.end();
            }
        }
    }

    private static Problem problem(RuntimeException e) {
        return Problems.of(e).orElseGet(() -> {
            LOG.error("rag failed", e);
            return Problem.of(Kind.INTERNAL, "This is a defect of Quiver; its log has the details.", List.of());
        });
    }

    private void send(HttpServerResponse response, String event, Object data) {
        if (response.closed()) {
            // Nobody reads what the language model would go on to write.
            throw new IllegalStateException("The client has gone.");
        }
        if (!response.headWritten()) {
            response.setChunked(true)
                    .putHeader("Content-Type", "text/event-stream")
                    .putHeader("Cache-Control", "no-store");
        }
        try {
            response.write("event: " + event + "\ndata: " + json.writeValueAsString(data) + "\n\n");
        } catch (JacksonException e) {
            throw new IllegalStateException(e);
        }
    }
}
