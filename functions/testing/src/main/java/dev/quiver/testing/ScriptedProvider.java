package dev.quiver.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * Plays a provider of models: a server on this machine with the part of OpenAI's API that answers are written and texts are embedded with. A test
 * tells it what to answer beforehand and reads afterwards what was sent to it. An answer is a list of pieces: a request for a stream gets each
 * piece as an event of its own, any other gets them joined.
 */
public final class ScriptedProvider implements AutoCloseable {
    /** What a chat request is answered with. */
    public sealed interface Reply {
        record Text(List<String> pieces) implements Reply {}

        /** An error of the provider, as it words one. */
        record Failure(int status, String message) implements Reply {}

        /** A stream that goes on after its first piece when the latch is down. */
        record Paced(List<String> pieces, CountDownLatch latch) implements Reply {}

        /** The connection ends after these pieces of a stream. */
        record Broken(List<String> pieces, CountDownLatch read) implements Reply {}
    }

    /** A request that came in. */
    public record Call(String path, JsonNode body) {
        /** Everything that the messages say, in order. */
        public String said() {
            StringBuilder all = new StringBuilder();
            body.path("messages")
                    .forEach(m -> all.append(m.path("content").asText()).append('\n'));
            return all.toString();
        }

        /** The last message of this role. */
        public String said(String role) {
            String found = "";
            for (JsonNode m : body.path("messages")) {
                if (m.path("role").asText().equals(role)) {
                    found = m.path("content").asText();
                }
            }
            return found;
        }
    }

    public static final int INPUT_TOKENS = 111;
    public static final int OUTPUT_TOKENS = 22;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private volatile Function<Call, Reply> chat = _ -> new Reply.Failure(500, "the test has scripted no answer");
    private volatile Function<List<String>, List<float[]>> embedding;
    private volatile Reply.Failure embeddingFailure = new Reply.Failure(500, "the test has scripted no embedding");

    private ScriptedProvider(HttpServer server) {
        this.server = server;
        server.createContext("/v1/chat/completions", this::chat);
        server.createContext("/v1/embeddings", this::embeddings);
        server.setExecutor(threads);
        server.start();
    }

    public static ScriptedProvider start() {
        try {
            return new ScriptedProvider(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a client is configured with. */
    public String baseUrl() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    public void answers(String... pieces) {
        answersBy(_ -> new Reply.Text(List.of(pieces)));
    }

    public void answersBy(Function<Call, Reply> script) {
        chat = script;
    }

    public void failsWith(int status, String message) {
        answersBy(_ -> new Reply.Failure(status, message));
    }

    /** @param read breaks when it is open: a client may drop what it was sent shortly before */
    public void breaksAfter(CountDownLatch read, String... pieces) {
        answersBy(_ -> new Reply.Broken(List.of(pieces), read));
    }

    /** Answers each request for embeddings with what is made of its inputs. */
    public void embedsBy(Function<List<String>, List<float[]>> script) {
        embedding = script;
    }

    public void failsToEmbedWith(int status, String message) {
        embedding = null;
        embeddingFailure = new Reply.Failure(status, message);
    }

    /** What came in since the start, or since {@link #forget}. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    public Call lastCall() {
        return calls.getLast();
    }

    public void forget() {
        calls.clear();
    }

    private Call read(HttpExchange exchange) throws IOException {
        Call call = new Call(
                exchange.getRequestURI().getPath(),
                JSON.readTree(exchange.getRequestBody().readAllBytes()));
        calls.add(call);
        return call;
    }

    private void chat(HttpExchange exchange) throws IOException {
        Call call = read(exchange);
        boolean stream = call.body.path("stream").asBoolean();
        String model = call.body.path("model").asText();
        switch (chat.apply(call)) {
            case Reply.Failure f -> fail(exchange, f);
            case Reply.Text(var pieces) when stream -> stream(exchange, model, pieces, null, true);
            case Reply.Paced(var pieces, var latch) -> stream(exchange, model, pieces, latch, true);
            case Reply.Text(var pieces) ->
                send(
                        exchange,
                        200,
                        Map.of(
                                "id",
                                "chat-1",
                                "object",
                                "chat.completion",
                                "created",
                                0,
                                "model",
                                model,
                                "choices",
                                List.of(Map.of(
                                        "index",
                                        0,
                                        "message",
                                        Map.of("role", "assistant", "content", String.join("", pieces)),
                                        "finish_reason",
                                        "stop")),
                                "usage",
                                usage()));
            case Reply.Broken(var pieces, var read) when stream -> stream(exchange, model, pieces, read, false);
            case Reply.Broken _ -> exchange.close();
        }
    }

    private static Map<String, Object> usage() {
        return Map.of(
                "prompt_tokens",
                INPUT_TOKENS,
                "completion_tokens",
                OUTPUT_TOKENS,
                "total_tokens",
                INPUT_TOKENS + OUTPUT_TOKENS);
    }

    private static void stream(
            HttpExchange exchange, String model, List<String> pieces, CountDownLatch latch, boolean whole)
            throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        for (String piece : pieces) {
            chunk(out, model, List.of(Map.of("index", 0, "delta", Map.of("content", piece))), Map.of());
            if (whole) {
                await(latch);
            }
        }
        if (whole) {
            chunk(out, model, List.of(Map.of("index", 0, "delta", Map.of(), "finish_reason", "stop")), Map.of());
            chunk(out, model, List.of(), usage());
            out.write("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
            out.close();
        } else {
            // Without the last chunk of the transfer encoding, which tells the client that this is not the end.
            exchange.getResponseBody().flush();
            await(latch);
            throw new IOException("the script breaks the connection here");
        }
    }

    private static void await(CountDownLatch latch) throws IOException {
        if (latch != null) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        }
    }

    private static void chunk(OutputStream out, String model, List<?> choices, Map<String, Object> usage)
            throws IOException {
        var chunk = new java.util.LinkedHashMap<String, Object>();
        chunk.put("id", "chat-1");
        chunk.put("object", "chat.completion.chunk");
        chunk.put("created", 0);
        chunk.put("model", model);
        chunk.put("choices", choices);
        if (!usage.isEmpty()) {
            chunk.put("usage", usage);
        }
        out.write(("data: " + JSON.writeValueAsString(chunk) + "\n\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private void embeddings(HttpExchange exchange) throws IOException {
        Call call = read(exchange);
        if (embedding == null) {
            fail(exchange, embeddingFailure);
            return;
        }
        List<String> inputs = new ArrayList<>();
        JsonNode input = call.body.path("input");
        if (input.isTextual()) {
            inputs.add(input.asText());
        } else {
            input.forEach(i -> inputs.add(i.asText()));
        }
        List<Map<String, Object>> data = new ArrayList<>();
        for (float[] vector : embedding.apply(inputs)) {
            data.add(Map.of("object", "embedding", "index", data.size(), "embedding", vector));
        }
        send(
                exchange,
                200,
                Map.of(
                        "object",
                        "list",
                        "data",
                        data,
                        "model",
                        call.body.path("model").asText(),
                        "usage",
                        usage()));
    }

    private static void fail(HttpExchange exchange, Reply.Failure failure) throws IOException {
        send(exchange, failure.status, Map.of("error", Map.of("message", failure.message, "type", "scripted")));
    }

    private static void send(HttpExchange exchange, int status, Object body) throws IOException {
        byte[] bytes = JSON.writeValueAsBytes(body);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, bytes.length);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
    }
}
