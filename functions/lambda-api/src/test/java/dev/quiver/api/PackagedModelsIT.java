package dev.quiver.api;

import static dev.quiver.api.Http.newCollection;
import static dev.quiver.api.Http.post;
import static dev.quiver.api.Http.send;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quiver.embeddings.adapters.Adapter;
import dev.quiver.embeddings.adapters.AdapterPairs;
import dev.quiver.embeddings.adapters.AdapterSettings;
import dev.quiver.embeddings.adapters.AdapterTraining;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.models.ModelStore;
import dev.quiver.infra.lambda.HttpFront;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.s3.S3Emulator;
import io.restassured.RestAssured;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Models that another process has put beside the collections: an encoder, vectors of words, an adapter. The package for Lambda finds them in the bucket. */
class PackagedModelsIT {
    private static final String BUCKET = "quiver";

    private static S3Emulator s3;
    private static LambdaRuntime lambda;
    private static HttpFront front;

    @TempDir
    private static Path folder;

    @BeforeAll
    static void start() throws Exception {
        s3 = S3Emulator.start(BUCKET);
        addModels();
        lambda = LambdaRuntime.start(LambdaFunction.of(Path.of("target/function.zip"))
                .handler("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest")
                .memoryMb(1769)
                .timeout(Duration.ofSeconds(60))
                .credentials(s3.accessKey(), s3.secretKey())
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUIVER_DATA", "s3://" + BUCKET + "/collections")
                .environment("QUIVER_S3_ENDPOINT", s3.endpoint().toString())
                .environment("QUIVER_S3_PATH_STYLE", "true")
                .build());
        front = HttpFront.start(lambda, 0);
        RestAssured.baseURI = front.endpoint().toString();
        RestAssured.port = front.port();
    }

    @AfterAll
    static void stop() {
        front.close();
        lambda.close();
        s3.close();
    }

    private static void addModels() throws Exception {
        System.setProperty("aws.accessKeyId", s3.accessKey());
        System.setProperty("aws.secretAccessKey", s3.secretKey());
        QuiverConfig config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withSources(new PropertiesConfigSource(
                        Map.of(
                                "quiver.data",
                                "s3://" + BUCKET + "/collections",
                                "quiver.s3.endpoint",
                                s3.endpoint().toString(),
                                "quiver.s3.region",
                                "us-east-1",
                                "quiver.s3.path-style",
                                "true"),
                        "test",
                        100))
                .withMapping(QuiverConfig.class)
                .build()
                .getConfigMapping(QuiverConfig.class);
        try (Quiver quiver = new Quiver(config)) {
            Path encoder = Files.createDirectory(folder.resolve("encoder"));
            resource("/all-minilm-l6-v2-q.onnx", encoder.resolve("model.onnx"));
            resource("/all-minilm-l6-v2-q-tokenizer.json", encoder.resolve("tokenizer.json"));
            ModelStore.describe(
                    encoder,
                    List.of("model.onnx", "tokenizer.json"),
                    Map.of("family", "text-onnx", "dimension", 384, "window", 256));
            quiver.stored().add("encoder", encoder, false, quiver.models());
            Path words = Files.createDirectory(folder.resolve("words"));
            Files.write(words.resolve("vectors.vec"), List.of("3 2", "north 0 2", "east 1 0", "steep 3 4"));
            ModelStore.describe(words, List.of("vectors.vec"), Map.of("family", "words", "dimension", 2));
            quiver.stored().add("words", words, false, quiver.models());
            quiver.stored().add("adapted", adapter(), false, quiver.models());
        } finally {
            System.clearProperty("aws.accessKeyId");
            System.clearProperty("aws.secretAccessKey");
        }
    }

    private static void resource(String name, Path target) throws IOException {
        try (InputStream in = PackagedModelsIT.class.getResourceAsStream(name)) {
            Files.write(target, in.readAllBytes());
        }
    }

    private static Path adapter() throws Exception {
        AdapterPairs pairs = new AdapterPairs.Builder(2)
                .query("q", new float[] {1, 0})
                .query("r", new float[] {0, 1})
                .document("d", new float[] {0, 1})
                .document("e", new float[] {1, 0})
                .pair("q", "d", 1)
                .pair("r", "e", 1)
                .build();
        AdapterSettings settings =
                AdapterSettings.builder().heldOut(0).lr(0.05).epoch(20).build();
        AdapterTraining.train(pairs, "words", settings, TrainingOutput.in(folder.resolve("adapter")));
        return folder.resolve("adapter");
    }

    private static JsonNode embedded(String model, String text) {
        return post("embed", "{'model': '%s', 'purpose': 'query', 'inputs': [{'text': '%s'}]}".formatted(model, text))
                .at("/embeddings/0");
    }

    @Test
    void anEncoderEmbedsAsItDoesBuiltIn() {
        String text = "How do I roll back a deployment?";
        assertThat(embedded("encoder", text)).isEqualTo(embedded("all-minilm-l6-v2", text));
    }

    @Test
    void wordsAreSearchedByTheirVectors() {
        String collection = newCollection();
        post("upsert", """
                {'collection': '%s', 'create': {'model': 'words'}, 'records': [
                  {'id': '1', 'text': 'north'}, {'id': '2', 'text': 'north east'}]}""".formatted(collection));
        JsonNode hits = post("query", "{'collection': '%s', 'text': 'steep'}".formatted(collection))
                .path("hits");
        assertThat(hits).hasSize(2);
        assertThat(hits.at("/0/id").asText()).isEqualTo("2");
        assertThat(send("embed", "{'model': 'words', 'inputs': [{'text': 'unheard of'}]}")
                        .statusCode())
                .isEqualTo(400);
    }

    @Test
    void anAdapterMapsTheVectorsOfItsBase() throws IOException {
        float[] expected = Adapter.read(folder.resolve("adapter")).query(new float[] {0.6f, 0.8f});
        JsonNode actual = embedded("adapted", "steep");
        for (int i = 0; i < 2; i++) {
            assertThat(actual.path(i).floatValue()).isCloseTo(expected[i], within(1e-6f));
        }
    }
}
