package dev.quiver.functions.s3vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.quiver.functions.operation.Folding;
import dev.quiver.functions.s3vectors.S3VectorsException.Kind;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateIndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.CreateVectorBucketRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.IndexRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListIndexesRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.ListVectorBucketsRequest;
import dev.quiver.functions.s3vectors.S3VectorsMessages.MetadataConfiguration;
import dev.quiver.functions.s3vectors.S3VectorsMessages.VectorBucketRequest;
import dev.quiver.index.Database;
import dev.quiver.index.Settings;
import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Whoever creates or deletes may die between any two of its writes: what is then there is the state before or after, and the same request sent again ends it. */
class InterruptionsTest {
    private static final String REGION = "us-east-1";
    private static final int MANY = 40;

    private final MemoryStore memory = new MemoryStore();

    /** A store before whose writes something happens. */
    private static final class Watched implements ObjectStore {
        private final ObjectStore store;
        private final Consumer<String> beforeWrite;

        Watched(ObjectStore store, Consumer<String> beforeWrite) {
            this.store = store;
            this.beforeWrite = beforeWrite;
        }

        @Override
        public Optional<Blob> get(String key) {
            return store.get(key);
        }

        @Override
        public ConditionalGet getIfChanged(String key, String etag) {
            return store.getIfChanged(key, etag);
        }

        @Override
        public void read(String key, long offset, MemorySegment target) {
            store.read(key, offset, target);
        }

        @Override
        public PutResult put(String key, Content content, Precondition precondition) {
            beforeWrite.accept(key);
            return store.put(key, content, precondition);
        }

        @Override
        public void delete(String key) {
            beforeWrite.accept(key);
            store.delete(key);
        }

        @Override
        public List<Listed> list(String prefix, String startAfter) {
            return store.list(prefix, startAfter);
        }

        @Override
        public List<String> folders(String prefix) {
            return store.folders(prefix);
        }

        @Override
        public String description() {
            return store.description();
        }

        @Override
        public void close() {}
    }

    private S3Vectors over(ObjectStore store) {
        return new S3Vectors(new Database(store, Settings.defaults()), new Folding(false), InstantSource.system());
    }

    private S3Vectors dyingAfter(int writes) {
        AtomicInteger left = new AtomicInteger(writes);
        return over(new Watched(memory, _ -> {
            if (left.getAndDecrement() <= 0) {
                throw StoreException.refused("It has died.", null);
            }
        }));
    }

    private static void createBucket(S3Vectors s3vectors) {
        s3vectors.buckets().create(new CreateVectorBucketRequest("bucket", null, null), REGION);
    }

    private static void createIndex(S3Vectors s3vectors, String... nonFilterable) {
        s3vectors
                .indexes()
                .create(
                        new CreateIndexRequest(
                                "bucket",
                                null,
                                "index",
                                "float32",
                                2,
                                "cosine",
                                nonFilterable.length == 0 ? null : new MetadataConfiguration(List.of(nonFilterable)),
                                null,
                                null),
                        REGION);
    }

    private static void deleteIndex(S3Vectors s3vectors) {
        s3vectors.indexes().delete(new IndexRequest("bucket", "index", null));
    }

    private static void deleteBucket(S3Vectors s3vectors) {
        s3vectors.buckets().delete(new VectorBucketRequest("bucket", null));
    }

    private int indexes() {
        return over(memory)
                .indexes()
                .list(new ListIndexesRequest("bucket", null, null, null, null), REGION)
                .indexes()
                .size();
    }

    private int buckets() {
        return over(memory)
                .buckets()
                .list(new ListVectorBucketsRequest(null, null, null), _ -> true, REGION)
                .vectorBuckets()
                .size();
    }

    private static Kind kindOf(Runnable call) {
        Throwable thrown = catchThrowable(call::run);
        assertThat(thrown).isInstanceOf(S3VectorsException.class);
        return ((S3VectorsException) thrown).kind();
    }

    @Test
    void anIndexIsThereOrCanBeCreatedAgainWithOtherKeys() {
        createBucket(over(memory));
        boolean finished = false;
        for (int writes = 0; !finished; writes++) {
            assertThat(writes).isLessThan(MANY);
            S3Vectors dying = dyingAfter(writes);
            finished = catchThrowable(() -> createIndex(dying, "first")) == null;
            if (indexes() == 0) {
                assertThat(finished).isFalse();
                createIndex(over(memory), "second");
            }
            String key = over(memory)
                    .indexes()
                    .get(new IndexRequest("bucket", "index", null), REGION)
                    .index()
                    .metadataConfiguration()
                    .nonFilterableMetadataKeys()
                    .getFirst();
            assertThat(kindOf(() -> createIndex(over(memory), "third"))).isEqualTo(Kind.CONFLICT);
            assertThat(key).isIn("first", "second");
            deleteIndex(over(memory));
            assertThat(indexes()).isZero();
        }
    }

    @Test
    void anIndexThatIsHalfDeletedIsGone() {
        createBucket(over(memory));
        boolean finished = false;
        for (int writes = 0; !finished; writes++) {
            assertThat(writes).isLessThan(MANY);
            createIndex(over(memory), "old");
            S3Vectors dying = dyingAfter(writes);
            finished = catchThrowable(() -> deleteIndex(dying)) == null;
            if (indexes() == 0) {
                createIndex(over(memory));
                assertThat(over(memory)
                                .indexes()
                                .get(new IndexRequest("bucket", "index", null), REGION)
                                .index()
                                .metadataConfiguration())
                        .as("nothing of the one before")
                        .isNull();
            }
            deleteIndex(over(memory));
            assertThat(indexes()).isZero();
        }
    }

    @Test
    void aVectorBucketIsThereUntilItIsDeleted() {
        boolean finished = false;
        for (int writes = 0; !finished; writes++) {
            assertThat(writes).isLessThan(MANY);
            createBucket(over(memory));
            S3Vectors dying = dyingAfter(writes);
            finished = catchThrowable(() -> deleteBucket(dying)) == null;
            assertThat(buckets()).isEqualTo(finished ? 0 : 1);
            if (!finished) {
                createIndex(over(memory));
                assertThat(kindOf(() -> deleteBucket(over(memory)))).isEqualTo(Kind.CONFLICT);
                deleteIndex(over(memory));
                deleteBucket(over(memory));
            }
            assertThat(kindOf(() -> deleteBucket(over(memory)))).isEqualTo(Kind.NOT_FOUND);
        }
    }

    @Test
    void anIndexWhoseBucketGoesMeanwhileIsUndone() {
        createBucket(over(memory));
        AtomicBoolean once = new AtomicBoolean();
        S3Vectors slow = over(new Watched(memory, key -> {
            if (key.startsWith("_s3vectors/indexes/") && once.compareAndSet(false, true)) {
                deleteBucket(over(memory));
            }
        }));
        assertThat(kindOf(() -> createIndex(slow))).isEqualTo(Kind.NOT_FOUND);
        assertThat(once).isTrue();
        assertThat(memory.list("bucket_index/manifest.json", ""))
                .as("the collection")
                .isEmpty();
        createBucket(over(memory));
        assertThat(indexes()).isZero();
    }

    @Test
    void aDeletionThatAnIndexComesBeforeIsCalledOff() {
        createBucket(over(memory));
        AtomicInteger writes = new AtomicInteger();
        S3Vectors slow = over(new Watched(memory, key -> {
            // The first write says that a deletion is under way; then it has looked for indexes.
            if (key.startsWith("_s3vectors/buckets/") && writes.incrementAndGet() == 2) {
                createIndex(over(memory));
            }
        }));
        assertThat(kindOf(() -> deleteBucket(slow))).isEqualTo(Kind.CONFLICT);
        assertThat(buckets()).isEqualTo(1);
        assertThat(indexes()).isEqualTo(1);
    }

    /** A bucket that somebody else has deleted and created meanwhile is not deleted by who was held up before. */
    @Test
    void aDeletionThatIsHeldUpDoesNotTakeTheNextBucketByMistake() {
        createBucket(over(memory));
        AtomicInteger writes = new AtomicInteger();
        S3Vectors slow = over(new Watched(memory, key -> {
            if (key.startsWith("_s3vectors/buckets/") && writes.incrementAndGet() == 2) {
                deleteBucket(over(memory));
                createBucket(over(memory));
                createIndex(over(memory));
            }
        }));
        assertThat(kindOf(() -> deleteBucket(slow))).isEqualTo(Kind.CONFLICT);
        assertThat(indexes()).isEqualTo(1);
    }
}
