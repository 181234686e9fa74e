package dev.quiver.functions.s3vectors;

import dev.quiver.functions.s3vectors.S3VectorsMessages.ByBucket;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A vector bucket: a name before those of its indexes. */
public record BucketAddress(String name) {
    /** Quiver has no accounts. */
    private static final String ACCOUNT = "000000000000";

    private static final Pattern ARN =
            Pattern.compile("arn:aws[-a-z0-9]*:s3vectors:[a-z0-9-]+:[0-9]{12}:bucket/([^/]+)");
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{1,61}[a-z0-9]");

    /** @throws S3VectorsException if a request does not name a bucket in exactly one of the two ways */
    public static BucketAddress of(ByBucket request) {
        if ((request.vectorBucketName() == null) == (request.vectorBucketArn() == null)) {
            throw S3VectorsException.invalid(
                    "Must specify either vectorBucketName or vectorBucketArn but not both", List.of());
        }
        if (request.vectorBucketName() != null) {
            return new BucketAddress(checkName(request.vectorBucketName(), "/vectorBucketName"));
        }
        return ofArn(request.vectorBucketArn(), "/vectorBucketArn")
                .orElseThrow(() -> S3VectorsException.invalid(
                        "/vectorBucketArn",
                        "Invalid vector bucket ARN. It is arn:aws:s3vectors:region:account:bucket/bucket-name"));
    }

    /** @return empty if it is no ARN of a bucket */
    static Optional<BucketAddress> ofArn(String arn, String path) {
        Matcher m = ARN.matcher(arn);
        return m.matches() ? Optional.of(new BucketAddress(checkName(m.group(1), path))) : Optional.empty();
    }

    /** @throws S3VectorsException if no bucket can have this name */
    static String checkName(String name, String path) {
        new Constraints().length(name, 3, 63, path).done();
        if (!NAME.matcher(name).matches()) {
            throw S3VectorsException.invalid(
                    path,
                    "Invalid vector bucket name. It has lower-case letters, digits and hyphens, and begins and ends with a letter or digit");
        }
        return name;
    }

    /** What the names of the collections of this bucket begin with: an API key that is for all of these is for the bucket. */
    public String collections() {
        return name + "_";
    }

    String arn(String region) {
        return "arn:aws:s3vectors:" + region + ":" + ACCOUNT + ":bucket/" + name;
    }
}
