package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3vectors.S3VectorsClient;
import software.amazon.awssdk.services.s3vectors.model.ConflictException;
import software.amazon.awssdk.services.s3vectors.model.DataType;
import software.amazon.awssdk.services.s3vectors.model.DistanceMetric;
import software.amazon.awssdk.services.s3vectors.model.GetOutputVector;
import software.amazon.awssdk.services.s3vectors.model.Index;
import software.amazon.awssdk.services.s3vectors.model.IndexSummary;
import software.amazon.awssdk.services.s3vectors.model.ListOutputVector;
import software.amazon.awssdk.services.s3vectors.model.ListVectorsResponse;
import software.amazon.awssdk.services.s3vectors.model.NotFoundException;
import software.amazon.awssdk.services.s3vectors.model.PutInputVector;
import software.amazon.awssdk.services.s3vectors.model.QueryOutputVector;
import software.amazon.awssdk.services.s3vectors.model.QueryVectorsRequest;
import software.amazon.awssdk.services.s3vectors.model.QueryVectorsResponse;
import software.amazon.awssdk.services.s3vectors.model.S3VectorsException;
import software.amazon.awssdk.services.s3vectors.model.SseType;
import software.amazon.awssdk.services.s3vectors.model.ValidationException;
import software.amazon.awssdk.services.s3vectors.model.VectorBucket;
import software.amazon.awssdk.services.s3vectors.model.VectorBucketSummary;

/**
 * Holds down that the AWS SDK's own client for S3 Vectors works with another endpoint and nothing else changed, whoever serves it. What the service does where its model does not say was observed by others on AWS: messages, the euclidean
 * distance (not squared), filters of one key an object.
 */
public abstract class S3VectorsContract {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AtomicInteger NAMES = new AtomicInteger();

    /** Where it is served. */
    abstract URI endpoint();

    /** Requests that are sent at once. */
    int parallel() {
        return 8;
    }

    private S3VectorsClient s3vectors() {
        return client(endpoint(), AwsBasicCredentials.create("any", "secret"));
    }

    static S3VectorsClient client(URI endpoint, AwsCredentials credentials) {
        return client(endpoint, StaticCredentialsProvider.create(credentials));
    }

    private static S3VectorsClient client(URI endpoint, AwsCredentialsProvider credentials) {
        return S3VectorsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder().socketTimeout(Duration.ofMinutes(1)))
                .build();
    }

    static String newName(String what) {
        return what + "-" + NAMES.incrementAndGet();
    }

    private String newBucket() {
        String bucket = newName("bucket");
        s3vectors().createVectorBucket(b -> b.vectorBucketName(bucket));
        return bucket;
    }

    private void newIndex(String bucket, String index, int dimension, DistanceMetric metric, String... nonFilterable) {
        s3vectors().createIndex(b -> {
            b.vectorBucketName(bucket)
                    .indexName(index)
                    .dataType(DataType.FLOAT32)
                    .dimension(dimension)
                    .distanceMetric(metric);
            if (nonFilterable.length > 0) {
                b.metadataConfiguration(m -> m.nonFilterableMetadataKeys(nonFilterable));
            }
        });
    }

    private static PutInputVector vector(String key, Document metadata, float... data) {
        List<Float> components = new ArrayList<>();
        for (float x : data) {
            components.add(x);
        }
        return PutInputVector.builder()
                .key(key)
                .data(d -> d.float32(components))
                .metadata(metadata)
                .build();
    }

    private static PutInputVector vector(String key, float... data) {
        return vector(key, null, data);
    }

    private void put(String bucket, String index, PutInputVector... vectors) {
        s3vectors().putVectors(b -> b.vectorBucketName(bucket).indexName(index).vectors(vectors));
    }

    private List<String> query(String bucket, String index, Document filter) {
        return s3vectors()
                .queryVectors(b -> b.vectorBucketName(bucket)
                        .indexName(index)
                        .topK(100)
                        .queryVector(q -> q.float32(1f, 1f))
                        .filter(filter))
                .vectors()
                .stream()
                .map(QueryOutputVector::key)
                .sorted()
                .toList();
    }

    /** From JSON with single quotes. */
    private static Document document(String json) {
        try {
            return document(JSON.readTree(json.replace('\'', '"')));
        } catch (IOException e) {
            throw new AssertionError(json, e);
        }
    }

    private static Document document(JsonNode node) {
        if (node.isObject()) {
            Map<String, Document> map = new LinkedHashMap<>();
            node.properties().forEach(p -> map.put(p.getKey(), document(p.getValue())));
            return Document.fromMap(map);
        }
        if (node.isArray()) {
            List<Document> list = new ArrayList<>();
            node.forEach(n -> list.add(document(n)));
            return Document.fromList(list);
        }
        return node.isTextual()
                ? Document.fromString(node.asText())
                : node.isBoolean()
                        ? Document.fromBoolean(node.asBoolean())
                        : node.isNull() ? Document.fromNull() : Document.fromNumber(node.asText());
    }

    private static ValidationException invalid(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        ValidationException e = catchThrowableOfType(ValidationException.class, call);
        assertThat(e).as("a ValidationException").isNotNull();
        assertThat(e.statusCode()).isEqualTo(400);
        assertThat(e.awsErrorDetails().errorMessage())
                .isNotBlank()
                .as("no insides of ours")
                .doesNotContain("dev.quiver", "java.", "jackson");
        return e;
    }

    private static void invalid(String path, String words, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        ValidationException e = invalid(call);
        assertThat(e.awsErrorDetails().errorMessage()).contains(words);
        assertThat(e.fieldList()).isNotEmpty().anySatisfy(f -> {
            assertThat(f.path()).isEqualTo(path);
            assertThat(f.message()).isNotBlank();
        });
    }

    private static void notFound(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        NotFoundException e = catchThrowableOfType(NotFoundException.class, call);
        assertThat(e).as("a NotFoundException").isNotNull();
        assertThat(e.statusCode()).isEqualTo(404);
        assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message);
    }

    private static void conflict(String message, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        ConflictException e = catchThrowableOfType(ConflictException.class, call);
        assertThat(e).as("a ConflictException").isNotNull();
        assertThat(e.statusCode()).isEqualTo(409);
        assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(message);
    }

    // ---- vector buckets

    @Test
    void aVectorBucketIsCreatedFoundListedAndDeleted() {
        String name = newName("life");
        Instant before = Instant.now().minusSeconds(5);
        String arn = s3vectors()
                .createVectorBucket(
                        b -> b.vectorBucketName(name).encryptionConfiguration(e -> e.sseType(SseType.AES256)))
                .vectorBucketArn();
        assertThat(arn).isEqualTo("arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + name);
        VectorBucket byName =
                s3vectors().getVectorBucket(b -> b.vectorBucketName(name)).vectorBucket();
        assertThat(byName.vectorBucketName()).isEqualTo(name);
        assertThat(byName.vectorBucketArn()).isEqualTo(arn);
        assertThat(byName.creationTime()).isBetween(before, Instant.now().plusSeconds(5));
        assertThat(byName.encryptionConfiguration().sseType()).isEqualTo(SseType.AES256);
        assertThat(s3vectors().getVectorBucket(b -> b.vectorBucketArn(arn)).vectorBucket())
                .isEqualTo(byName);
        assertThat(s3vectors().listVectorBuckets(b -> {}).vectorBuckets())
                .filteredOn(b -> b.vectorBucketName().equals(name))
                .singleElement()
                .satisfies(b -> assertThat(b.creationTime()).isEqualTo(byName.creationTime()));
        conflict("A vector bucket with the specified name already exists", () -> s3vectors()
                .createVectorBucket(b -> b.vectorBucketName(name)));
        s3vectors().deleteVectorBucket(b -> b.vectorBucketArn(arn));
        String missing = "The specified vector bucket could not be found";
        notFound(missing, () -> s3vectors().getVectorBucket(b -> b.vectorBucketName(name)));
        notFound(missing, () -> s3vectors().deleteVectorBucket(b -> b.vectorBucketName(name)));
        notFound(missing, () -> s3vectors().listIndexes(b -> b.vectorBucketName(name)));
        notFound(missing, () -> newIndex(name, "any", 2, DistanceMetric.COSINE));
        assertThat(s3vectors().listVectorBuckets(b -> {}).vectorBuckets())
                .noneMatch(b -> b.vectorBucketName().equals(name));
        s3vectors().createVectorBucket(b -> b.vectorBucketName(name));
        assertThat(s3vectors().getVectorBucket(b -> b.vectorBucketName(name)).vectorBucket())
                .isNotNull();
    }

    @Test
    void anArnOfAnotherAccountAndRegionMeansTheSame() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        assertThat(s3vectors()
                        .getVectorBucket(
                                b -> b.vectorBucketArn("arn:aws:s3vectors:us-west-2:123456789012:bucket/" + bucket))
                        .vectorBucket()
                        .vectorBucketName())
                .isEqualTo(bucket);
        assertThat(s3vectors()
                        .getIndex(b -> b.indexArn(
                                "arn:aws:s3vectors:us-west-2:123456789012:bucket/" + bucket + "/index/index"))
                        .index()
                        .indexName())
                .isEqualTo("index");
    }

    @Test
    void vectorBucketsComeInPages() {
        String prefix = newName("paged");
        List<String> names =
                IntStream.range(0, 7).mapToObj(i -> prefix + "-" + i).toList();
        names.forEach(n -> s3vectors().createVectorBucket(b -> b.vectorBucketName(n)));
        s3vectors().deleteVectorBucket(b -> b.vectorBucketName(names.get(3)));
        List<String> expected = new ArrayList<>(names);
        expected.remove(3);
        for (int size : new int[] {1, 2, 3, 6, 7, 500}) {
            List<Integer> sizes = new ArrayList<>();
            List<String> found = new ArrayList<>();
            s3vectors()
                    .listVectorBucketsPaginator(b -> b.prefix(prefix).maxResults(size))
                    .forEach(p -> {
                        sizes.add(p.vectorBuckets().size());
                        p.vectorBuckets().stream()
                                .map(VectorBucketSummary::vectorBucketName)
                                .forEach(found::add);
                    });
            assertThat(found).as("pages of " + size).isEqualTo(expected);
            assertThat(sizes).hasSize((6 + size - 1) / size).allMatch(n -> n <= size);
        }
        assertThat(s3vectors()
                        .listVectorBuckets(b -> b.prefix(prefix + "-none"))
                        .vectorBuckets())
                .isEmpty();
        invalid("/nextToken", "nextToken", () -> s3vectors().listVectorBuckets(b -> b.nextToken("nonsense")));
        invalid("/maxResults", "between 1 and 500", () -> s3vectors().listVectorBuckets(b -> b.maxResults(501)));
    }

    @Test
    void namesOfVectorBucketsAreChecked() {
        invalid(
                "/vectorBucketName",
                "1 validation error detected. Value with length 2 at '/vectorBucketName' failed to satisfy constraint: Member must have length between 3 and 63, inclusive",
                () -> s3vectors().createVectorBucket(b -> b.vectorBucketName("sh")));
        invalid("/vectorBucketName", "Value with length 64", () -> s3vectors()
                .createVectorBucket(b -> b.vectorBucketName("x".repeat(64))));
        for (String wrong : List.of("with_under", "Upper", "-begins", "ends-", "dot.ted", "sla/sh", "späm")) {
            invalid("/vectorBucketName", "Invalid vector bucket name", () -> s3vectors()
                    .createVectorBucket(b -> b.vectorBucketName(wrong)));
        }
        invalid("/vectorBucketName", "must not be null", () -> s3vectors().createVectorBucket(b -> {}));
        String bucket = newBucket();
        assertThat(invalid(() -> s3vectors().getVectorBucket(b -> b.vectorBucketName(bucket)
                                .vectorBucketArn("arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + bucket)))
                        .awsErrorDetails()
                        .errorMessage())
                .isEqualTo("Must specify either vectorBucketName or vectorBucketArn but not both");
        invalid("/vectorBucketArn", "ARN", () -> s3vectors().getVectorBucket(b -> b.vectorBucketArn("arn:aws:s3:::x")));
    }

    @Test
    void whatQuiverHasNotIsRefusedAndThatThereIsNoneIsAnswered() {
        String bucket = newName("plain");
        invalid("/tags", "Quiver keeps no tags", () -> s3vectors()
                .createVectorBucket(b -> b.vectorBucketName(bucket).tags(Map.of("team", "search"))));
        invalid("/encryptionConfiguration", "KMS", () -> s3vectors().createVectorBucket(b -> b.vectorBucketName(bucket)
                .encryptionConfiguration(
                        e -> e.sseType(SseType.AWS_KMS).kmsKeyArn("arn:aws:kms:us-east-1:123456789012:key/1"))));
        notFound("The specified vector bucket could not be found", () -> s3vectors()
                .getVectorBucketPolicy(b -> b.vectorBucketName(bucket)));
        String arn =
                s3vectors().createVectorBucket(b -> b.vectorBucketName(bucket)).vectorBucketArn();
        newIndex(bucket, "with.dots-and", 2, DistanceMetric.COSINE);
        for (String resource : List.of(arn, arn + "/index/with.dots-and")) {
            assertThat(s3vectors()
                            .listTagsForResource(b -> b.resourceArn(resource))
                            .tags())
                    .isEmpty();
            invalid("/tags", "Quiver keeps no tags", () -> s3vectors()
                    .tagResource(b -> b.resourceArn(resource).tags(Map.of("team", "search"))));
            s3vectors().untagResource(b -> b.resourceArn(resource).tagKeys("team"));
        }
        notFound("The specified index could not be found", () -> s3vectors()
                .listTagsForResource(b -> b.resourceArn(arn + "/index/none")));
        invalid("/resourceArn", "ARN", () -> s3vectors().listTagsForResource(b -> b.resourceArn("nonsense")));
        notFound("The specified vector bucket policy could not be found", () -> s3vectors()
                .getVectorBucketPolicy(b -> b.vectorBucketName(bucket)));
        invalid("/policy", "API keys", () -> s3vectors()
                .putVectorBucketPolicy(b -> b.vectorBucketArn(arn).policy("{}")));
        s3vectors().deleteVectorBucketPolicy(b -> b.vectorBucketName(bucket));
    }

    // ---- indexes

    @Test
    void anIndexIsCreatedFoundListedAndDeleted() {
        String bucket = newBucket();
        String bucketArn = "arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + bucket;
        String arn = s3vectors()
                .createIndex(b -> b.vectorBucketArn(bucketArn)
                        .indexName("films.2026")
                        .dataType(DataType.FLOAT32)
                        .dimension(3)
                        .distanceMetric(DistanceMetric.EUCLIDEAN)
                        .metadataConfiguration(m -> m.nonFilterableMetadataKeys("text", "blob")))
                .indexArn();
        assertThat(arn).isEqualTo(bucketArn + "/index/films.2026");
        Index index = s3vectors()
                .getIndex(b -> b.vectorBucketName(bucket).indexName("films.2026"))
                .index();
        assertThat(index.indexArn()).isEqualTo(arn);
        assertThat(index.vectorBucketName()).isEqualTo(bucket);
        assertThat(index.indexName()).isEqualTo("films.2026");
        assertThat(index.dataType()).isEqualTo(DataType.FLOAT32);
        assertThat(index.dimension()).isEqualTo(3);
        assertThat(index.distanceMetric()).isEqualTo(DistanceMetric.EUCLIDEAN);
        assertThat(index.metadataConfiguration().nonFilterableMetadataKeys()).containsExactlyInAnyOrder("text", "blob");
        assertThat(index.creationTime())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(5));
        assertThat(s3vectors().getIndex(b -> b.indexArn(arn)).index()).isEqualTo(index);
        assertThat(s3vectors().listIndexes(b -> b.vectorBucketName(bucket)).indexes())
                .singleElement()
                .satisfies(i -> {
                    assertThat(i.indexArn()).isEqualTo(arn);
                    assertThat(i.creationTime()).isEqualTo(index.creationTime());
                });
        conflict(
                "An index with the specified name already exists",
                () -> newIndex(bucket, "films.2026", 3, DistanceMetric.EUCLIDEAN));
        conflict(
                "An index with the specified name already exists",
                () -> newIndex(bucket, "films.2026", 4, DistanceMetric.COSINE));
        conflict("The specified vector bucket is not empty", () -> s3vectors()
                .deleteVectorBucket(b -> b.vectorBucketName(bucket)));
        put(bucket, "films.2026", vector("a", 1, 2, 3));
        s3vectors().deleteIndex(b -> b.indexArn(arn));
        String missing = "The specified index could not be found";
        notFound(missing, () -> s3vectors().getIndex(b -> b.indexArn(arn)));
        notFound(missing, () -> s3vectors().deleteIndex(b -> b.indexArn(arn)));
        notFound(missing, () -> put(bucket, "films.2026", vector("a", 1, 2, 3)));
        notFound(missing, () -> s3vectors().getVectors(b -> b.indexArn(arn).keys("a")));
        notFound(missing, () -> s3vectors().deleteVectors(b -> b.indexArn(arn).keys("a")));
        notFound(missing, () -> s3vectors().listVectors(b -> b.indexArn(arn)));
        notFound(missing, () -> s3vectors()
                .queryVectors(b -> b.indexArn(arn).topK(1).queryVector(q -> q.float32(1f, 2f, 3f))));
        assertThat(s3vectors().listIndexes(b -> b.vectorBucketName(bucket)).indexes())
                .isEmpty();
        newIndex(bucket, "films.2026", 2, DistanceMetric.COSINE);
        Index anew = s3vectors()
                .getIndex(b -> b.vectorBucketName(bucket).indexName("films.2026"))
                .index();
        assertThat(anew.dimension()).isEqualTo(2);
        assertThat(anew.metadataConfiguration()).isNull();
        assertThat(s3vectors().listVectors(b -> b.indexArn(arn)).vectors()).isEmpty();
        s3vectors().deleteIndex(b -> b.indexArn(arn));
        s3vectors().deleteVectorBucket(b -> b.vectorBucketName(bucket));
    }

    @Test
    void indexesComeInPages() {
        String bucket = newBucket();
        List<String> names = List.of("a-1", "a-2", "a-3", "a.4", "b-1");
        names.forEach(n -> newIndex(bucket, n, 2, DistanceMetric.COSINE));
        for (int size : new int[] {1, 2, 5, 500}) {
            List<String> found = new ArrayList<>();
            s3vectors()
                    .listIndexesPaginator(b -> b.vectorBucketName(bucket).maxResults(size))
                    .indexes()
                    .forEach(i -> found.add(i.indexName()));
            assertThat(found).as("pages of " + size).isEqualTo(names);
        }
        assertThat(s3vectors()
                        .listIndexes(b -> b.vectorBucketName(bucket).prefix("a-"))
                        .indexes())
                .extracting(IndexSummary::indexName)
                .containsExactly("a-1", "a-2", "a-3");
        String token = s3vectors()
                .listIndexes(b -> b.vectorBucketName(bucket).maxResults(1))
                .nextToken();
        String other = newBucket();
        invalid("/nextToken", "nextToken", () -> s3vectors()
                .listIndexes(b -> b.vectorBucketName(other).nextToken(token)));
    }

    @Test
    void settingsOfIndexesAreChecked() {
        String bucket = newBucket();
        invalid(
                "/dimension",
                "Member must be between 1 and 4096, inclusive",
                () -> newIndex(bucket, "abc", 4097, DistanceMetric.COSINE));
        invalid("/dimension", "between 1 and 4096", () -> newIndex(bucket, "abc", 0, DistanceMetric.COSINE));
        invalid("/distanceMetric", "[euclidean, cosine]", () -> s3vectors().createIndex(b -> b.vectorBucketName(bucket)
                .indexName("abc")
                .dataType("float32")
                .dimension(2)
                .distanceMetric("dot")));
        invalid("/dataType", "[float32]", () -> s3vectors().createIndex(b -> b.vectorBucketName(bucket)
                .indexName("abc")
                .dataType("float16")
                .dimension(2)
                .distanceMetric("cosine")));
        for (String wrong : List.of("a_b", "Abc", ".ab", "ab-", "a b")) {
            invalid("/indexName", "Invalid index name", () -> newIndex(bucket, wrong, 2, DistanceMetric.COSINE));
        }
        String path = "/metadataConfiguration/nonFilterableMetadataKeys";
        invalid(
                path,
                "between 1 and 10",
                () -> newIndex(
                        bucket,
                        "abc",
                        2,
                        DistanceMetric.COSINE,
                        IntStream.range(0, 11).mapToObj(i -> "k" + i).toArray(String[]::new)));
        invalid(
                path + "/0",
                "between 1 and 63",
                () -> newIndex(bucket, "abc", 2, DistanceMetric.COSINE, "k".repeat(64)));
        invalid(path, "unique", () -> newIndex(bucket, "abc", 2, DistanceMetric.COSINE, "k", "k"));
        ValidationException several = invalid(() -> s3vectors()
                .createIndex(b -> b.vectorBucketName(bucket).indexName("abc").dimension(0)));
        assertThat(several.awsErrorDetails().errorMessage()).startsWith("3 validation errors detected.");
        assertThat(several.fieldList()).hasSize(3);
        assertThat(s3vectors().listIndexes(b -> b.vectorBucketName(bucket)).indexes())
                .isEmpty();
    }

    @Test
    void theLongestNamesWork() {
        String bucket = newName("long") + "-" + "b".repeat(50);
        String one = "i".repeat(62) + "1";
        String two = "i".repeat(62) + "2";
        s3vectors().createVectorBucket(b -> b.vectorBucketName(bucket));
        newIndex(bucket, one, 2, DistanceMetric.COSINE);
        newIndex(bucket, two, 2, DistanceMetric.COSINE);
        put(bucket, one, vector("of one", 1, 0));
        put(bucket, two, vector("of two", 1, 0));
        assertThat(query(bucket, one, null)).containsExactly("of one");
        assertThat(query(bucket, two, null)).containsExactly("of two");
        assertThat(s3vectors().listIndexes(b -> b.vectorBucketName(bucket)).indexes())
                .extracting(IndexSummary::indexName)
                .containsExactly(one, two);
        s3vectors().deleteIndex(b -> b.vectorBucketName(bucket).indexName(one));
        assertThat(query(bucket, two, null)).containsExactly("of two");
    }

    /** Of each race exactly one wins, and what there is then is the winner's. */
    @Test
    void ofSeveralCreatorsOneWins() throws Exception {
        for (int round = 0; round < 5; round++) {
            String bucket = newName("race");
            assertThat(winners(i -> s3vectors().createVectorBucket(b -> b.vectorBucketName(bucket))))
                    .hasSize(1);
            List<Integer> winners = winners(i -> newIndex(bucket, "index", 2, DistanceMetric.COSINE, "of" + i));
            assertThat(winners).hasSize(1);
            assertThat(s3vectors()
                            .getIndex(b -> b.vectorBucketName(bucket).indexName("index"))
                            .index()
                            .metadataConfiguration()
                            .nonFilterableMetadataKeys())
                    .containsExactly("of" + winners.getFirst());
        }
    }

    /** Who creates an index while its bucket is deleted gets one of both, and never an index without a bucket. */
    @Test
    void anIndexNeverOutlivesItsBucket() throws Exception {
        for (int round = 0; round < 10; round++) {
            String bucket = newBucket();
            List<Integer> done = winners(i -> {
                if (i % 2 == 0) {
                    newIndex(bucket, "index-" + i, 2, DistanceMetric.COSINE);
                } else {
                    s3vectors().deleteVectorBucket(b -> b.vectorBucketName(bucket));
                }
            });
            boolean deleted = done.stream().anyMatch(i -> i % 2 == 1);
            List<String> created =
                    done.stream().filter(i -> i % 2 == 0).map(i -> "index-" + i).toList();
            if (deleted) {
                assertThat(created).isEmpty();
                notFound("The specified vector bucket could not be found", () -> s3vectors()
                        .getVectorBucket(b -> b.vectorBucketName(bucket)));
            } else {
                assertThat(s3vectors()
                                .listIndexes(b -> b.vectorBucketName(bucket))
                                .indexes())
                        .extracting(IndexSummary::indexName)
                        .containsExactlyElementsOf(created);
                created.forEach(i -> put(bucket, i, vector("a", 1, 0)));
            }
        }
    }

    /** Which of several that begin at once succeed; the others must fail as those do who come too late. */
    private List<Integer> winners(Consumer<Integer> work) throws Exception {
        List<Integer> winners = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < parallel(); i++) {
                int number = i;
                all.add(threads.submit(() -> {
                    try {
                        work.accept(number);
                        winners.add(number);
                    } catch (ConflictException | NotFoundException e) {
                        // Somebody else was faster.
                    }
                }));
            }
            for (Future<?> f : all) {
                f.get();
            }
        }
        return winners.stream().sorted().toList();
    }

    // ---- vectors

    @Test
    void vectorsComeBackAsTheyWerePut() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE, "text");
        Document metadata = document(
                "{'s': 'x', 'empty': '', 'n': 3, 'half': -0.5, 'big': 9007199254740993, 'b': true, 'list': ['a', 'b'], 'numbers': [1, 2.5], 'dotted.key': 1, 'text': '"
                        + "long ".repeat(2000) + "'}");
        put(bucket, "index", vector("a", metadata, 0.1f, Float.MIN_NORMAL), vector("ключ/b c", 3, 4));
        List<GetOutputVector> all = s3vectors()
                .getVectors(b -> b.vectorBucketName(bucket)
                        .indexName("index")
                        .keys("a", "ключ/b c", "none")
                        .returnData(true)
                        .returnMetadata(true))
                .vectors();
        assertThat(all).hasSize(2);
        GetOutputVector a =
                all.stream().filter(v -> v.key().equals("a")).findFirst().orElseThrow();
        assertThat(a.data().float32()).containsExactly(0.1f, Float.MIN_NORMAL);
        assertThat(a.metadata()).isEqualTo(metadata);
        GetOutputVector b =
                all.stream().filter(v -> v.key().equals("ключ/b c")).findFirst().orElseThrow();
        assertThat(b.metadata()).isEqualTo(document("{}"));
        GetOutputVector plain = s3vectors()
                .getVectors(g -> g.vectorBucketName(bucket).indexName("index").keys("a"))
                .vectors()
                .getFirst();
        assertThat(plain.data()).isNull();
        assertThat(plain.metadata()).isNull();
    }

    @Test
    void aVectorIsReplacedWhole() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        put(bucket, "index", vector("a", document("{'first': 1}"), 1, 0));
        put(bucket, "index", vector("a", document("{'second': 2}"), 0, 1));
        GetOutputVector a = s3vectors()
                .getVectors(g -> g.vectorBucketName(bucket)
                        .indexName("index")
                        .keys("a", "a")
                        .returnData(true)
                        .returnMetadata(true))
                .vectors()
                .getFirst();
        assertThat(a.data().float32()).containsExactly(0f, 1f);
        assertThat(a.metadata()).isEqualTo(document("{'second': 2}"));
        put(bucket, "index", vector("twice", 1, 0), vector("twice", 1, 1));
        assertThat(s3vectors()
                        .getVectors(g -> g.vectorBucketName(bucket)
                                .indexName("index")
                                .keys("twice")
                                .returnData(true))
                        .vectors())
                .singleElement()
                .satisfies(v -> assertThat(v.data().float32()).containsExactly(1f, 1f));
    }

    @Test
    void deletedVectorsAreGoneAndDeletingTwiceIsNoError() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        put(bucket, "index", vector("a", 1, 0), vector("b", 0, 1));
        for (int i = 0; i < 2; i++) {
            s3vectors()
                    .deleteVectors(
                            b -> b.vectorBucketName(bucket).indexName("index").keys("a", "none", "a"));
            assertThat(s3vectors()
                            .listVectors(b -> b.vectorBucketName(bucket).indexName("index"))
                            .vectors())
                    .extracting(ListOutputVector::key)
                    .containsExactly("b");
        }
    }

    @Test
    void whatIsPutIsChecked() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE, "text");
        invalid(
                "vectors[1]",
                "Invalid record for key 'x': vector must have length 2, but has length 3",
                () -> put(bucket, "index", vector("ok", 1, 2), vector("x", 1, 2, 3)));
        invalid("vectors[0]", "zero", () -> put(bucket, "index", vector("x", 0, 0)));
        invalid("/vectors/0/data/float32/0", "a number", () -> put(bucket, "index", vector("x", Float.NaN, 0)));
        invalid("/vectors", "between 1 and 500", () -> put(bucket, "index"));
        invalid(
                "/vectors",
                "between 1 and 500",
                () -> put(
                        bucket,
                        "index",
                        IntStream.range(0, 501)
                                .mapToObj(i -> vector("k" + i, 1, 1))
                                .toArray(PutInputVector[]::new)));
        invalid("/vectors/0/key", "must not be null", () -> put(bucket, "index", vector(null, 1, 1)));
        invalid("/vectors/0/key", "between 1 and 1024", () -> put(bucket, "index", vector("", 1, 1)));
        invalid("/vectors/0/key", "between 1 and 1024", () -> put(bucket, "index", vector("k".repeat(1025), 1, 1)));
        invalid("/vectors/0/data", "must not be null", () -> s3vectors()
                .putVectors(b -> b.vectorBucketName(bucket).indexName("index").vectors(v -> v.key("x"))));
        assertThat(s3vectors()
                        .listVectors(b -> b.vectorBucketName(bucket).indexName("index"))
                        .vectors())
                .as("nothing of a request that is refused")
                .isEmpty();
    }

    /** The service has 1,024 characters, Quiver 512 bytes. */
    @Test
    void keysThatAreTooLongForQuiverAreRefusedWhenPutAndNotThereOtherwise() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        String longest = "k".repeat(512);
        String longer = "é".repeat(257);
        put(bucket, "index", vector(longest, 1, 1));
        invalid("vectors[0].key", "512", () -> put(bucket, "index", vector(longer, 1, 1)));
        assertThat(s3vectors()
                        .getVectors(b ->
                                b.vectorBucketName(bucket).indexName("index").keys(longest, longer))
                        .vectors())
                .extracting(GetOutputVector::key)
                .containsExactly(longest);
        s3vectors()
                .deleteVectors(
                        b -> b.vectorBucketName(bucket).indexName("index").keys(longer));
    }

    @Test
    void metadataIsCheckedAsTheServiceDoes() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE, "text");
        Map<String, String> wrong = Map.of(
                "{'o': {'a': 1}}",
                "Metadata values must be strings, numbers, booleans, or arrays",
                "{'text': {'a': 1}}",
                "Metadata values must be strings, numbers, booleans, or arrays",
                "{'o': null}",
                "Metadata values must be strings, numbers, booleans, or arrays",
                "{'l': []}",
                "Empty arrays are not allowed in metadata",
                "{'l': [1, 'a']}",
                "Metadata array values must be strings or numbers",
                "{'l': [true]}",
                "Metadata array values must be strings or numbers",
                "{'big': '" + "x".repeat(2048) + "'}",
                "Filterable metadata must have at most 2048 bytes",
                "{'text': '" + "x".repeat(41_000) + "'}",
                "Metadata must have at most 40960 bytes",
                "{'$eq': 1}",
                "'$'",
                "{'n': 123456789012345678901234567890}",
                "64 bits");
        wrong.forEach((json, words) -> invalid(
                "vectors[0].metadata",
                "Invalid record for key 'x': ",
                () -> put(bucket, "index", vector("x", document(json), 1, 1))));
        wrong.forEach((json, words) -> assertThat(invalid(() -> put(bucket, "index", vector("x", document(json), 1, 1)))
                        .awsErrorDetails()
                        .errorMessage())
                .contains(words));
        Map<String, Document> many = new LinkedHashMap<>();
        IntStream.range(0, 51).forEach(i -> many.put("k" + i, Document.fromNumber(i)));
        invalid(
                "vectors[0].metadata",
                "at most 50 keys",
                () -> put(bucket, "index", vector("x", Document.fromMap(many), 1, 1)));
        many.remove("k50");
        put(bucket, "index", vector("fifty", Document.fromMap(many), 1, 1));
        put(bucket, "index", vector("large", document("{'text': '" + "x".repeat(40_900) + "'}"), 1, 1));
        invalid("/vectors/0/metadata", "object", () -> put(bucket, "index", vector("x", document("[1]"), 1, 1)));
    }

    @Test
    void parallelPutsAreAllThere() throws Exception {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.EUCLIDEAN);
        int each = 50;
        assertThat(winners(i -> {
                    for (int j = 0; j < each; j += 10) {
                        int from = j;
                        put(
                                bucket,
                                "index",
                                IntStream.range(from, from + 10)
                                        .mapToObj(k -> vector(i + "-" + k, i, k))
                                        .toArray(PutInputVector[]::new));
                    }
                }))
                .hasSize(parallel());
        List<String> keys = new ArrayList<>();
        s3vectors()
                .listVectorsPaginator(b -> b.vectorBucketName(bucket).indexName("index"))
                .vectors()
                .forEach(v -> keys.add(v.key()));
        assertThat(keys).hasSize(parallel() * each).doesNotHaveDuplicates();
    }

    @Test
    void vectorsComeInPagesAndSegments() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        Set<String> keys = new HashSet<>();
        List<PutInputVector> vectors = new ArrayList<>();
        for (int i = 0; i < 137; i++) {
            keys.add("key-" + i);
            vectors.add(vector("key-" + i, document("{'n': " + i + "}"), i, 1));
        }
        put(bucket, "index", vectors.toArray(PutInputVector[]::new));
        for (int size : new int[] {1, 10, 137, 1000}) {
            List<String> found = new ArrayList<>();
            s3vectors()
                    .listVectorsPaginator(
                            b -> b.vectorBucketName(bucket).indexName("index").maxResults(size))
                    .forEach(p -> {
                        assertThat(p.vectors()).hasSizeLessThanOrEqualTo(size);
                        p.vectors().forEach(v -> found.add(v.key()));
                    });
            assertThat(found).as("pages of " + size).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(keys);
        }
        for (int segments : new int[] {1, 3, 16}) {
            List<String> found = new ArrayList<>();
            int filled = 0;
            for (int s = 0; s < segments; s++) {
                int segment = s;
                int before = found.size();
                s3vectors()
                        .listVectorsPaginator(b -> b.vectorBucketName(bucket)
                                .indexName("index")
                                .segmentCount(segments)
                                .segmentIndex(segment)
                                .maxResults(7)
                                .returnData(true)
                                .returnMetadata(true))
                        .vectors()
                        .forEach(v -> {
                            assertThat(v.data().float32()).hasSize(2);
                            assertThat("key-"
                                            + v.metadata()
                                                    .asMap()
                                                    .get("n")
                                                    .asNumber()
                                                    .intValue())
                                    .isEqualTo(v.key());
                            found.add(v.key());
                        });
                filled += found.size() > before ? 1 : 0;
            }
            assertThat(found)
                    .as(segments + " segments")
                    .doesNotHaveDuplicates()
                    .containsExactlyInAnyOrderElementsOf(keys);
            assertThat(filled).isGreaterThan(segments / 2);
        }
        ListVectorsResponse first = s3vectors()
                .listVectors(b -> b.vectorBucketName(bucket).indexName("index").maxResults(10));
        invalid("/nextToken", "nextToken", () -> s3vectors().listVectors(b -> b.vectorBucketName(bucket)
                .indexName("index")
                .segmentCount(2)
                .segmentIndex(1)
                .nextToken(first.nextToken())));
        invalid("/segmentIndex", "less than segmentCount", () -> s3vectors().listVectors(b -> b.vectorBucketName(bucket)
                .indexName("index")
                .segmentCount(2)
                .segmentIndex(2)));
        assertThat(invalid(() -> s3vectors().listVectors(b -> b.vectorBucketName(bucket)
                                .indexName("index")
                                .segmentCount(2)))
                        .awsErrorDetails()
                        .errorMessage())
                .contains("segmentCount");
        invalid("/segmentCount", "between 1 and 16", () -> s3vectors().listVectors(b -> b.vectorBucketName(bucket)
                .indexName("index")
                .segmentCount(17)
                .segmentIndex(0)));
        invalid("/maxResults", "Member must be between 1 and 1000, inclusive", () -> s3vectors()
                .listVectors(b -> b.vectorBucketName(bucket).indexName("index").maxResults(1001)));
    }

    /** 40 KB of metadata each: a page ends at about a megabyte, whatever was asked for. */
    @Test
    void pagesOfLargeVectorsAreShort() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE, "text");
        Document large = document("{'text': '" + "x".repeat(40_000) + "'}");
        for (int i = 0; i < 4; i++) {
            int from = i * 30;
            put(
                    bucket,
                    "index",
                    IntStream.range(from, from + 30)
                            .mapToObj(k -> vector("k" + k, large, 1, k))
                            .toArray(PutInputVector[]::new));
        }
        List<Integer> pages = new ArrayList<>();
        s3vectors()
                .listVectorsPaginator(b -> b.vectorBucketName(bucket)
                        .indexName("index")
                        .maxResults(1000)
                        .returnMetadata(true))
                .forEach(p -> pages.add(p.vectors().size()));
        assertThat(pages.stream().mapToInt(n -> n).sum()).isEqualTo(120);
        assertThat(pages).hasSizeGreaterThan(3).allMatch(n -> n <= 28);
        QueryVectorsResponse hundred = s3vectors().queryVectors(large(bucket, 100));
        assertThat(hundred.vectors()).as("as one answer").hasSize(100);
        assertThat(hundred.nextToken()).isNull();
        List<String> keys = new ArrayList<>();
        String token = null;
        do {
            String next = token;
            QueryVectorsResponse page = s3vectors()
                    .queryVectors(large(bucket, 120).toBuilder().nextToken(next).build());
            page.vectors().forEach(v -> keys.add(v.key()));
            token = page.nextToken();
        } while (token != null);
        assertThat(keys).hasSize(120).doesNotHaveDuplicates();
    }

    private static QueryVectorsRequest large(String bucket, int topK) {
        return QueryVectorsRequest.builder()
                .vectorBucketName(bucket)
                .indexName("index")
                .topK(topK)
                .queryVector(q -> q.float32(1f, 1f))
                .returnMetadata(true)
                .build();
    }

    // ---- queries

    @Test
    void distancesAreThoseOfTheService() {
        String bucket = newBucket();
        for (DistanceMetric metric : List.of(DistanceMetric.EUCLIDEAN, DistanceMetric.COSINE)) {
            newIndex(bucket, metric.toString(), 3, metric);
        }
        put(bucket, "euclidean", vector("1", 1, 1, 1), vector("2", 2, 2, 2), vector("3", 1, 1, 2));
        put(bucket, "cosine", vector("1", 1, 1, 1), vector("2", -1, -1, -1), vector("3", 1, 1, 2));
        QueryVectorsResponse euclidean = distances(bucket, "euclidean");
        assertThat(euclidean.distanceMetric()).isEqualTo(DistanceMetric.EUCLIDEAN);
        assertThat(euclidean.vectors()).extracting(QueryOutputVector::key).containsExactly("1", "3", "2");
        assertClose(euclidean, 0, 1, 1.7320508);
        QueryVectorsResponse cosine = distances(bucket, "cosine");
        assertThat(cosine.distanceMetric()).isEqualTo(DistanceMetric.COSINE);
        assertThat(cosine.vectors()).extracting(QueryOutputVector::key).containsExactly("1", "3", "2");
        assertClose(cosine, 0, 0.0571909, 2);
        assertThat(cosine.vectors()).allSatisfy(v -> {
            assertThat(v.distance()).isNotNegative();
            assertThat(v.metadata()).isNull();
        });
        QueryVectorsResponse plain = s3vectors().queryVectors(b -> b.vectorBucketName(bucket)
                .indexName("cosine")
                .topK(2)
                .queryVector(q -> q.float32(1f, 1f, 1f))
                .returnMetadata(true));
        assertThat(plain.vectors()).hasSize(2).allSatisfy(v -> {
            assertThat(v.distance()).isNull();
            assertThat(v.metadata()).isEqualTo(document("{}"));
        });
        assertThat(plain.nextToken()).isNull();
    }

    private QueryVectorsResponse distances(String bucket, String index) {
        return s3vectors().queryVectors(b -> b.indexArn(
                        "arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + bucket + "/index/" + index)
                .topK(100)
                .queryVector(q -> q.float32(1f, 1f, 1f))
                .returnDistance(true));
    }

    private static void assertClose(QueryVectorsResponse answer, double... distances) {
        for (int i = 0; i < distances.length; i++) {
            assertThat((double) answer.vectors().get(i).distance()).isCloseTo(distances[i], within(1e-5));
        }
    }

    @Test
    void queriesAreChecked() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE);
        put(bucket, "index", vector("a", 1, 1));
        for (int wrong : new int[] {0, -1, 10_001}) {
            invalid("/topK", "between 1 and 10000", () -> s3vectors().queryVectors(b -> b.vectorBucketName(bucket)
                    .indexName("index")
                    .topK(wrong)
                    .queryVector(q -> q.float32(1f, 1f))));
        }
        invalid("/topK", "must not be null", () -> s3vectors()
                .queryVectors(b -> b.vectorBucketName(bucket).indexName("index").queryVector(q -> q.float32(1f, 1f))));
        invalid("/queryVector", "must not be null", () -> s3vectors()
                .queryVectors(b -> b.vectorBucketName(bucket).indexName("index").topK(1)));
        String words = "Query vector contains invalid values or is invalid for this index";
        invalid("queryVector", words, () -> s3vectors()
                .queryVectors(b ->
                        b.vectorBucketName(bucket).indexName("index").topK(1).queryVector(q -> q.float32(1f, 1f, 1f))));
        invalid("queryVector", words, () -> s3vectors()
                .queryVectors(b ->
                        b.vectorBucketName(bucket).indexName("index").topK(1).queryVector(q -> q.float32(0f, 0f))));
        assertThat(invalid(() -> s3vectors()
                                .queryVectors(b -> b.indexName("index").topK(1).queryVector(q -> q.float32(1f, 1f))))
                        .awsErrorDetails()
                        .errorMessage())
                .isEqualTo("Must specify either indexArn or both vectorBucketName and indexName");
    }

    @Test
    void manyResultsComeInPages() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.EUCLIDEAN);
        for (int from = 0; from < 2500; from += 500) {
            put(
                    bucket,
                    "index",
                    IntStream.range(from, from + 500)
                            // Ten of each distance.
                            .mapToObj(k -> vector("k%04d".formatted(k), k / 10, 0))
                            .toArray(PutInputVector[]::new));
        }
        List<QueryOutputVector> all = new ArrayList<>();
        List<Integer> pages = new ArrayList<>();
        String token = null;
        do {
            String next = token;
            QueryVectorsResponse page = s3vectors().queryVectors(b -> b.vectorBucketName(bucket)
                    .indexName("index")
                    .topK(2200)
                    .queryVector(q -> q.float32(0f, 0f))
                    .returnDistance(true)
                    .nextToken(next));
            all.addAll(page.vectors());
            pages.add(page.vectors().size());
            token = page.nextToken();
        } while (token != null);
        assertThat(pages).containsExactly(1000, 1000, 200);
        assertThat(all).extracting(QueryOutputVector::key).doesNotHaveDuplicates();
        for (int i = 0; i < all.size(); i++) {
            assertThat(all.get(i).distance()).isEqualTo(i / 10);
        }
        String first = s3vectors()
                .queryVectors(b ->
                        b.vectorBucketName(bucket).indexName("index").topK(2200).queryVector(q -> q.float32(0f, 0f)))
                .nextToken();
        invalid("/nextToken", "nextToken", () -> s3vectors().queryVectors(b -> b.vectorBucketName(bucket)
                .indexName("index")
                .topK(2200)
                .queryVector(q -> q.float32(1f, 0f))
                .nextToken(first)));
    }

    private String films() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.COSINE, "text");
        put(
                bucket,
                "index",
                vector(
                        "1",
                        document("{'genre': 'drama', 'year': 1990, 'seen': true, 'tags': ['a', 'b'], 'text': 't'}"),
                        1,
                        1),
                vector(
                        "2",
                        document("{'genre': 'documentary', 'year': 2020, 'seen': false, 'tags': ['b', 'c']}"),
                        1,
                        2),
                vector("3", document("{'genre': 'comedy', 'year': 2020.5, 'scores': [1, 5]}"), 2, 1),
                vector("4", document("{'dotted.key': 7}"), 3, 1));
        return bucket;
    }

    @Test
    void filtersSelectByMetadata() {
        String bucket = films();
        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("{'genre': 'drama'}", "1");
        expected.put("{'genre': {'$eq': 'drama'}}", "1");
        expected.put("{'genre': {'$ne': 'drama'}}", "2,3,4");
        expected.put("{'year': {'$gt': 1990}}", "2,3");
        expected.put("{'year': {'$gte': 1990}}", "1,2,3");
        expected.put("{'year': {'$lt': 2020.25}}", "1,2");
        expected.put("{'year': {'$lte': 2020}}", "1,2");
        expected.put("{'year': {'$gte': 2000, '$lte': 2020}}", "2");
        expected.put("{'year': 2.02e3}", "2");
        expected.put("{'year': '2020'}", "");
        expected.put("{'seen': true}", "1");
        expected.put("{'seen': 'true'}", "");
        expected.put("{'tags': 'b'}", "1,2");
        expected.put("{'tags': {'$in': ['a', 'c']}}", "1,2");
        expected.put("{'tags': {'$nin': ['a']}}", "2,3,4");
        expected.put("{'genre': {'$in': ['drama', 5, true]}}", "1");
        expected.put("{'scores': {'$gt': 4}}", "3");
        expected.put("{'year': {'$exists': true}}", "1,2,3");
        expected.put("{'year': {'$exists': false}}", "4");
        expected.put("{'genre': {'$startsWith': 'd'}}", "1,2");
        expected.put("{'genre': {'$startsWith': ''}}", "1,2,3");
        expected.put("{'tags': {'$startsWith': 'c'}}", "2");
        expected.put("{'dotted.key': 7}", "4");
        expected.put("{'$and': [{'genre': {'$startsWith': 'd'}}, {'year': {'$gt': 2000}}]}", "2");
        expected.put("{'$or': [{'genre': 'drama'}, {'$and': [{'year': 2020}, {'seen': false}]}]}", "1,2");
        expected.put("{'nope': 'x'}", "");
        expected.forEach((filter, keys) -> assertThat(String.join(",", query(bucket, "index", document(filter))))
                .as(filter)
                .isEqualTo(keys));
    }

    @Test
    void filtersThatTheServiceWouldNotTakeAreRefused() {
        String bucket = films();
        for (String wrong : List.of(
                "{}",
                "[]",
                "'drama'",
                "{'genre': 'drama', 'year': 1990}",
                "{'$and': [{'genre': 'drama', 'year': 1990}]}",
                "{'$and': []}",
                "{'$and': {'genre': 'drama'}}",
                "{'$or': ['x']}",
                "{'$and': [{}]}",
                "{'$not': {'genre': 'drama'}}",
                "{'genre': {}}",
                "{'genre': {'$eg': 'drama'}}",
                "{'genre': {'$not': {'$eq': 'drama'}}}",
                "{'genre': {'$contains': 'ram'}}",
                "{'genre': {'x': 1}}",
                "{'genre': {'$eq': 'drama', 'x': 1}}",
                "{'genre': {'$and': [{'genre': 'drama'}]}}",
                "{'genre': null}",
                "{'genre': ['drama']}",
                "{'genre': {'$eq': ['drama']}}",
                "{'year': {'$gt': '1990'}}",
                "{'seen': {'$gte': true}}",
                "{'genre': {'$in': []}}",
                "{'genre': {'$in': 'drama'}}",
                "{'genre': {'$nin': [null]}}",
                "{'genre': {'$in': [['drama']]}}",
                "{'year': {'$exists': 'true'}}",
                "{'year': {'$exists': 1}}",
                "{'genre': {'$startsWith': 1}}",
                "{'genre': {'$startsWith': ['d']}}")) {
            assertThat(invalid(() -> query(bucket, "index", document(wrong))).fieldList())
                    .as(wrong)
                    .singleElement()
                    .satisfies(f -> assertThat(f.path()).isIn("filter", "/filter"));
        }
        for (String hidden : List.of(
                "{'text': 't'}",
                "{'text': {'$exists': true}}",
                "{'$or': [{'genre': 'drama'}, {'$and': [{'text': {'$ne': 't'}}]}]}")) {
            invalid(
                    "filter",
                    "Invalid use of non-filterable metadata in filter",
                    () -> query(bucket, "index", document(hidden)));
        }
    }

    @Test
    void filtersMayBeDeepAndLongButNotEndless() {
        String bucket = films();
        String deep = "{'genre': 'drama'}";
        for (int i = 0; i < 30; i++) {
            deep = (i % 2 == 0 ? "{'$and': [" : "{'$or': [") + deep + "]}";
        }
        assertThat(query(bucket, "index", document(deep))).containsExactly("1");
        String deeper = deep;
        for (int i = 0; i < 5; i++) {
            deeper = "{'$and': [" + deeper + "]}";
        }
        String tooDeep = deeper;
        invalid("filter", "nested deeper", () -> query(bucket, "index", document(tooDeep)));
        String endless = "{'$and':[".repeat(5_000) + "{'a':1}" + "]}".repeat(5_000);
        HttpResponse<String> answer = send("QueryVectors", """
                {"vectorBucketName": "%s", "indexName": "index", "topK": 1, "queryVector": {"float32": [1, 1]}, "filter": %s}""".formatted(bucket, endless.replace('\'', '"')));
        assertThat(answer.statusCode()).isEqualTo(400);
        List<Document> values = new ArrayList<>(IntStream.range(0, 9_999)
                .mapToObj(i -> Document.fromString("v" + i))
                .toList());
        values.add(Document.fromString("drama"));
        Document in = Document.mapBuilder()
                .putDocument(
                        "genre", Document.mapBuilder().putList("$in", values).build())
                .build();
        assertThat(query(bucket, "index", in)).containsExactly("1");
        values.add(Document.fromString("one more"));
        invalid(
                "filter",
                "10000",
                () -> query(
                        bucket,
                        "index",
                        Document.mapBuilder()
                                .putDocument(
                                        "genre",
                                        Document.mapBuilder()
                                                .putList("$in", values)
                                                .build())
                                .build()));
    }

    // ---- both doors

    @Test
    void bothDoorsSeeTheSameData() throws IOException {
        String bucket = newBucket();
        String collection = bucket + "_films__2026";
        newIndex(bucket, "films.2026", 2, DistanceMetric.COSINE);
        put(bucket, "films.2026", vector("a", document("{'year': 1990}"), 1, 0));
        JsonNode hits = quiver("query", "{'collection': '%s', 'vector': [1, 0]}".formatted(collection));
        assertThat(hits.at("/hits/0/id").asText()).isEqualTo("a");
        assertThat(hits.at("/hits/0/attributes/year").asInt()).isEqualTo(1990);
        quiver(
                "upsert",
                "{'collection': '%s', 'records': [{'id': 'b', 'vector': [0, 1], 'text': 'kept there', 'attributes': {'year': 2020}}]}"
                        .formatted(collection));
        assertThat(query(bucket, "films.2026", document("{'year': {'$gt': 2000}}")))
                .containsExactly("b");
        quiver("collections/delete", "{'name': '%s'}".formatted(collection));
        notFound("The specified index could not be found", () -> query(bucket, "films.2026", null));
        assertThat(s3vectors().listIndexes(b -> b.vectorBucketName(bucket)).indexes())
                .isEmpty();
        s3vectors().deleteVectorBucket(b -> b.vectorBucketName(bucket));
    }

    @Test
    void aCollectionBecomesAnIndexWithItsData() throws IOException {
        String bucket = newBucket();
        quiver(
                "upsert",
                "{'collection': '%s_old', 'create': {'dimension': 2, 'metric': 'euclidean'}, 'records': [{'id': 'a', 'vector': [1, 0]}]}"
                        .formatted(bucket));
        notFound("The specified index could not be found", () -> query(bucket, "old", null));
        assertThatThrownBy(() -> newIndex(bucket, "old", 3, DistanceMetric.EUCLIDEAN))
                .isInstanceOf(ConflictException.class)
                .hasMessageContaining("dimension 2");
        newIndex(bucket, "old", 2, DistanceMetric.EUCLIDEAN);
        assertThat(query(bucket, "old", null)).containsExactly("a");
        conflict(
                "An index with the specified name already exists",
                () -> newIndex(bucket, "old", 2, DistanceMetric.EUCLIDEAN));
    }

    private JsonNode quiver(String operation, String json) throws IOException {
        HttpResponse<String> answer = send(operation, json.replace('\'', '"'));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return JSON.readTree(answer.body());
    }

    // ---- raw HTTP

    private HttpResponse<String> send(String operation, String json, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(endpoint().resolve("/" + operation))
                .timeout(Duration.ofMinutes(1))
                .POST(HttpRequest.BodyPublishers.ofString(json));
        request.header("Content-Type", "application/json");
        for (int i = 0; i < headers.length; i += 2) {
            request.setHeader(headers[i], headers[i + 1]);
        }
        return send(request.build());
    }

    private static HttpResponse<String> send(HttpRequest request) {
        try (HttpClient http = HttpClient.newHttpClient()) {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    private static JsonNode error(HttpResponse<String> answer, int status, String type) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        assertThat(answer.headers().firstValue("x-amzn-errortype")).contains(type);
        assertThat(answer.headers().firstValue("content-type")).contains("application/json");
        assertThat(answer.headers().firstValue("x-amz-request-id")).isPresent();
        try {
            JsonNode body = JSON.readTree(answer.body());
            assertThat(body.path("message").asText())
                    .isNotBlank()
                    .doesNotContain("dev.quiver", "com.fasterxml", "java.");
            return body;
        } catch (IOException e) {
            throw new AssertionError(answer.body(), e);
        }
    }

    @Test
    void bodiesThatAreNoRequestsAreRefused() {
        for (String wrong : List.of("{", "nonsense", "{\"vectorBucketName\": }", "null", "{} {}", "[", "\u0000")) {
            error(send("GetVectorBucket", wrong), 400, "SerializationException");
        }
        for (String wrong : List.of(
                "[]",
                "\"x\"",
                "{\"vectorBucketName\": 1}",
                "{\"vectorBucketName\": [\"x\"]}",
                "{\"vectorbucketname\": \"abc\"}",
                "{\"vectorBucketName\": \"abc\", \"unknown\": 1}",
                "{\"vectorBucketName\": \"\\ud800abc\"}")) {
            error(
                    send("GetVectorBucket", wrong),
                    400,
                    wrong.startsWith("{") ? "ValidationException" : "SerializationException");
        }
        assertThat(error(send("ListVectorBuckets", "{\"maxResults\": \"1\"}"), 400, "ValidationException")
                        .at("/fieldList/0/path")
                        .asText())
                .isEqualTo("/maxResults");
        error(send("ListVectorBuckets", "{\"maxResults\": 1.5}"), 400, "ValidationException");
        error(send("ListVectorBuckets", "{\"maxResults\": 99999999999}"), 400, "ValidationException");
        error(send("ListVectorBuckets", "{\"prefix\": \"../..\"}"), 400, "ValidationException");
        assertThat(send("ListVectorBuckets", "").statusCode())
                .as("an empty body")
                .isEqualTo(200);
        assertThat(send("ListVectorBuckets", "{\"maxResults\": null}").statusCode())
                .isEqualTo(200);
        error(send("ListVectorBuckets", "{}", "Content-Type", "text/plain"), 415, "UnsupportedMediaTypeException");
        error(send("ListVectorBuckets", "{}", "Content-Encoding", "gzip"), 415, "UnsupportedMediaTypeException");
        assertThat(send("ListVectorBuckets", "{}", "Content-Type", "application/json; charset=utf-8")
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void vectorsThatAreNoNumbersAreRefused() {
        String bucket = newBucket();
        newIndex(bucket, "index", 2, DistanceMetric.EUCLIDEAN);
        for (String wrong : List.of(
                "[1, \"2\"]",
                "[1, null]",
                "\"AAAA\"",
                "[1, true]",
                "[1, [2]]",
                "{}",
                "[1e39, 0]",
                "[\"NaN\", 0]",
                "[]")) {
            JsonNode body = error(send("PutVectors", """
                    {"vectorBucketName": "%s", "indexName": "index", "vectors": [{"key": "a", "data": {"float32": %s}}]}""".formatted(bucket, wrong)), 400, "ValidationException");
            assertThat(body.at("/fieldList/0/path").asText()).as(wrong).contains("vectors");
        }
        error(send("PutVectors", """
                {"vectorBucketName": "%s", "indexName": "index", "vectors": [{"key": "\\ud800", "data": {"float32": [1, 1]}}]}""".formatted(bucket)), 400, "ValidationException");
    }

    @Test
    void arnsInPathsAreRead() {
        String bucket = newBucket();
        String arn = "arn:aws:s3vectors:eu-central-1:000000000000:bucket/" + bucket;
        for (String path : List.of(URLEncoder.encode(arn, StandardCharsets.UTF_8), arn)) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(endpoint().resolve("/tags/" + path))
                    .GET()
                    .build());
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("{\"tags\":{}}");
        }
        error(
                send(HttpRequest.newBuilder(endpoint().resolve("/tags/arn%3Aaws%3As3%3A%3A%3Ax"))
                        .GET()
                        .build()),
                400,
                "ValidationException");
    }

    /** Where something before Quiver decides who comes in, or nobody does. */
    @Test
    void anySignatureIsTakenAndNone() {
        String bucket = newBucket();
        for (S3VectorsClient client : List.of(
                client(endpoint(), AwsBasicCredentials.create("somebody", "else")),
                client(endpoint(), AnonymousCredentialsProvider.create()))) {
            assertThat(client.getVectorBucket(b -> b.vectorBucketName(bucket))
                            .vectorBucket()
                            .vectorBucketName())
                    .isEqualTo(bucket);
        }
        assertThat(catchThrowableOfType(S3VectorsException.class, () -> s3vectors()
                                .getIndex(b -> b.vectorBucketName(bucket).indexName("none")))
                        .requestId())
                .isNotBlank();
    }
}
