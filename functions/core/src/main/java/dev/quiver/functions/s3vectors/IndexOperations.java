package dev.quiver.functions.s3vectors;

import dev.quiver.functions.s3vectors.S3VectorsException.Kind;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateIndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateIndexResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.GetIndexResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.Index;
import dev.quiver.functions.s3vectors.S3VectorsMessages.IndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.IndexSummary;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListIndexesRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListIndexesResponse;
import dev.quiver.functions.s3vectors.S3VectorsMessages.MetadataConfiguration;
import dev.quiver.functions.s3vectors.VectorIndexes.VectorIndex;
import dev.quiver.index.Collection;
import dev.quiver.index.CollectionExistsException;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.Vectors;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** The indexes of a vector bucket. */
public final class IndexOperations {
    private static final String FLOAT32 = "float32";
    private static final int NON_FILTERABLE_KEYS = 10;
    private static final int LONGEST_METADATA_KEY = 63;

    private final Database database;
    private final VectorBuckets buckets;
    private final VectorIndexes indexes;
    private final InstantSource clock;

    IndexOperations(Database database, VectorBuckets buckets, VectorIndexes indexes, InstantSource clock) {
        this.database = database;
        this.buckets = buckets;
        this.indexes = indexes;
        this.clock = clock;
    }

    /** @throws S3VectorsException if the request does not name what can be an index */
    public static IndexAddress address(CreateIndexRequest request) {
        String bucket = BucketAddress.of(request).name();
        new Constraints().given(request.indexName(), "/indexName").done();
        return new IndexAddress(bucket, IndexAddress.checkName(request.indexName(), "/indexName"));
    }

    public CreateIndexResponse create(CreateIndexRequest request, String region) {
        IndexAddress address = address(request);
        List<String> keys =
                request.metadataConfiguration() == null ? List.of() : nonFilterable(request.metadataConfiguration());
        new Constraints()
                .given(request.dataType(), "/dataType")
                .oneOf(request.dataType(), List.of(FLOAT32), "/dataType")
                .given(request.dimension(), "/dimension")
                .range(request.dimension(), 1, Vectors.MAX_DIMENSION, "/dimension")
                .given(request.distanceMetric(), "/distanceMetric")
                .oneOf(request.distanceMetric(), List.of(S3Vectors.EUCLIDEAN, S3Vectors.COSINE), "/distanceMetric")
                .done();
        S3Vectors.checkWishes(request.encryptionConfiguration(), request.tags());
        create(new VectorIndex(
                address,
                UUID.randomUUID().toString(),
                clock.millis(),
                request.dimension(),
                S3Vectors.metric(request.distanceMetric()),
                Set.copyOf(keys)));
        return new CreateIndexResponse(address.arn(region));
    }

    private static List<String> nonFilterable(MetadataConfiguration configuration) {
        List<String> keys = configuration.nonFilterableMetadataKeys();
        String path = "/metadataConfiguration/nonFilterableMetadataKeys";
        Constraints constraints = new Constraints().given(keys, path).size(keys, 1, NON_FILTERABLE_KEYS, path);
        for (int i = 0; keys != null && i < keys.size(); i++) {
            constraints.length(keys.get(i), 1, LONGEST_METADATA_KEY, path + "/" + i);
        }
        constraints.done();
        if (Set.copyOf(List.copyOf(keys)).size() < keys.size()) {
            throw S3VectorsException.invalid(path, "Non-filterable metadata keys must be unique");
        }
        return keys;
    }

    private void create(VectorIndex wanted) {
        String bucket = wanted.address().bucket();
        String name = wanted.address().collection();
        buckets.require(bucket);
        // Of collections that are gone: they were there before the one that is created below.
        List<String> left = indexes.uids(wanted.address());
        boolean created = false;
        try {
            database.create(name, new Schema(wanted.dimension(), wanted.metric(), null));
            created = true;
        } catch (CollectionExistsException e) {
            // It is an index, or becomes one if it fits: somebody may have died here, or created it the other way.
        }
        Collection collection = database.collection(name);
        String uid = collection.uid(Consistency.STRONG);
        if (indexes.find(wanted.address(), uid).isPresent()) {
            throw exists();
        }
        requireFit(collection, wanted);
        VectorIndex there = indexes.putIfAbsent(wanted, uid);
        if (!there.creator().equals(wanted.creator())) {
            throw exists();
        }
        if (!buckets.keep(bucket)) {
            indexes.delete(wanted.address(), uid);
            if (created) {
                deleteCollection(name);
            }
            throw S3VectorsException.bucketNotFound();
        }
        if (created) {
            left.stream().filter(u -> !u.equals(uid)).forEach(u -> indexes.delete(wanted.address(), u));
        }
    }

    private static void requireFit(Collection collection, VectorIndex wanted) {
        Schema schema = collection.schema();
        if (schema.dimension() != wanted.dimension() || schema.metric() != wanted.metric()) {
            throw new S3VectorsException(
                    Kind.CONFLICT,
                    "There is a collection '" + collection.name() + "' of dimension " + schema.dimension()
                            + " and another metric or dimension than this index. Delete it, or choose another name");
        }
    }

    private static S3VectorsException exists() {
        return new S3VectorsException(Kind.CONFLICT, "An index with the specified name already exists");
    }

    public GetIndexResponse get(IndexRequest request, String region) {
        IndexAddress address = IndexAddress.of(request);
        VectorIndex index = indexes.require(address);
        return new GetIndexResponse(new Index(
                address.bucket(),
                address.index(),
                address.arn(region),
                BucketOperations.seconds(index.created()),
                FLOAT32,
                index.dimension(),
                S3Vectors.name(index.metric()),
                index.nonFilterable().isEmpty()
                        ? null
                        : new MetadataConfiguration(
                                index.nonFilterable().stream().sorted().toList()),
                S3Vectors.encryption()));
    }

    public ListIndexesResponse list(ListIndexesRequest request, String region) {
        BucketAddress bucket = BucketAddress.of(request);
        new Constraints()
                .range(request.maxResults(), 1, BucketOperations.PAGE, "/maxResults")
                .length(request.nextToken(), 1, BucketOperations.LONGEST_TOKEN, "/nextToken")
                .length(request.prefix(), 1, 63, "/prefix")
                .done();
        buckets.require(bucket.name());
        int limit = request.maxResults() == null ? BucketOperations.PAGE : request.maxResults();
        String prefix = BucketOperations.checkPrefix(request.prefix());
        String listing = "indexes " + bucket.name();
        List<VectorIndex> found =
                indexes.list(bucket.name(), prefix, PageToken.read(request.nextToken(), listing), limit + 1);
        List<IndexSummary> page = found.stream()
                .limit(limit)
                .map(i -> new IndexSummary(
                        bucket.name(),
                        i.address().index(),
                        i.address().arn(region),
                        BucketOperations.seconds(i.created())))
                .toList();
        return new ListIndexesResponse(
                found.size() > limit ? PageToken.write(listing, page.getLast().indexName()) : null, page);
    }

    public Map<String, Object> delete(IndexRequest request) {
        IndexAddress address = IndexAddress.of(request);
        Optional<String> uid = database.uid(address.collection())
                .filter(u -> indexes.find(address, u).isPresent());
        if (uid.isEmpty() || !deleteCollection(address.collection())) {
            throw S3VectorsException.indexNotFound();
        }
        indexes.delete(address, uid.get());
        return S3VectorsMessages.DONE;
    }

    /** @return false if somebody else was faster */
    private boolean deleteCollection(String name) {
        try {
            database.delete(name);
            return true;
        } catch (CollectionNotFoundException e) {
            return false;
        }
    }
}
