package dev.quiver.infra.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The doors of a function: plain HTTP on one port of 127.0.0.1. {@code POST /2015-03-31/functions/NAME/invocations} is
 * the Invoke API, where the payload is passed on as it is; any other request becomes an event of an HTTP API (or of a
 * function URL), and the function's answer the HTTP response. So an HTTP client, or a test written for the server, talks
 * to the packaged function and does not notice.
 *
 * <p>As on AWS: what API Gateway makes of failures is an internal server error with 500, and 503 after
 * 30 s; bodies above 10 MB are refused with 413, and so are those whose event is above Lambda's 6 MB.
 */
public final class HttpFront implements AutoCloseable {

    /** Which service stands before the function. */
    public enum Kind {
        HTTP_API,
        FUNCTION_URL
    }

    private static final System.Logger LOG = System.getLogger(HttpFront.class.getName());
    private static final int GATEWAY_LIMIT = 10 * 1024 * 1024;
    /** Characters of what a failing function wrote. */
    private static final int LOGGED = 16 * 1024;

    private static final Duration GATEWAY_PATIENCE = Duration.ofSeconds(30);
    private static final Pattern INVOKE = Pattern.compile("/2015-03-31/functions/([^/]+)/invocations");
    /** The server says these by itself. */
    private static final Set<String> HOP_BY_HOP =
            Set.of("connection", "content-length", "date", "keep-alive", "transfer-encoding", "upgrade");

    private final LambdaRuntime runtime;
    private final Kind kind;
    private final Consumer<ObjectNode> edit;
    private final HttpServer server;

    private HttpFront(LambdaRuntime runtime, int port, Kind kind, Consumer<ObjectNode> edit) {
        this.runtime = runtime;
        this.kind = kind;
        this.edit = edit;
        this.server = Http.serve(port, this::handle);
    }

    /**
     * An HTTP API before the function.
     *
     * @param port 0 for any free one
     */
    public static HttpFront start(LambdaRuntime runtime, int port) {
        return start(runtime, port, Kind.HTTP_API, event -> {});
    }

    /**
     * @param edit may change each event, for example put what an authorizer found into
     *     {@code requestContext.authorizer}
     */
    public static HttpFront start(LambdaRuntime runtime, int port, Kind kind, Consumer<ObjectNode> edit) {
        return new HttpFront(runtime, port, kind, edit);
    }

    public int port() {
        return server.getAddress().getPort();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + port());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            Matcher invoke = INVOKE.matcher(exchange.getRequestURI().getPath());
            if (exchange.getRequestMethod().equals("POST") && invoke.matches()) {
                invoke(exchange, invoke.group(1));
            } else {
                proxy(exchange);
            }
        } catch (RuntimeException e) {
            message(exchange, 500, "Internal Server Error: " + e);
        }
    }

    private void invoke(HttpExchange exchange, String name) throws IOException {
        Optional<byte[]> body = Http.body(exchange, LambdaRuntime.PAYLOAD_LIMIT);
        try {
            if (!name.equals(runtime.function().name())
                    && !name.equals(runtime.function().arn())) {
                String arn = runtime.function().arn().replaceAll("[^:]+$", name);
                throw new LambdaException(404, "ResourceNotFoundException", "Function not found: " + arn);
            }
            byte[] event = body.orElseGet(() -> new byte[LambdaRuntime.PAYLOAD_LIMIT + 1]); // refused below
            requireJson(event);
            switch (Objects.requireNonNullElse(
                    exchange.getRequestHeaders().getFirst("X-Amz-Invocation-Type"), "RequestResponse")) {
                case "DryRun" -> Http.send(exchange, 204, new byte[0]);
                case "Event" -> {
                    Thread.startVirtualThread(() -> runtime.invoke(event));
                    Http.send(exchange, 202, new byte[0]);
                }
                default -> answer(exchange, runtime.invoke(event));
            }
        } catch (LambdaException e) {
            exchange.getResponseHeaders().set("X-Amzn-ErrorType", e.type());
            ObjectNode error = Json.MAPPER.createObjectNode();
            error.put("Type", e.status() < 500 ? "User" : "Server").put("Message", e.getMessage());
            Http.sendJson(exchange, e.status(), Json.bytes(error));
        }
    }

    private static void answer(HttpExchange exchange, Answer answer) throws IOException {
        var headers = exchange.getResponseHeaders();
        headers.set("X-Amzn-RequestId", answer.requestId());
        headers.set("X-Amz-Executed-Version", "$LATEST");
        answer.functionError().ifPresent(error -> headers.set("X-Amz-Function-Error", error));
        if ("Tail".equals(exchange.getRequestHeaders().getFirst("X-Amz-Log-Type"))) {
            var log = new StringBuilder();
            answer.logs().forEach(line -> log.append(line.text()).append('\n'));
            byte[] bytes = log.append(answer.report()).append('\n').toString().getBytes(StandardCharsets.UTF_8);
            byte[] tail = Arrays.copyOfRange(bytes, Math.max(0, bytes.length - 4096), bytes.length);
            headers.set("X-Amz-Log-Result", Base64.getEncoder().encodeToString(tail));
        }
        Http.sendJson(exchange, 200, answer.payload());
    }

    private static void requireJson(byte[] event) {
        if (event.length == 0 || event.length > LambdaRuntime.PAYLOAD_LIMIT) {
            return; // nothing is an event too; the longer one is refused by the runtime
        }
        try (var parser = Json.MAPPER.createParser(event)) {
            while (parser.nextToken() != null) {}
        } catch (JsonProcessingException e) {
            throw new LambdaException(
                    400,
                    "InvalidRequestContentException",
                    "Could not parse request body into json: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new LambdaException(400, "InvalidRequestContentException", "Could not parse request body: " + e);
        }
    }

    private void proxy(HttpExchange exchange) throws IOException {
        Optional<byte[]> body = Http.body(exchange, GATEWAY_LIMIT);
        if (body.isEmpty()) {
            message(exchange, 413, "Request Entity Too Large");
            return;
        }
        URI uri = exchange.getRequestURI();
        var request = new HttpApiEvents.Request(
                exchange.getRequestMethod(),
                exchange.getProtocol(),
                uri.getRawPath(),
                Objects.requireNonNullElse(uri.getRawQuery(), ""),
                exchange.getRequestHeaders(),
                body.get(),
                exchange.getRemoteAddress().getAddress().getHostAddress());
        String requestId = UUID.randomUUID().toString();
        exchange.getResponseHeaders().set(kind == Kind.HTTP_API ? "apigw-requestid" : "x-amzn-requestid", requestId);
        ObjectNode event = HttpApiEvents.event(request, kind, requestId, Instant.now());
        edit.accept(event);
        var invocation = new CompletableFuture<Answer>();
        Thread.startVirtualThread(() -> {
            try {
                invocation.complete(runtime.invoke(Json.bytes(event)));
            } catch (RuntimeException e) {
                invocation.completeExceptionally(e);
            }
        });
        try {
            Answer answer = kind == Kind.HTTP_API
                    ? invocation.get(GATEWAY_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    : invocation.get();
            respond(exchange, answer);
        } catch (TimeoutException e) {
            message(exchange, 503, "Service Unavailable"); // the function runs on
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case LambdaException refused
                when refused.status() == 413 -> message(exchange, 413, "Request Entity Too Large");
                case LambdaException refused -> message(exchange, 503, "Service Unavailable");
                default -> message(exchange, 500, "Internal Server Error");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            message(exchange, 503, "Service Unavailable");
        }
    }

    private void respond(HttpExchange exchange, Answer answer) throws IOException {
        if (answer.functionError().isPresent()) {
            failed(exchange, answer);
            return;
        }
        HttpApiEvents.Response response;
        try {
            response = HttpApiEvents.response(answer.payload());
        } catch (IOException e) {
            failed(exchange, answer);
            return;
        }
        response.headers().forEach((name, values) -> {
            if (!HOP_BY_HOP.contains(name.toLowerCase(Locale.ROOT))) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        Http.send(exchange, response.status(), response.body());
    }

    /** Who called learns nothing, as on AWS; why it failed is in the log, as in CloudWatch. */
    private void failed(HttpExchange exchange, Answer answer) throws IOException {
        var wrote = new StringBuilder();
        answer.logs().forEach(line -> wrote.append('\n').append(line.text()));
        int from = Math.max(0, wrote.length() - LOGGED);
        LOG.log(System.Logger.Level.WARNING, "The function failed: {0}\nIt wrote: {1}", answer, wrote.substring(from));
        message(exchange, kind == Kind.HTTP_API ? 500 : 502, "Internal Server Error");
    }

    private static void message(HttpExchange exchange, int status, String text) throws IOException {
        Http.sendJson(
                exchange, status, Json.bytes(Json.MAPPER.createObjectNode().put("message", text)));
    }
}
