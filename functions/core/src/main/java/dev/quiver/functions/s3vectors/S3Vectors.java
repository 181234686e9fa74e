package dev.quiver.functions.s3vectors;

import dev.quiver.functions.operation.Folding;
import dev.quiver.functions.s3vectors.S3VectorsMessages.EncryptionConfiguration;
import dev.quiver.index.Database;
import dev.quiver.index.vector.Metric;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The operations of Amazon S3 Vectors over Quiver's collections: an index of a vector bucket is a collection, see {@link IndexAddress}. */
public final class S3Vectors {
    static final String COSINE = "cosine";
    static final String EUCLIDEAN = "euclidean";
    static final String AES256 = "AES256";

    private final BucketOperations buckets;
    private final IndexOperations indexes;
    private final VectorOperations vectors;

    public S3Vectors(Database database, Folding folding, InstantSource clock) {
        VectorBuckets bucketRecords = new VectorBuckets(database.store(), clock);
        VectorIndexes indexRecords = new VectorIndexes(database);
        this.buckets = new BucketOperations(bucketRecords, indexRecords);
        this.indexes = new IndexOperations(database, bucketRecords, indexRecords, clock);
        this.vectors = new VectorOperations(database, indexRecords, folding);
    }

    public BucketOperations buckets() {
        return buckets;
    }

    public IndexOperations indexes() {
        return indexes;
    }

    public VectorOperations vectors() {
        return vectors;
    }

    /** @throws IllegalArgumentException if there is none of this name */
    static Metric metric(String name) {
        return switch (name) {
            case COSINE -> Metric.COSINE;
            case EUCLIDEAN -> Metric.EUCLIDEAN;
            default -> throw new IllegalArgumentException("There is no distance metric '" + name + "'");
        };
    }

    static String name(Metric metric) {
        return switch (metric) {
            case COSINE -> COSINE;
            case EUCLIDEAN -> EUCLIDEAN;
            case DOT -> throw new IllegalArgumentException("S3 Vectors has no inner product");
        };
    }

    /** What is answered whatever was asked for, since it can be nothing else. */
    static EncryptionConfiguration encryption() {
        return new EncryptionConfiguration(AES256, null);
    }

    /** Refuses what would be promised and not done. */
    static void checkWishes(EncryptionConfiguration encryption, Map<String, String> tags) {
        if (encryption != null && encryption.sseType() != null) {
            new Constraints()
                    .oneOf(encryption.sseType(), List.of(AES256, "aws:kms"), "/encryptionConfiguration/sseType")
                    .done();
        }
        if (encryption != null && (encryption.kmsKeyArn() != null || "aws:kms".equals(encryption.sseType()))) {
            throw S3VectorsException.invalid(
                    "/encryptionConfiguration",
                    "Quiver does not encrypt with keys of KMS itself. Set the key on the S3 bucket that quiver.data names, and leave this out");
        }
        if (tags != null && !tags.isEmpty()) {
            throw noTags();
        }
    }

    static S3VectorsException noTags() {
        return S3VectorsException.invalid("/tags", "Quiver keeps no tags. Leave them out");
    }
}
