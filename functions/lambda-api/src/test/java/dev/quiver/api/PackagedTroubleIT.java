package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.S3Store;
import dev.quiver.index.vector.Metric;
import dev.quiver.infra.lambda.Answer;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.s3.S3Emulator;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** What goes wrong around a deployed function: the zip as it is, under a stand-in for Lambda. */
class PackagedTroubleIT {
    private static final String BUCKET = "quiver";
    private static final ObjectMapper JSON = new ObjectMapper();

    private static S3Emulator s3;

    @BeforeAll
    static void start() {
        s3 = S3Emulator.start(BUCKET);
    }

    @AfterAll
    static void stop() {
        s3.close();
    }

    private static LambdaRuntime function(String data, URI endpoint) throws IOException {
        return LambdaRuntime.start(settings(data, endpoint).build());
    }

    private static LambdaFunction.Builder settings(String data, URI endpoint) {
        return LambdaFunction.of(Path.of("target/function.zip"))
                .handler("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest")
                .memoryMb(1769)
                .timeout(Duration.ofSeconds(60))
                .credentials(s3.accessKey(), s3.secretKey())
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUIVER_DATA", data)
                .environment("QUIVER_S3_ENDPOINT", endpoint.toString())
                .environment("QUIVER_S3_PATH_STYLE", "true");
    }

    private static LambdaRuntime function() throws IOException {
        return function("s3://" + BUCKET + "/collections", s3.endpoint());
    }

    private static Database otherProcess() {
        return new Database(
                new S3Store(
                        S3Client.builder()
                                .endpointOverride(s3.endpoint())
                                .forcePathStyle(true)
                                .region(Region.US_EAST_1)
                                .credentialsProvider(StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create(s3.accessKey(), s3.secretKey())))
                                .httpClientBuilder(UrlConnectionHttpClient.builder())
                                .build(),
                        BUCKET,
                        "collections/"),
                Settings.defaults());
    }

    private static Record row(String id) {
        return new Record(id, new float[] {1, 2}, "text of " + id, Map.of());
    }

    private record Response(int status, JsonNode body) {}

    private static Response post(LambdaRuntime lambda, String operation, String json) throws IOException {
        String event = Files.readString(Path.of("../../infra/events/api-gateway-v2-post.json"));
        var node = (com.fasterxml.jackson.databind.node.ObjectNode) JSON.readTree(event);
        node.put("rawPath", "/" + operation).put("body", json.replace('\'', '"'));
        ((com.fasterxml.jackson.databind.node.ObjectNode) node.at("/requestContext/http")).put("path", "/" + operation);
        return answer(lambda, JSON.writeValueAsString(node));
    }

    private static Response answer(LambdaRuntime lambda, String event) throws IOException {
        Answer a = lambda.invoke(event.getBytes(StandardCharsets.UTF_8));
        assertThat(a.functionError()).as(a.text() + a.logs()).isEmpty();
        JsonNode answer = JSON.readTree(a.text());
        String body = answer.path("body").asText();
        return new Response(
                answer.path("statusCode").asInt(), body.startsWith("{") ? JSON.readTree(body) : JSON.nullNode());
    }

    private static Response query(LambdaRuntime lambda, String collection) throws IOException {
        return post(lambda, "query", "{'collection': '" + collection + "', 'vector': [1, 2], 'topK': 10}");
    }

    /** Which API Gateway never sends. Quarkus decodes bodies before Quiver sees them and answers this with 500; the log says why. */
    @Test
    void aBodyThatIsNoBase64IsAnsweredWithAnError() throws IOException {
        try (LambdaRuntime lambda = function()) {
            Answer a = lambda.invoke(Files.readString(Path.of("../../infra/events/api-gateway-v2-bad-base64.json")));
            assertThat(JSON.readTree(a.text()).path("statusCode").asInt())
                    .as(a.text())
                    .isEqualTo(500);
            assertThat(a.logs().toString()).containsIgnoringCase("base64");
            assertThat(post(lambda, "collections/list", "{}").status)
                    .as("and the next one is answered")
                    .isEqualTo(200);
        }
    }

    /** The function is frozen once it has answered: its spans are with the collector by then. */
    @Test
    void spansAreWithTheCollectorBeforeTheAnswer() throws IOException {
        Queue<String> received = new ConcurrentLinkedQueue<>();
        HttpServer collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        collector.createContext("/v1/traces", exchange -> {
            byte[] spans = exchange.getRequestBody().readAllBytes();
            boolean packed = "gzip".equals(exchange.getRequestHeaders().getFirst("Content-Encoding"));
            // Names are as they are in protobuf, between bytes that are none.
            received.add(new String(
                    packed ? new GZIPInputStream(new ByteArrayInputStream(spans)).readAllBytes() : spans,
                    StandardCharsets.ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        collector.start();
        try (Database database = otherProcess()) {
            database.create("traced", new Schema(2, Metric.COSINE, null))
                    .apply(Batch.builder().upsert(row("a")).build());
        }
        try (LambdaRuntime lambda = LambdaRuntime.start(settings("s3://" + BUCKET + "/collections", s3.endpoint())
                .environment("QUARKUS_OTEL_SDK_DISABLED", "false")
                .environment("QUARKUS_OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
                .environment(
                        "QUARKUS_OTEL_EXPORTER_OTLP_ENDPOINT",
                        "http://127.0.0.1:" + collector.getAddress().getPort())
                .build())) {
            assertThat(query(lambda, "traced").status).isEqualTo(200);
            assertThat(String.join("", received))
                    .contains("POST", "/query", "open", "search", "look", "quiver.top_k", "traced");
        } finally {
            collector.stop(0);
        }
    }

    @Test
    void aMissingBucketIsNamed() throws IOException {
        try (LambdaRuntime lambda = function("s3://no-such-bucket/collections", s3.endpoint())) {
            Response r = query(lambda, "docs");
            assertThat(r.status).isBetween(500, 503);
            assertThat(r.body.path("detail").asText()).contains("s3://no-such-bucket");
        }
    }

    /** The first requests of a new process are refused as S3 does it under load. */
    @Test
    void aStoreThatIsOverloadedAtTheStartIsAskedAgain() throws IOException {
        try (Database database = otherProcess()) {
            database.create("throttled", new Schema(2, Metric.COSINE, null))
                    .apply(Batch.builder().upsert(row("a")).build());
        }
        try (Overloaded proxy = new Overloaded(3, s3.endpoint().getPort());
                LambdaRuntime lambda =
                        function("s3://" + BUCKET + "/collections", URI.create("http://127.0.0.1:" + proxy.port()))) {
            Response r = query(lambda, "throttled");
            assertThat(r.status).as("%s", r.body).isEqualTo(200);
            assertThat(r.body.at("/hits/0/id").asText()).isEqualTo("a");
            assertThat(proxy.connections()).isGreaterThan(3);
        }
    }

    /** Refuses on its first connections as S3 does under load, and lets all through later. */
    private static final class Overloaded implements AutoCloseable {
        private static final String SLOW_DOWN =
                "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

        private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final AtomicInteger connections = new AtomicInteger();

        Overloaded(int refusals, int port) throws IOException {
            Thread.startVirtualThread(() -> {
                while (!server.isClosed()) {
                    try {
                        Socket client = server.accept();
                        boolean refuse = connections.getAndIncrement() < refusals;
                        Thread.startVirtualThread(() -> serve(client, refuse, port));
                    } catch (IOException e) {
                        return;
                    }
                }
            });
        }

        private static void serve(Socket client, boolean refuse, int port) {
            try (client) {
                if (refuse) {
                    client.getInputStream().read(new byte[1 << 16]);
                    client.getOutputStream()
                            .write(
                                    ("HTTP/1.1 503 Slow Down\r\nConnection: close\r\nContent-Type: application/xml\r\nContent-Length: "
                                                    + SLOW_DOWN.length() + "\r\n\r\n" + SLOW_DOWN)
                                            .getBytes(StandardCharsets.US_ASCII));
                    client.shutdownOutput();
                    return;
                }
                try (Socket s3 = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    Thread back = Thread.startVirtualThread(() -> copy(s3, client));
                    copy(client, s3);
                    back.join();
                }
            } catch (IOException | InterruptedException e) {
                // The function has gone.
            }
        }

        private static void copy(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
                to.shutdownOutput();
            } catch (IOException e) {
                // The other end has gone.
            }
        }

        int port() {
            return server.getLocalPort();
        }

        int connections() {
            return connections.get();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }
    }

    @Test
    void whatOthersDidWhileItWasFrozenIsSeen() throws IOException {
        try (Database other = otherProcess();
                LambdaRuntime lambda = function()) {
            var c = other.create("frozen", new Schema(2, Metric.COSINE, null));
            c.apply(Batch.builder().upsert(row("a")).build());
            assertThat(query(lambda, "frozen").body.at("/hits/0/id").asText()).isEqualTo("a");

            c.apply(Batch.builder().delete("a").upsert(row("b")).build());
            c.compact();
            c.apply(Batch.builder().upsert(row("c")).build());
            c.compact();
            c.apply(Batch.builder().delete("b").build());
            Response moved = query(lambda, "frozen");
            assertThat(moved.body.path("hits")).hasSize(1);
            assertThat(moved.body.at("/hits/0/id").asText()).isEqualTo("c");

            other.delete("frozen");
            Response deleted = query(lambda, "frozen");
            assertThat(deleted.status).isEqualTo(404);
            assertThat(deleted.body.path("detail").asText()).contains("frozen");

            other.create("frozen", new Schema(3, Metric.COSINE, null));
            assertThat(query(lambda, "frozen").status)
                    .as("another dimension now")
                    .isEqualTo(400);
        }
    }
}
