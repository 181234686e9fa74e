package dev.quiver.functions.s3vectors;

import dev.quiver.functions.s3vectors.S3VectorsMessages.ByIndex;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A vector index, and the collection that it is. Names of S3 Vectors have no {@code _}, and begin and end with a letter or digit, so the collection of an index is {@code <bucket>_<index>} with every dot of the index
 * written {@code __}: an odd run of {@code _} is the one between the two, an even one is dots. Where that is longer than a collection's name may be, it is the beginning of the bucket's name, {@code ___} and a hash of
 * both; what it stands for is in the index's record, see {@link VectorIndexes}.
 */
public record IndexAddress(String bucket, String index) {
    private static final int LONGEST_COLLECTION = 63;
    /** Of a bucket's name that stays readable, and that API keys can name, before a hash. */
    static final int READABLE = 36;

    private static final String HASHED = "___";
    private static final int HASH_BITS = 120;
    private static final int HASH_DIGITS = 24;
    private static final int RADIX = 32;

    private static final Pattern ARN =
            Pattern.compile("arn:aws[-a-z0-9]*:s3vectors:[a-z0-9-]+:[0-9]{12}:bucket/([^/]+)/index/([^/]+)");
    private static final Pattern INDEX_NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    /** @throws S3VectorsException if a request does not name an index in one of the two ways */
    public static IndexAddress of(ByIndex request) {
        boolean names = request.vectorBucketName() != null && request.indexName() != null;
        boolean neither = request.vectorBucketName() == null && request.indexName() == null;
        if (request.indexArn() == null ? !names : !neither) {
            throw S3VectorsException.invalid(
                    "Must specify either indexArn or both vectorBucketName and indexName", List.of());
        }
        if (names) {
            return new IndexAddress(
                    BucketAddress.checkName(request.vectorBucketName(), "/vectorBucketName"),
                    checkName(request.indexName(), "/indexName"));
        }
        return ofArn(request.indexArn(), "/indexArn")
                .orElseThrow(
                        () -> S3VectorsException.invalid(
                                "/indexArn",
                                "Invalid index ARN. It is arn:aws:s3vectors:region:account:bucket/bucket-name/index/index-name"));
    }

    /** @return empty if it is no ARN of an index */
    static Optional<IndexAddress> ofArn(String arn, String path) {
        Matcher m = ARN.matcher(arn);
        return m.matches()
                ? Optional.of(new IndexAddress(BucketAddress.checkName(m.group(1), path), checkName(m.group(2), path)))
                : Optional.empty();
    }

    /** @throws S3VectorsException if no index can have this name */
    static String checkName(String name, String path) {
        new Constraints().length(name, 3, 63, path).done();
        if (!INDEX_NAME.matcher(name).matches()) {
            throw S3VectorsException.invalid(
                    path,
                    "Invalid index name. It has lower-case letters, digits, hyphens and dots, and begins and ends with a letter or digit");
        }
        return name;
    }

    /** The name of the collection that this index is. */
    public String collection() {
        String readable = bucket + "_" + index.replace(".", "__");
        return readable.length() <= LONGEST_COLLECTION
                ? readable
                : bucket.substring(0, Math.min(bucket.length(), READABLE)) + HASHED + hash();
    }

    private String hash() {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((bucket + "/" + index).getBytes(StandardCharsets.UTF_8));
            String digits = new BigInteger(1, digest)
                    .shiftRight(digest.length * Byte.SIZE - HASH_BITS)
                    .toString(RADIX);
            return "0".repeat(HASH_DIGITS - digits.length()) + digits;
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    String arn(String region) {
        return new BucketAddress(bucket).arn(region) + "/index/" + index;
    }
}
