package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.Problems;
import io.quarkus.funqy.runtime.FunctionInvoker;
import io.quarkus.funqy.runtime.FunctionRecorder;
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
import org.jboss.logging.Logger;

/** Every failure of an operation leaves as {@code application/problem+json}. */
@ApplicationScoped
public class ProblemRoutes {
    private static final Logger LOG = Logger.getLogger(ProblemRoutes.class);

    /** Before every other handler, so that Quarkus' own error page does not come first. */
    private static final int FIRST = -1_000_000;

    /** After every other handler: nobody knew the path. */
    private static final int LAST = Integer.MAX_VALUE;

    private final ObjectMapper json;

    ProblemRoutes(ObjectMapper json) {
        this.json = json;
    }

    void install(@Observes Router router) {
        router.route().order(FIRST).failureHandler(this::failed).handler(this::onlyPostedJson);
        router.route().order(LAST).handler(this::notFound);
    }

    private void onlyPostedJson(RoutingContext context) {
        FunctionInvoker function = function(context.request());
        if (function == null && isAlmost(context)) {
            notFound(context);
        } else if (function == null) {
            context.next();
        } else if (context.request().method().equals(HttpMethod.OPTIONS)) {
            context.next();
        } else if (!context.request().method().equals(HttpMethod.POST)) {
            answer(context, onlyPost(context));
        } else if (!isJson(context.request().getHeader("Content-Type"))) {
            answer(
                    context,
                    Problem.of(
                            Kind.UNSUPPORTED_MEDIA_TYPE,
                            "Send the body as Content-Type: application/json.",
                            List.of()));
        } else {
            context.next();
        }
    }

    /** Vert.x takes {@code //query/} for the route of {@code /query}, and Funqy then answers it with a 404 and no words. */
    private static boolean isAlmost(RoutingContext context) {
        String path = context.normalizedPath().replaceFirst("/+$", "");
        return path.length() > 1 && FunctionRecorder.registry.matchInvoker(path.substring(1)) != null;
    }

    /** curl's {@code -d} without a header says form; it is refused here in words and not by a riddle later. */
    static boolean isJson(String contentType) {
        String type = contentType == null
                ? "application/json"
                : contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        return type.equals("application/json") || type.matches("application/[\\w.-]+\\+json");
    }

    private void failed(RoutingContext context) {
        if (function(context.request()) == null) {
            context.next();
            return;
        }
        Throwable failure = context.failure();
        if (failure instanceof SecurityException) {
            context.next();
            return;
        }
        Problem problem = problem(context, failure);
        if (problem.status() == Kind.UNAUTHORIZED.status()) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        answer(context, problem);
    }

    private Problem problem(RoutingContext context, Throwable failure) {
        if (failure != null) {
            return Problems.of(failure).orElseGet(() -> {
                LOG.errorf(failure, "%s failed", context.request().path());
                return Problem.of(
                        Kind.INTERNAL,
                        "This is a defect of Quiver; its log has the details. Please report it.",
                        List.of());
            });
        }
        return switch (context.statusCode()) {
            case 400 -> unreadable(context);
            case 404 ->
                Problem.of(
                        Kind.NOT_FOUND,
                        "There is no operation " + context.request().path() + "; /q/openapi lists them.",
                        List.of());
            case 405 -> onlyPost(context);
            case 413 -> tooLarge();
            default ->
                Problem.of(Kind.INTERNAL, "The request ended with status " + context.statusCode() + ".", List.of());
        };
    }

    private void notFound(RoutingContext context) {
        answer(
                context,
                Problem.of(
                        Kind.NOT_FOUND,
                        "There is no operation " + context.request().path() + "; /q/openapi lists them.",
                        List.of()));
    }

    private static Problem onlyPost(RoutingContext context) {
        context.response().putHeader("Allow", "POST");
        return Problem.of(Kind.METHOD_NOT_ALLOWED, "Send POST with a JSON object as the body.", List.of());
    }

    static Problem tooLarge() {
        return Problem.of(
                Kind.TOO_LARGE,
                "The body is larger than " + dev.quiver.functions.operation.Limits.BODY
                        + "iB. Send fewer records in each request.",
                List.of());
    }

    /** Funqy keeps to itself why it could not read a body, so it is read once more. */
    private Problem unreadable(RoutingContext context) {
        FunctionInvoker function = function(context.request());
        Buffer body = context.body() == null ? null : context.body().buffer();
        try {
            json.readValue(body == null ? new byte[0] : body.getBytes(), json.constructType(function.getInputType()));
        } catch (JacksonException e) {
            return Problems.ofJson(e);
        } catch (IOException e) {
            return Problem.of(Kind.MALFORMED_JSON, e.getMessage(), List.of());
        }
        return Problem.of(Kind.INVALID_REQUEST, "The request could not be read.", List.of());
    }

    private static FunctionInvoker function(HttpServerRequest request) {
        String path = request.path();
        return path == null || path.length() < 2 ? null : FunctionRecorder.registry.matchInvoker(path.substring(1));
    }

    private void answer(RoutingContext context, Problem problem) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        try {
            context.response()
                    .setStatusCode(problem.status())
                    .putHeader("Content-Type", Problem.MEDIA_TYPE)
                    .end(json.writeValueAsString(problem));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
