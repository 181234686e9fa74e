package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.mcp.client.DefaultMcpClient;
import dev.langchain4j.mcp.client.McpClient;
import dev.langchain4j.mcp.client.transport.http.StreamableHttpMcpTransport;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.quiver.infra.s3.S3Emulator;
import dev.quiver.testing.Child;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds down the packaged server, run as a process of its own and not from the class path: the whole main job, on files and on S3, and what is left when it is killed in the middle of writes. */
class PackagedServerIT {
    private static final Path JAR =
            Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 5;

    @TempDir
    private Path folder;

    /** A running server. */
    private static final class Server implements AutoCloseable {
        private final HttpClient http = HttpClient.newHttpClient();
        private final Child process;
        private final String address;

        Server(Path folder, Map<String, String> environment) {
            process = start(folder, environment);
            address = process.awaitLine(l -> l.contains("Listening on: http://127.0.0.1:"))
                    .replaceAll(".*Listening on: (http\\S+).*", "$1");
        }

        static Child start(Path folder, Map<String, String> environment) {
            return Child.java(environment, folder, List.of("-Dquarkus.http.port=0", "-jar", JAR.toString()));
        }

        HttpResponse<String> send(String operation, String json) throws IOException, InterruptedException {
            return http.send(
                    HttpRequest.newBuilder(URI.create(address + "/" + operation))
                            .header("Content-Type", "application/json")
                            .timeout(Duration.ofMinutes(1))
                            .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"')))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }

        JsonNode post(String operation, String json) throws IOException, InterruptedException {
            HttpResponse<String> response = send(operation, json);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            return JSON.readTree(response.body());
        }

        void kill() {
            process.kill();
        }

        String printed() {
            return process.printed();
        }

        @Override
        public void close() {
            http.close();
            process.close();
        }
    }

    @Test
    void textsGoInAndCitedAnswersComeOut() throws Exception {
        try (Server server = new Server(folder, onFiles())) {
            mainJob(server);
            assertThat(server.printed())
                    .contains("Collections in file:")
                    .contains("kernels")
                    .doesNotContain("ERROR");
        }
    }

    @Test
    void theSameOnS3() throws Exception {
        try (S3Emulator s3 = S3Emulator.start("bucket")) {
            Map<String, String> environment = Map.of(
                    "QUIVER_DATA",
                    "s3://bucket/some/prefix",
                    "QUIVER_S3_ENDPOINT",
                    s3.endpoint().toString(),
                    "QUIVER_S3_PATH_STYLE",
                    "true",
                    "QUIVER_S3_REGION",
                    "us-east-1",
                    "AWS_ACCESS_KEY_ID",
                    s3.accessKey(),
                    "AWS_SECRET_ACCESS_KEY",
                    s3.secretKey());
            try (Server server = new Server(folder, environment)) {
                mainJob(server);
            }
            try (Server another = new Server(folder, environment)) {
                assertThat(another.post("collections/describe", "{'name': 'notes'}")
                                .path("records")
                                .asInt())
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void clientsOfOpenAisApiAndOfMcpWorkWithIt() throws Exception {
        try (Server server = new Server(folder, onFiles())) {
            mainJob(server);
            float[] vector = OpenAiEmbeddingModel.builder()
                    .baseUrl(server.address + "/v1")
                    .apiKey("none")
                    .modelName("all-minilm-l6-v2")
                    .build()
                    .embed("how do I undo a release?")
                    .content()
                    .vector();
            JsonNode hits = server.post(
                    "query", "{'collection': 'notes', 'topK': 1, 'vector': " + JSON.writeValueAsString(vector) + "}");
            assertThat(hits.at("/hits/0/id").asText()).isEqualTo("1");
            try (McpClient client = new DefaultMcpClient.Builder()
                    .transport(new StreamableHttpMcpTransport.Builder()
                            .url(server.address + "/mcp")
                            .build())
                    .build()) {
                String answer = client.executeTool(ToolExecutionRequest.builder()
                                .name("ask")
                                .arguments(
                                        "{\"collection\": \"notes\", \"question\": \"How do I roll back a deployment?\"}")
                                .build())
                        .resultText();
                assertThat(answer).contains("deploy --to previous").contains("[1]");
            }
            assertThat(server.printed()).doesNotContain("ERROR");
        }
    }

    @Test
    void textsThatAreTooLongForTheModelAreCutOffWhereThatIsSet() throws Exception {
        Map<String, String> environment = new HashMap<>(onFiles());
        environment.put("QUIVER_OPENAI_TRUNCATE", "true");
        environment.put("QUIVER_OPENAI_ALIASES", "text-embedding-3-small=all-minilm-l6-v2");
        try (Server server = new Server(folder, environment)) {
            String words = "word ".repeat(300);
            HttpResponse<String> response = server.send(
                    "v1/embeddings",
                    "{'model': 'text-embedding-3-small', 'input': ['x', '" + words + "', 'y', '" + words + "']}");
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(response.headers().firstValue("Quiver-Truncated")).hasValue("1,3");
            assertThat(JSON.readTree(response.body()).at("/usage/prompt_tokens").asInt())
                    .isEqualTo(3 + 256 + 3 + 256);
            assertThat(server.send("v1/embeddings", "{'model': 'text-embedding-3-small', 'input': 'x'}")
                            .headers()
                            .firstValue("Quiver-Truncated"))
                    .isEmpty();
        }
    }

    /** As its page says: one file, run as it is. */
    @Test
    void theLoadGeneratorRunsAgainstIt() throws Exception {
        Path load = Path.of("../../infra/load/Load.java").toAbsolutePath();
        try (Server server = new Server(folder, onFiles());
                Child run = Child.java(
                        Map.of(),
                        folder,
                        List.of(
                                load.toString(),
                                "--url",
                                server.address,
                                "--records",
                                "500",
                                "--dimension",
                                "16",
                                "--clients",
                                "2",
                                "--warm-up",
                                "0",
                                "--duration",
                                "1"))) {
            Child.Result result = run.await();
            assertThat(result.status()).as(result.out() + result.err()).isZero();
            assertThat(result.out()).containsIgnoringCase("queries");
            assertThat(server.post("collections/list", "{}").toString()).doesNotContain("load-");
        }
        try (Child wrong = Child.java(Map.of(), folder, List.of(load.toString(), "--urll", "http://x"))) {
            assertThat(wrong.await().status()).isEqualTo(2);
        }
    }

    private static void mainJob(Server server) throws IOException, InterruptedException {
        JsonNode upserted = server.post("upsert", """
                {'collection': 'notes', 'create': {}, 'records': [
                  {'id': '1', 'text': 'To roll back a deployment, run deploy --to previous.', 'attributes': {'year': 2026}},
                  {'id': '2', 'text': 'The canteen opens at noon.', 'attributes': {'year': 2024}}]}""");
        assertThat(upserted.path("upserted").asInt()).isEqualTo(2);
        JsonNode hits = server.post("query", "{'collection': 'notes', 'text': 'how do I undo a release?', 'topK': 1}");
        assertThat(hits.at("/hits/0/id").asText()).isEqualTo("1");
        JsonNode answer = server.post("rag", "{'collection': 'notes', 'question': 'How do I roll back a deployment?'}");
        assertThat(answer.path("answered").asBoolean()).isTrue();
        assertThat(answer.path("answer").asText())
                .contains("deploy --to previous")
                .contains("[1]");
        assertThat(answer.at("/citations/0/id").asText()).isEqualTo("1");
    }

    @Test
    void aWrongSettingEndsTheStartAndNotTheFirstRequest() {
        for (Map.Entry<String, String> wrong : Map.of(
                        "QUIVER_DATA",
                        "ftp://host/x",
                        "QUIVER_CHAT_PROVIDER",
                        "clippy",
                        "QUIVER_EMBEDDING_MODEL",
                        "no-such-model",
                        "QUIVER_OPENAI_ALIASES",
                        "ada=no-such-model")
                .entrySet()) {
            try (Child server = Server.start(folder, Map.of(wrong.getKey(), wrong.getValue()))) {
                assertThat(server.await().status()).isEqualTo(1);
                assertThat(server.printed()).contains("'" + wrong.getValue() + "'");
            }
        }
    }

    @Test
    void aKilledServerHasEverythingItAcknowledgedAndNothingHalf() throws Exception {
        List<Integer> acknowledged = new ArrayList<>();
        try (Server server = new Server(folder, onFiles())) {
            server.post("collections/create", "{'name': 'rows', 'dimension': 2}");
            CountDownLatch enough = new CountDownLatch(30);
            Thread writer = Thread.ofVirtual().start(() -> {
                try {
                    for (int batch = 0; ; batch++) {
                        int number = batch;
                        String records = IntStream.range(0, BATCH)
                                .mapToObj(r -> "{'id': '%05d-%d', 'vector': [%d, 1]}".formatted(number, r, number + 1))
                                .collect(Collectors.joining(","));
                        if (server.send("upsert", "{'collection': 'rows', 'records': [" + records + "]}")
                                        .statusCode()
                                == 200) {
                            acknowledged.add(batch);
                        }
                        enough.countDown();
                    }
                } catch (IOException | InterruptedException e) {
                    // The server was killed, as it should be.
                }
            });
            enough.await();
            server.kill();
            writer.join();
        }
        try (Server server = new Server(folder, onFiles())) {
            Map<Integer, Long> rows = new java.util.TreeMap<>();
            JsonNode page;
            String token = "";
            do {
                page = server.post("list", "{'collection': 'rows', 'limit': 1000, 'include': []" + token + "}");
                page.path("records")
                        .forEach(r -> rows.merge(
                                Integer.parseInt(r.path("id").asText().substring(0, 5)), 1L, Long::sum));
                token = ", 'nextToken': '" + page.path("nextToken").asText() + "'";
            } while (page.has("nextToken"));
            assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(29);
            assertThat(rows.keySet()).containsAll(acknowledged);
            assertThat(rows.values()).allMatch(n -> n == BATCH);
            server.post("upsert", "{'collection': 'rows', 'records': [{'id': 'after', 'vector': [1, 1]}]}");
        }
    }

    private Map<String, String> onFiles() {
        return Map.of("QUIVER_DATA", folder.resolve("data").toString());
    }
}
