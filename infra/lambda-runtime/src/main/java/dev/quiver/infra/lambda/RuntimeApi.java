package dev.quiver.infra.lambda;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The Lambda Runtime API, version 2018-06-01, of one environment: what the function's runtime polls for events and
 * posts answers to. The one idea: a state machine with the states and refusals of the service, so that a runtime that
 * breaks the order of calls hears the same here as on AWS; what the calls mean is decided by who listens.
 */
final class RuntimeApi implements AutoCloseable {

    /** 6 MB and 100 bytes: what the service takes as an answer. */
    static final int RESPONSE_LIMIT = 6 * 1024 * 1024 + 100;

    private static final String PREFIX = "/2018-06-01";
    private static final Pattern INVOCATION = Pattern.compile(PREFIX + "/runtime/invocation/([^/]+)/(response|error)");
    private static final byte[] OK = "{\"status\":\"OK\"}\n".getBytes(StandardCharsets.UTF_8);

    /** What a runtime did, in the order in which it did it. */
    sealed interface Signal {

        /** When: {@link System#nanoTime} at the end of the call's body. */
        long nanos();

        /** It asked for the next event: init, or the last invocation, is over. */
        record Ready(long nanos) implements Signal {}

        /** @param errorType of a failed function; empty if it answered */
        record Answered(long nanos, byte[] payload, Optional<String> errorType) implements Signal {}

        record InitFailed(long nanos, byte[] payload, String errorType) implements Signal {}

        /** Not a call of the API, but the end of all calls. */
        record Exited(long nanos, int status) implements Signal {}
    }

    /** An event on its way to the function. */
    record Invocation(String requestId, byte[] payload, Instant deadline, String arn, String traceId) {}

    private enum State {
        STARTED("Started"),
        INIT_ERROR("InitError"),
        READY("Ready"),
        RUNNING("Running"),
        RESPONDED("ResponseSent");

        final String title;

        State(String title) {
            this.title = title;
        }
    }

    private final HttpServer server;
    private final Consumer<Signal> listener;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private State state = State.STARTED;
    private Invocation current; // null until the first one
    private long polls; // a runtime that asks again has given up its earlier poll
    private boolean closed;

    RuntimeApi(Consumer<Signal> listener) {
        this.listener = listener;
        this.server = Http.serve(0, this::handle);
    }

    /** For AWS_LAMBDA_RUNTIME_API. */
    String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** Gives an event to the runtime, which must be waiting for one. */
    void hand(Invocation invocation) {
        lock.lock();
        try {
            if (state != State.READY) {
                throw new IllegalStateException("The runtime does not wait for an event: " + state);
            }
            current = invocation;
            state = State.RUNNING;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        String call =
                exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
        Matcher invocation = INVOCATION.matcher(exchange.getRequestURI().getPath());
        if (call.equals("GET " + PREFIX + "/runtime/invocation/next")) {
            next(exchange);
        } else if (call.equals("POST " + PREFIX + "/runtime/init/error")) {
            initError(exchange);
        } else if (call.startsWith("POST ") && invocation.matches()) {
            answer(exchange, invocation.group(1), invocation.group(2).equals("error"));
        } else {
            exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
            Http.send(exchange, 404, "404 page not found\n".getBytes(StandardCharsets.UTF_8));
        }
    }

    private void next(HttpExchange exchange) throws IOException {
        Invocation invocation;
        lock.lock();
        try {
            switch (state) {
                case STARTED, RESPONDED -> {
                    state = State.READY;
                    listener.accept(new Signal.Ready(System.nanoTime()));
                }
                case READY, RUNNING -> {} // it asks again, and gets the event again
                case INIT_ERROR -> {
                    refuse(exchange, "Ready");
                    return;
                }
            }
            long poll = ++polls;
            changed.signalAll();
            while (state == State.READY && poll == polls && !closed) {
                changed.awaitUninterruptibly();
            }
            if (state != State.RUNNING || poll != polls) {
                exchange.close();
                return;
            }
            invocation = current;
        } finally {
            lock.unlock();
        }
        var headers = exchange.getResponseHeaders();
        headers.set("Lambda-Runtime-Aws-Request-Id", invocation.requestId());
        headers.set(
                "Lambda-Runtime-Deadline-Ms",
                Long.toString(invocation.deadline().toEpochMilli()));
        headers.set("Lambda-Runtime-Invoked-Function-Arn", invocation.arn());
        headers.set("Lambda-Runtime-Trace-Id", invocation.traceId());
        Http.sendJson(exchange, 200, invocation.payload());
    }

    private void answer(HttpExchange exchange, String requestId, boolean error) throws IOException {
        String to = error ? "InvocationErrorResponse" : "InvocationResponse";
        lock.lock();
        try {
            if (state != State.RUNNING) {
                refuse(exchange, to);
                return;
            }
            if (!requestId.equals(current.requestId())) {
                Http.sendJson(exchange, 400, Json.error("InvalidRequestID", "Invalid request ID"));
                return;
            }
        } finally {
            lock.unlock();
        }
        Optional<byte[]> body = Http.body(exchange, RESPONSE_LIMIT);
        long now = System.nanoTime();
        Signal signal;
        if (body.isEmpty()) {
            String type = "Function.ResponseSizeTooLarge";
            String message =
                    "Response payload size exceeded maximum allowed payload size (" + RESPONSE_LIMIT + " bytes).";
            signal = new Signal.Answered(now, Json.error(type, message), Optional.of(type));
        } else {
            signal = new Signal.Answered(now, body.get(), error ? Optional.of(errorType(exchange)) : Optional.empty());
        }
        lock.lock();
        try {
            if (state != State.RUNNING || !requestId.equals(current.requestId())) {
                refuse(exchange, to); // another answer was faster
                return;
            }
            state = State.RESPONDED;
        } finally {
            lock.unlock();
        }
        listener.accept(signal);
        if (body.isEmpty()) {
            String message = "Exceeded maximum allowed payload size (" + RESPONSE_LIMIT + " bytes).";
            Http.sendJson(exchange, 413, Json.error("RequestEntityTooLarge", message));
        } else {
            Http.sendJson(exchange, 202, OK);
        }
    }

    private void initError(HttpExchange exchange) throws IOException {
        Optional<byte[]> body = Http.body(exchange, RESPONSE_LIMIT);
        lock.lock();
        try {
            if (state != State.STARTED) {
                refuse(exchange, "InitError");
                return;
            }
            state = State.INIT_ERROR;
        } finally {
            lock.unlock();
        }
        // Answered first: who listens will end the process.
        Http.sendJson(exchange, 202, OK);
        byte[] payload = body.orElseGet(() -> Json.error("Runtime.InitError", "the error was too long"));
        listener.accept(new Signal.InitFailed(System.nanoTime(), payload, errorType(exchange)));
    }

    private static String errorType(HttpExchange exchange) {
        return Objects.requireNonNullElse(
                exchange.getRequestHeaders().getFirst("Lambda-Runtime-Function-Error-Type"), "Unhandled");
    }

    private void refuse(HttpExchange exchange, String to) throws IOException {
        String message = "State transition from " + state.title + " to " + to
                + " failed for runtime. Error: State transition is not allowed";
        Http.sendJson(exchange, 403, Json.error("InvalidStateTransition", message));
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        server.stop(0);
    }
}
