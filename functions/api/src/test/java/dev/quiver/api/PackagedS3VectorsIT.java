package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.infra.s3.S3Emulator;
import dev.quiver.testing.Child;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.services.s3vectors.S3VectorsClient;

/** The door for clients of S3 Vectors once more, against the packaged server as a process of its own: on files, on S3, and two of them on the same bucket. */
class PackagedS3VectorsIT {
    private static final Path JAR =
            Path.of("target/quarkus-app/quarkus-run.jar").toAbsolutePath();

    /** A running server. */
    private static final class Server implements AutoCloseable {
        private final Child process;
        private final URI endpoint;

        Server(Path folder, Map<String, String> environment) {
            Map<String, String> enabled = new HashMap<>(environment);
            enabled.put("QUIVER_S3VECTORS_ENABLED", "true");
            process = Child.java(enabled, folder, List.of("-Dquarkus.http.port=0", "-jar", JAR.toString()));
            endpoint = URI.create(process.awaitLine(l -> l.contains("Listening on: http://127.0.0.1:"))
                    .replaceAll(".*Listening on: (http\\S+).*", "$1"));
        }

        S3VectorsClient client() {
            return S3VectorsContract.client(endpoint, AwsBasicCredentials.create("any", "secret"));
        }

        @Override
        public void close() {
            process.close();
        }
    }

    private static Map<String, String> on(S3Emulator s3) {
        return Map.of(
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
    }

    @Nested
    @TestInstance(Lifecycle.PER_CLASS)
    class OnFiles extends S3VectorsContract {
        private Server server;

        @BeforeAll
        void start(@TempDir Path folder) {
            server = new Server(
                    folder, Map.of("QUIVER_DATA", folder.resolve("data").toString()));
        }

        @AfterAll
        void stop() {
            server.close();
        }

        @Override
        URI endpoint() {
            return server.endpoint;
        }
    }

    @Nested
    @TestInstance(Lifecycle.PER_CLASS)
    class OnS3 extends S3VectorsContract {
        private S3Emulator s3;
        private Server server;

        @BeforeAll
        void start(@TempDir Path folder) throws IOException {
            s3 = S3Emulator.start("bucket");
            server = new Server(folder, on(s3));
        }

        @AfterAll
        void stop() {
            server.close();
            s3.close();
        }

        @Override
        URI endpoint() {
            return server.endpoint;
        }
    }

    /** What one process has acknowledged the other one knows, also when an index is deleted and created anew behind its back. */
    @Test
    void twoProcessesOnOneBucketAgree(@TempDir Path folder) throws IOException {
        try (S3Emulator s3 = S3Emulator.start("bucket");
                Server one = new Server(folder, on(s3));
                Server two = new Server(folder, on(s3));
                S3VectorsClient first = one.client();
                S3VectorsClient second = two.client()) {
            first.createVectorBucket(b -> b.vectorBucketName("shared"));
            for (int round = 0; round < 3; round++) {
                String hidden = "hidden-" + round;
                first.createIndex(b -> b.vectorBucketName("shared")
                        .indexName("index")
                        .dataType("float32")
                        .dimension(2)
                        .distanceMetric("cosine")
                        .metadataConfiguration(m -> m.nonFilterableMetadataKeys(hidden)));
                assertThat(second.getIndex(b -> b.vectorBucketName("shared").indexName("index"))
                                .index()
                                .metadataConfiguration()
                                .nonFilterableMetadataKeys())
                        .containsExactly(hidden);
                second.putVectors(
                        b -> b.vectorBucketName("shared").indexName("index").vectors(v -> v.key(hidden)
                                .data(d -> d.float32(1f, 0f))));
                assertThat(first.listVectors(b -> b.vectorBucketName("shared").indexName("index"))
                                .vectors())
                        .singleElement()
                        .satisfies(v -> assertThat(v.key()).isEqualTo(hidden));
                first.deleteIndex(b -> b.vectorBucketName("shared").indexName("index"));
            }
            second.deleteVectorBucket(b -> b.vectorBucketName("shared"));
            assertThat(first.listVectorBuckets(b -> {}).vectorBuckets()).isEmpty();
        }
    }
}
