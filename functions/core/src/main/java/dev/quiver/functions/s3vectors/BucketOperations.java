package dev.quiver.functions.s3vectors;

import dev.quiver.functions.s3vectors.S3VectorsException.Kind;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ByBucket;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateVectorBucketRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateVectorBucketResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.GetVectorBucketResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListTagsForResourceResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorBucketsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorBucketsResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.TagResourceRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.VectorBucket;
import dev.quiver.functions.s3vectors.S3VectorsMessages.VectorBucketSummary;
import dev.quiver.functions.s3vectors.VectorBuckets.Bucket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Vector buckets, and what Quiver has not: their policies, and tags. That there is none is answered; that there shall be some is refused. */
public final class BucketOperations {
    static final int PAGE = 500;
    static final int LONGEST_TOKEN = 512;
    private static final String LISTING = "buckets";

    private final VectorBuckets buckets;
    private final VectorIndexes indexes;

    BucketOperations(VectorBuckets buckets, VectorIndexes indexes) {
        this.buckets = buckets;
        this.indexes = indexes;
    }

    /** @throws S3VectorsException if the request does not name what can be a bucket */
    public static BucketAddress address(CreateVectorBucketRequest request) {
        new Constraints().given(request.vectorBucketName(), "/vectorBucketName").done();
        return new BucketAddress(BucketAddress.checkName(request.vectorBucketName(), "/vectorBucketName"));
    }

    public CreateVectorBucketResponse create(CreateVectorBucketRequest request, String region) {
        BucketAddress address = address(request);
        S3Vectors.checkWishes(request.encryptionConfiguration(), request.tags());
        buckets.create(address.name());
        return new CreateVectorBucketResponse(address.arn(region));
    }

    public GetVectorBucketResponse get(ByBucket request, String region) {
        BucketAddress address = BucketAddress.of(request);
        Bucket bucket = buckets.require(address.name());
        return new GetVectorBucketResponse(new VectorBucket(
                bucket.name(), address.arn(region), seconds(bucket.created()), S3Vectors.encryption()));
    }

    /** @param visible of the names that the collections of a bucket begin with */
    public ListVectorBucketsResponse list(ListVectorBucketsRequest request, Predicate<String> visible, String region) {
        new Constraints()
                .range(request.maxResults(), 1, PAGE, "/maxResults")
                .length(request.nextToken(), 1, LONGEST_TOKEN, "/nextToken")
                .length(request.prefix(), 1, 63, "/prefix")
                .done();
        int limit = request.maxResults() == null ? PAGE : request.maxResults();
        String prefix = checkPrefix(request.prefix());
        String after = PageToken.read(request.nextToken(), LISTING);
        List<VectorBucketSummary> page = new ArrayList<>();
        for (; ; ) {
            int wanted = limit + 1 - page.size();
            List<Bucket> some = buckets.list(prefix, after, wanted);
            for (Bucket b : some) {
                BucketAddress address = new BucketAddress(b.name());
                if (visible.test(address.collections())) {
                    page.add(new VectorBucketSummary(b.name(), address.arn(region), seconds(b.created())));
                }
            }
            if (page.size() > limit) {
                List<VectorBucketSummary> full = page.subList(0, limit);
                return new ListVectorBucketsResponse(
                        PageToken.write(LISTING, full.getLast().vectorBucketName()), full);
            }
            if (some.size() < wanted) {
                return new ListVectorBucketsResponse(null, page);
            }
            after = some.getLast().name();
        }
    }

    public Map<String, Object> delete(ByBucket request) {
        String name = BucketAddress.of(request).name();
        buckets.delete(name, () -> indexes.list(name, "", "", 1).isEmpty());
        return S3VectorsMessages.DONE;
    }

    /** Never returns: Quiver has API keys instead. */
    public Map<String, Object> putPolicy(ByBucket request) {
        buckets.require(BucketAddress.of(request).name());
        throw S3VectorsException.invalid(
                "/policy", "Quiver has no bucket policies. Say in API keys who may do what, see quiver.auth.mode");
    }

    /** Never returns. */
    public Map<String, Object> getPolicy(ByBucket request) {
        buckets.require(BucketAddress.of(request).name());
        throw new S3VectorsException(Kind.NOT_FOUND, "The specified vector bucket policy could not be found");
    }

    public Map<String, Object> deletePolicy(ByBucket request) {
        buckets.require(BucketAddress.of(request).name());
        return S3VectorsMessages.DONE;
    }

    /**
     * The name by which API keys know what has an ARN.
     *
     * @throws S3VectorsException if it is no ARN of a bucket or an index
     */
    public static String collections(String arn) {
        return IndexAddress.ofArn(arn, "/resourceArn")
                .map(IndexAddress::collection)
                .or(() -> BucketAddress.ofArn(arn, "/resourceArn").map(BucketAddress::collections))
                .orElseThrow(() -> S3VectorsException.invalid(
                        "/resourceArn", "Invalid ARN: it is not that of a vector bucket or an index"));
    }

    public ListTagsForResourceResponse listTags(String arn) {
        requireResource(arn);
        return new ListTagsForResourceResponse(Map.of());
    }

    public Map<String, Object> tag(String arn, TagResourceRequest request) {
        new Constraints().given(request.tags(), "/tags").done();
        requireResource(arn);
        if (!request.tags().isEmpty()) {
            throw S3Vectors.noTags();
        }
        return S3VectorsMessages.DONE;
    }

    public Map<String, Object> untag(String arn) {
        requireResource(arn);
        return S3VectorsMessages.DONE;
    }

    private void requireResource(String arn) {
        Optional<IndexAddress> index = IndexAddress.ofArn(arn, "/resourceArn");
        if (index.isPresent()) {
            indexes.require(index.get());
        } else {
            buckets.require(BucketAddress.ofArn(arn, "/resourceArn")
                    .orElseThrow(S3VectorsException::bucketNotFound)
                    .name());
        }
    }

    /** One that no name begins with need not be looked for, and might not be a part of an object's key. */
    static String checkPrefix(String prefix) {
        if (prefix != null && !prefix.matches("[a-z0-9][a-z0-9.-]*")) {
            throw S3VectorsException.invalid(
                    "/prefix", "Invalid prefix: names have lower-case letters, digits, hyphens and dots");
        }
        return prefix == null ? "" : prefix;
    }

    static long seconds(long millis) {
        return Math.floorDiv(millis, 1000L);
    }
}
