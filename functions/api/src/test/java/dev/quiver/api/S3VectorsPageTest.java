package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.TestProfile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3vectors.S3VectorsClient;
import software.amazon.awssdk.services.s3vectors.model.DataType;
import software.amazon.awssdk.services.s3vectors.model.DistanceMetric;
import software.amazon.awssdk.services.s3vectors.model.QueryVectorsResponse;

/** What docs/s3-vectors.md shows is what is run here. */
@QuarkusTest
@TestProfile(S3VectorsTest.Enabled.class)
class S3VectorsPageTest {
    @TestHTTPResource("/")
    URI endpoint;

    @Test
    void theSnippetOfThePageWorks() throws IOException {
        String apiKey = "none is needed";
        AwsCredentials credentials = AwsSessionCredentials.create("quiver", "unused", apiKey);
        // page: begin
        S3VectorsClient s3vectors = S3VectorsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(credentials))
                .build();

        s3vectors.createVectorBucket(b -> b.vectorBucketName("films"));
        s3vectors.createIndex(b -> b.vectorBucketName("films")
                .indexName("plots")
                .dataType(DataType.FLOAT32)
                .dimension(3)
                .distanceMetric(DistanceMetric.COSINE)
                .metadataConfiguration(m -> m.nonFilterableMetadataKeys("text")));

        s3vectors.putVectors(b -> b.vectorBucketName("films").indexName("plots").vectors(v -> v.key("alien")
                .data(d -> d.float32(0.1f, 0.9f, 0.2f))
                .metadata(Document.mapBuilder()
                        .putNumber("year", 1979)
                        .putString("text", "In space no one can hear you scream.")
                        .build())));

        QueryVectorsResponse nearest = s3vectors.queryVectors(b -> b.vectorBucketName("films")
                .indexName("plots")
                .topK(10)
                .queryVector(q -> q.float32(0.1f, 0.8f, 0.3f))
                .filter(Document.mapBuilder()
                        .putDocument(
                                "year",
                                Document.mapBuilder().putNumber("$lt", 1990).build())
                        .build())
                .returnDistance(true)
                .returnMetadata(true));
        // page: end
        assertThat(nearest.vectors()).singleElement().satisfies(v -> {
            assertThat(v.key()).isEqualTo("alien");
            assertThat(v.distance()).isBetween(0f, 0.1f);
            assertThat(v.metadata().asMap().get("year").asNumber().intValue()).isEqualTo(1979);
        });
        Path root = Path.of("../..");
        String source =
                Files.readString(root.resolve("functions/api/src/test/java/dev/quiver/api/S3VectorsPageTest.java"));
        String shown = source.substring(
                        source.indexOf("// page: begin\n") + "// page: begin\n".length(),
                        source.indexOf("        // page: end"))
                .stripTrailing();
        assertThat(Files.readString(root.resolve("docs/s3-vectors.md"))).contains(shown.indent(-8));
        s3vectors.close();
    }
}
