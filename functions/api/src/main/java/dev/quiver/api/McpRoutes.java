package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.Problems;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/**
 * {@code /mcp}, the door for language models: the Streamable HTTP transport of the {@link McpProtocol}, with one JSON answer to each POST and no events, which a function on Lambda could not send.
 *
 * @see <a href="https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http">The transport</a>
 */
@ApplicationScoped
public class McpRoutes {
    private static final Logger LOG = Logger.getLogger(McpRoutes.class);

    private static final String PATH = "/mcp";

    /** After {@link ProblemRoutes}, which leaves the failures of other paths to others, and before Quarkus' error page. */
    private static final int FIRST = -999_999;

    /** No page from elsewhere can have these origins, whatever its name resolves to. */
    private static final Pattern THIS_MACHINE =
            Pattern.compile("https?://(localhost|127\\.0\\.0\\.1|\\[::1])(:\\d{1,5})?");

    private final Access access;
    private final ObjectMapper json;
    private final boolean enabled;
    private final List<String> allowedOrigins;
    private final McpProtocol protocol;

    McpRoutes(
            Quiver quiver,
            Access access,
            ObjectMapper json,
            QuiverConfig config,
            @ConfigProperty(name = "quarkus.application.version", defaultValue = "unknown") String version) {
        this.access = access;
        this.json = json;
        this.enabled = config.mcp().enabled();
        this.allowedOrigins = config.mcp().allowedOrigins().orElse(List.of()).stream()
                .map(o -> o.strip().toLowerCase(Locale.ROOT))
                .toList();
        this.protocol = new McpProtocol(new McpTools(quiver, json, config.mcp().readOnly()), version);
    }

    void install(@Observes Router router) {
        if (enabled) {
            router.route(PATH).order(FIRST).failureHandler(this::failed).handler(this::onlyFromAllowedOrigins);
            // After the body has been read and before Funqy's route; tools work on a thread that may block.
            router.post(PATH).order(-1).blockingHandler(this::post, false);
            router.route(PATH).order(-1).handler(this::onlyPost);
        }
    }

    /** A page whose name was made to resolve to this machine shows itself by its origin (DNS rebinding). */
    private void onlyFromAllowedOrigins(RoutingContext context) {
        String origin = context.request().getHeader("Origin");
        if (origin == null || allowed(origin.toLowerCase(Locale.ROOT))) {
            context.next();
        } else {
            answer(
                    context,
                    McpProtocol.refused(
                            Kind.FORBIDDEN.status(),
                            "The web page at " + origin
                                    + " may not call this server. To allow it, set quiver.mcp.allowed-origins."));
        }
    }

    private boolean allowed(String origin) {
        return allowedOrigins.contains(origin) || THIS_MACHINE.matcher(origin).matches();
    }

    private void post(RoutingContext context) {
        HttpServerRequest request = context.request();
        ApiKey key = access.key(request);
        if (!ProblemRoutes.isJson(request.getHeader("Content-Type"))) {
            answer(
                    context,
                    McpProtocol.refused(
                            Kind.UNSUPPORTED_MEDIA_TYPE.status(), "Send the body as Content-Type: application/json."));
            return;
        }
        Buffer body = context.body() == null ? null : context.body().buffer();
        JsonNode message;
        try {
            message = json.readTree(body == null ? new byte[0] : body.getBytes());
        } catch (JacksonException e) {
            answer(
                    context,
                    McpProtocol.unreadable(
                            Kind.MALFORMED_JSON.status(), Problems.ofJson(e).detail()));
            return;
        } catch (IOException e) {
            answer(context, McpProtocol.unreadable(Kind.MALFORMED_JSON.status(), e.getMessage()));
            return;
        }
        answer(context, protocol.answer(message, request::getHeader, key));
    }

    /** There is nothing to listen to (GET) and no session to end (DELETE). */
    private void onlyPost(RoutingContext context) {
        if (context.request().method().equals(HttpMethod.OPTIONS)) {
            context.next();
            return;
        }
        context.response().putHeader("Allow", "POST");
        answer(
                context,
                McpProtocol.refused(
                        Kind.METHOD_NOT_ALLOWED.status(),
                        "Send messages with POST; there are no sessions and no events."));
    }

    private void failed(RoutingContext context) {
        Optional<Problem> problem = context.failure() == null
                ? Optional.of(ProblemRoutes.tooLarge()).filter(p -> p.status() == context.statusCode())
                : Problems.of(context.failure());
        if (problem.isEmpty()) {
            LOG.errorf(context.failure(), "%s failed with status %d", PATH, context.statusCode());
        }
        int status = problem.map(Problem::status).orElse(Kind.INTERNAL.status());
        if (status == Kind.UNAUTHORIZED.status()) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        answer(
                context,
                McpProtocol.refused(
                        status,
                        problem.map(Problem::detail)
                                .orElse("This is a defect of Quiver; its log has the details. Please report it.")));
    }

    private static void answer(RoutingContext context, McpProtocol.Reply reply) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        context.response().setStatusCode(reply.status());
        if (reply.body() == null) {
            context.response().end();
        } else {
            context.response()
                    .putHeader("Content-Type", "application/json")
                    .end(reply.body().toString());
        }
    }
}
