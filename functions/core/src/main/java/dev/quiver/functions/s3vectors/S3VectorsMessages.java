package dev.quiver.functions.s3vectors;

import java.util.List;
import java.util.Map;

/**
 * The requests and answers of Amazon S3 Vectors, by the names that they have there. A component that is null is not in the JSON; times are seconds since 1970.
 *
 * @see <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_S3_Vectors.html">Operations of Amazon S3 Vectors</a>
 */
public final class S3VectorsMessages {
    private S3VectorsMessages() {}

    /** A request about a bucket, by name or by ARN. */
    public interface ByBucket {
        String vectorBucketName();

        String vectorBucketArn();
    }

    /** A request about an index, by the names of bucket and index, or by ARN. */
    public interface ByIndex {
        String vectorBucketName();

        String indexName();

        String indexArn();
    }

    public record EncryptionConfiguration(String sseType, String kmsKeyArn) {}

    public record MetadataConfiguration(List<String> nonFilterableMetadataKeys) {}

    /** One of several kinds of vector, of which there is one. */
    public record VectorData(float[] float32) {}

    // ---- vector buckets

    public record CreateVectorBucketRequest(
            String vectorBucketName, EncryptionConfiguration encryptionConfiguration, Map<String, String> tags) {}

    public record CreateVectorBucketResponse(String vectorBucketArn) {}

    public record VectorBucketRequest(String vectorBucketName, String vectorBucketArn) implements ByBucket {}

    public record GetVectorBucketResponse(VectorBucket vectorBucket) {}

    public record VectorBucket(
            String vectorBucketName,
            String vectorBucketArn,
            long creationTime,
            EncryptionConfiguration encryptionConfiguration) {}

    public record ListVectorBucketsRequest(Integer maxResults, String nextToken, String prefix) {}

    public record ListVectorBucketsResponse(String nextToken, List<VectorBucketSummary> vectorBuckets) {}

    public record VectorBucketSummary(String vectorBucketName, String vectorBucketArn, long creationTime) {}

    public record PutVectorBucketPolicyRequest(String vectorBucketName, String vectorBucketArn, String policy)
            implements ByBucket {}

    // ---- indexes

    public record CreateIndexRequest(
            String vectorBucketName,
            String vectorBucketArn,
            String indexName,
            String dataType,
            Integer dimension,
            String distanceMetric,
            MetadataConfiguration metadataConfiguration,
            EncryptionConfiguration encryptionConfiguration,
            Map<String, String> tags)
            implements ByBucket {}

    public record CreateIndexResponse(String indexArn) {}

    public record IndexRequest(String vectorBucketName, String indexName, String indexArn) implements ByIndex {}

    public record GetIndexResponse(Index index) {}

    public record Index(
            String vectorBucketName,
            String indexName,
            String indexArn,
            long creationTime,
            String dataType,
            int dimension,
            String distanceMetric,
            MetadataConfiguration metadataConfiguration,
            EncryptionConfiguration encryptionConfiguration) {}

    public record ListIndexesRequest(
            String vectorBucketName, String vectorBucketArn, Integer maxResults, String nextToken, String prefix)
            implements ByBucket {}

    public record ListIndexesResponse(String nextToken, List<IndexSummary> indexes) {}

    public record IndexSummary(String vectorBucketName, String indexName, String indexArn, long creationTime) {}

    // ---- vectors

    public record PutVectorsRequest(
            String vectorBucketName, String indexName, String indexArn, List<PutInputVector> vectors)
            implements ByIndex {}

    public record PutInputVector(String key, VectorData data, Map<String, Object> metadata) {}

    public record GetVectorsRequest(
            String vectorBucketName,
            String indexName,
            String indexArn,
            List<String> keys,
            Boolean returnData,
            Boolean returnMetadata)
            implements ByIndex {}

    public record GetVectorsResponse(List<OutputVector> vectors) {}

    /** @param data null if it was not asked for, as metadata */
    public record OutputVector(String key, VectorData data, Map<String, Object> metadata) {}

    public record DeleteVectorsRequest(String vectorBucketName, String indexName, String indexArn, List<String> keys)
            implements ByIndex {}

    public record ListVectorsRequest(
            String vectorBucketName,
            String indexName,
            String indexArn,
            Integer maxResults,
            String nextToken,
            Integer segmentCount,
            Integer segmentIndex,
            Boolean returnData,
            Boolean returnMetadata)
            implements ByIndex {}

    public record ListVectorsResponse(String nextToken, List<OutputVector> vectors) {}

    public record QueryVectorsRequest(
            String vectorBucketName,
            String indexName,
            String indexArn,
            Integer topK,
            VectorData queryVector,
            Map<String, Object> filter,
            Boolean returnMetadata,
            Boolean returnDistance,
            String nextToken)
            implements ByIndex {}

    public record QueryVectorsResponse(String distanceMetric, String nextToken, List<QueryOutputVector> vectors) {}

    /** @param distance null if it was not asked for, as metadata */
    public record QueryOutputVector(String key, Float distance, Map<String, Object> metadata) {}

    // ---- tags

    public record TagResourceRequest(Map<String, String> tags) {}

    public record ListTagsForResourceResponse(Map<String, String> tags) {}

    /** All there is to say. */
    public static final Map<String, Object> DONE = Map.of();
}
