package dev.quiver.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A server that answers one request after the other as a test has told it to, and keeps what it was sent. */
final class ScriptedServer implements AutoCloseable {
    /** A request that came in. */
    record Call(String path, Map<String, List<String>> headers, String body) {
        String header(String name) {
            return headers.getOrDefault(name, List.of("")).getFirst();
        }
    }

    /** What becomes of a request. */
    interface Reply {
        void to(HttpExchange exchange) throws IOException;
    }

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Queue<Reply> script = new ConcurrentLinkedQueue<>();
    private final CountDownLatch closed = new CountDownLatch(1);
    final List<Call> calls = new CopyOnWriteArrayList<>();

    ScriptedServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    ScriptedServer then(Reply reply) {
        script.add(reply);
        return this;
    }

    ScriptedServer then(int status, String body) {
        return then(status, Map.of("Content-Type", "application/json"), body);
    }

    ScriptedServer then(int status, Map<String, String> headers, String body) {
        return then(exchange -> {
            headers.forEach(exchange.getResponseHeaders()::set);
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
    }

    ScriptedServer thenProblem(int status, String type, String detail) {
        return then(
                status,
                "{\"type\": \"urn:quiver:problem:%s\", \"title\": \"t\", \"status\": %d, \"detail\": \"%s\"}"
                        .formatted(type, status, detail));
    }

    /** The connection ends without an answer. */
    ScriptedServer thenNothing() {
        return then(HttpExchange::close);
    }

    /** No answer while the test runs. */
    ScriptedServer thenSilence() {
        return then(exchange -> hang());
    }

    /** Events, and then the end, or silence. */
    ScriptedServer thenEvents(boolean end, String... events) {
        return then(exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
            exchange.sendResponseHeaders(200, 0);
            OutputStream out = exchange.getResponseBody();
            out.write((String.join("\n\n", events) + "\n\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            if (!end) {
                hang();
            }
            out.close();
        });
    }

    /** Until the test ends. */
    void hang() throws IOException {
        try {
            closed.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        calls.add(new Call(
                exchange.getRequestURI().getPath(),
                exchange.getRequestHeaders(),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        Reply reply = script.poll();
        if (reply == null) {
            throw new IOException("the test has scripted no answer to this");
        }
        reply.to(exchange);
    }

    @Override
    public void close() {
        closed.countDown();
        server.stop(0);
        threads.close();
    }
}
