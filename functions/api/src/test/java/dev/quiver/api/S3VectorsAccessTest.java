package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.ApiKey.Issued;
import dev.quiver.functions.auth.ApiKeys;
import dev.quiver.functions.auth.Scope;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import io.restassured.RestAssured;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.ConfigProvider;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.services.s3vectors.S3VectorsClient;
import software.amazon.awssdk.services.s3vectors.model.AccessDeniedException;
import software.amazon.awssdk.services.s3vectors.model.IndexSummary;
import software.amazon.awssdk.services.s3vectors.model.VectorBucketSummary;

/** With keys, clients of S3 Vectors bring theirs as the session token, and tenants are apart as everywhere. */
@QuarkusTest
@TestProfile(S3VectorsAccessTest.WithKeys.class)
class S3VectorsAccessTest {
    @TestHTTPResource("/")
    URI uri;

    public static class WithKeys implements QuarkusTestProfile {
        @Override
        public Map<String, String> getConfigOverrides() {
            List<Issued> issued = List.of(
                    ApiKey.issue("ops", Set.of(Scope.values()), List.of("*"), null),
                    ApiKey.issue("a", Set.of(Scope.values()), List.of("a-*"), null),
                    ApiKey.issue("reader", Set.of(Scope.READ), List.of("a-*"), null),
                    ApiKey.issue("writer", Set.of(Scope.WRITE), List.of("a-*"), null),
                    ApiKey.issue("one", Set.of(Scope.values()), List.of("a-one_films"), null));
            Map<String, String> settings = new HashMap<>();
            issued.forEach(i -> settings.put("test.key." + i.key().id(), i.secret()));
            try {
                Path file = Files.createTempFile("quiver-keys", ".json");
                file.toFile().deleteOnExit();
                Files.write(file, ApiKeys.write(issued.stream().map(Issued::key).toList()));
                settings.put("quiver.auth.mode", "keys");
                settings.put("quiver.auth.keys", file.toString());
                settings.put("quiver.s3vectors.enabled", "true");
                return settings;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private S3VectorsClient with(String id) {
        String secret = ConfigProvider.getConfig().getValue("test.key." + id, String.class);
        return S3VectorsContract.client(uri, AwsSessionCredentials.create("quiver", "unused", secret));
    }

    private static void create(S3VectorsClient client, String bucket, String index) {
        client.createVectorBucket(b -> b.vectorBucketName(bucket));
        createIndex(client, bucket, index);
    }

    private static void createIndex(S3VectorsClient client, String bucket, String index) {
        client.createIndex(b -> b.vectorBucketName(bucket)
                .indexName(index)
                .dataType("float32")
                .dimension(2)
                .distanceMetric("cosine"));
    }

    private static void put(S3VectorsClient client, String bucket, String index) {
        client.putVectors(b -> b.vectorBucketName(bucket).indexName(index).vectors(v -> v.key("x")
                .data(d -> d.float32(1f, 0f))));
    }

    private static String denied(Runnable call) {
        AccessDeniedException e = catchThrowableOfType(AccessDeniedException.class, call::run);
        assertThat(e).as("an AccessDeniedException").isNotNull();
        assertThat(e.statusCode()).isEqualTo(403);
        assertThat(e.awsErrorDetails().errorMessage())
                .startsWith("Access denied.")
                .doesNotContain("qvr_");
        return e.awsErrorDetails().errorMessage();
    }

    /** Every operation on a bucket and an index. */
    private static Map<String, BiConsumer<S3VectorsClient, String>> operations() {
        Map<String, BiConsumer<S3VectorsClient, String>> all = new LinkedHashMap<>();
        all.put("CreateVectorBucket", (c, b) -> c.createVectorBucket(r -> r.vectorBucketName(b)));
        all.put("GetVectorBucket", (c, b) -> c.getVectorBucket(r -> r.vectorBucketName(b)));
        all.put("ListIndexes", (c, b) -> c.listIndexes(r -> r.vectorBucketName(b)));
        all.put("GetVectorBucketPolicy", (c, b) -> c.getVectorBucketPolicy(r -> r.vectorBucketName(b)));
        all.put(
                "PutVectorBucketPolicy",
                (c, b) -> c.putVectorBucketPolicy(r -> r.vectorBucketName(b).policy("{}")));
        all.put("DeleteVectorBucketPolicy", (c, b) -> c.deleteVectorBucketPolicy(r -> r.vectorBucketName(b)));
        all.put("ListTagsForResource", (c, b) -> c.listTagsForResource(r -> r.resourceArn(arn(b))));
        all.put(
                "TagResource",
                (c, b) -> c.tagResource(
                        r -> r.resourceArn(arn(b) + "/index/films").tags(Map.of("k", "v"))));
        all.put(
                "UntagResource",
                (c, b) -> c.untagResource(
                        r -> r.resourceArn(arn(b) + "/index/films").tagKeys("k")));
        all.put("CreateIndex", (c, b) -> createIndex(c, b, "films"));
        all.put("GetIndex", (c, b) -> c.getIndex(r -> r.indexArn(arn(b) + "/index/films")));
        all.put("PutVectors", (c, b) -> put(c, b, "films"));
        all.put(
                "GetVectors",
                (c, b) -> c.getVectors(
                        r -> r.vectorBucketName(b).indexName("films").keys("x")));
        all.put(
                "ListVectors",
                (c, b) -> c.listVectors(r -> r.vectorBucketName(b).indexName("films")));
        all.put(
                "QueryVectors",
                (c, b) -> c.queryVectors(r -> r.vectorBucketName(b)
                        .indexName("films")
                        .topK(1)
                        .queryVector(q -> q.float32(1f, 0f))
                        .filter(Document.mapBuilder().putString("k", "v").build())));
        all.put(
                "DeleteVectors",
                (c, b) -> c.deleteVectors(
                        r -> r.vectorBucketName(b).indexName("films").keys("x")));
        all.put(
                "DeleteIndex",
                (c, b) -> c.deleteIndex(r -> r.vectorBucketName(b).indexName("films")));
        all.put("DeleteVectorBucket", (c, b) -> c.deleteVectorBucket(r -> r.vectorBucketName(b)));
        return all;
    }

    private static String arn(String bucket) {
        return "arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + bucket;
    }

    @Test
    void nobodyComesInWithoutAKey() {
        create(with("ops"), "a-guarded", "films");
        List<S3VectorsClient> strangers = List.of(
                S3VectorsContract.client(uri, AwsBasicCredentials.create("quiver", "unused")),
                S3VectorsContract.client(uri, AwsSessionCredentials.create("quiver", "unused", "qvr_ops_AAAA")));
        for (S3VectorsClient stranger : strangers) {
            operations().forEach((name, operation) -> {
                String there = denied(() -> operation.accept(stranger, "a-guarded"));
                String not = denied(() -> operation.accept(stranger, "a-nothing"));
                assertThat(there).as(name).isEqualTo(not).contains("AwsSessionCredentials");
            });
            denied(() -> stranger.listVectorBuckets(b -> {}));
        }
        assertThat(RestAssured.given()
                        .contentType("application/json")
                        .header(
                                "Authorization",
                                "Bearer " + ConfigProvider.getConfig().getValue("test.key.ops", String.class))
                        .body("{}")
                        .post("/ListVectorBuckets")
                        .statusCode())
                .as("the key has one place")
                .isEqualTo(403);
    }

    @Test
    void whatBelongsToOthersCanNeitherBeReadNorInferred() {
        create(with("ops"), "b-there", "films");
        put(with("ops"), "b-there", "films");
        operations().forEach((name, operation) -> {
            String there = denied(() -> operation.accept(with("a"), "b-there"));
            String not = denied(() -> operation.accept(with("a"), "b-not"));
            assertThat(there.replace("b-there", "")).as(name).isEqualTo(not.replace("b-not", ""));
        });
        create(with("a"), "a-mine", "films");
        assertThat(with("a").listVectorBuckets(b -> {}).vectorBuckets())
                .extracting(VectorBucketSummary::vectorBucketName)
                .contains("a-mine")
                .allMatch(n -> n.startsWith("a-"));
        assertThat(with("ops").listVectorBuckets(b -> {}).vectorBuckets())
                .extracting(VectorBucketSummary::vectorBucketName)
                .contains("a-mine", "b-there");
        assertThat(with("ops")
                        .listVectors(b -> b.vectorBucketName("b-there").indexName("films"))
                        .vectors())
                .hasSize(1);
    }

    @Test
    void listingsOfOnesOwnBucketsComeInPagesToo() {
        for (int i = 0; i < 5; i++) {
            int number = i;
            with("ops").createVectorBucket(b -> b.vectorBucketName("a-page-" + number));
            with("ops").createVectorBucket(b -> b.vectorBucketName("a" + number + "-page"));
        }
        List<String> names = with("a").listVectorBucketsPaginator(b -> b.maxResults(2)).vectorBuckets().stream()
                .map(VectorBucketSummary::vectorBucketName)
                .filter(n -> n.contains("page"))
                .toList();
        assertThat(names).containsExactly("a-page-0", "a-page-1", "a-page-2", "a-page-3", "a-page-4");
    }

    @Test
    void scopesAreApart() {
        create(with("a"), "a-scopes", "films");
        Map<String, String> needed = operations().keySet().stream().collect(Collectors.toMap(n -> n, n -> switch (n) {
            case "PutVectors", "DeleteVectors" -> "writer";
            case "GetVectorBucket",
                    "ListIndexes",
                    "GetVectorBucketPolicy",
                    "ListTagsForResource",
                    "GetIndex",
                    "GetVectors",
                    "ListVectors",
                    "QueryVectors" -> "reader";
            default -> "a";
        }));
        operations().forEach((name, operation) -> {
            for (String who : List.of("reader", "writer")) {
                if (!needed.get(name).equals(who)) {
                    assertThat(denied(() -> operation.accept(with(who), "a-scopes")))
                            .as(name)
                            .contains("scope");
                }
            }
        });
        denied(() -> with("writer").listVectorBuckets(b -> {}));
        put(with("writer"), "a-scopes", "films");
        assertThat(with("reader")
                        .getVectors(b -> b.vectorBucketName("a-scopes")
                                .indexName("films")
                                .keys("x"))
                        .vectors())
                .hasSize(1);
    }

    /** A pattern that is one collection's name is for one index, and not for its bucket. */
    @Test
    void aKeyMayBeForOneIndex() {
        create(with("ops"), "a-one", "films");
        createIndex(with("ops"), "a-one", "books");
        put(with("one"), "a-one", "films");
        denied(() -> put(with("one"), "a-one", "books"));
        denied(() -> with("one").listIndexes(b -> b.vectorBucketName("a-one")));
        denied(() -> with("one").deleteVectorBucket(b -> b.vectorBucketName("a-one")));
        assertThat(with("one").listVectorBuckets(b -> {}).vectorBuckets()).isEmpty();
        assertThat(with("a").listIndexes(b -> b.vectorBucketName("a-one")).indexes())
                .extracting(IndexSummary::indexName)
                .containsExactly("books", "films");
    }
}
