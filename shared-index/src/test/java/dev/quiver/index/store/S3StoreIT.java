package dev.quiver.index.store;

import static dev.quiver.index.store.S3Stores.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.store.ObjectStore.Precondition;
import dev.quiver.index.store.ObjectStore.PutResult;
import dev.quiver.infra.s3.S3Emulator;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.s3.S3Client;

/** The contract over the S3 protocol, and what only S3 has: prefixes, uploads in parts, and servers that refuse or are not there. */
class S3StoreIT extends ObjectStoreContract {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    private static S3Emulator s3;

    private String prefix;

    @BeforeAll
    static void startS3() {
        s3 = S3Emulator.start(BUCKET);
    }

    @AfterAll
    static void stopS3() {
        s3.close();
    }

    @Override
    ObjectStore open() {
        prefix = "test-" + PREFIXES.incrementAndGet() + "/";
        return S3Stores.open(s3, prefix);
    }

    @Override
    int rounds() {
        return 5;
    }

    @Test
    void storesWithOtherPrefixesDoNotMeet() {
        put("a/b", "mine");
        try (ObjectStore below = S3Stores.open(s3, prefix + "a/");
                ObjectStore beside = S3Stores.open(s3, "beside-" + prefix)) {
            assertThat(below.get("b").orElseThrow().bytes()).isEqualTo(bytes("mine"));
            assertThat(below.list("", "").getFirst().key()).isEqualTo("b");
            assertThat(beside.list("", "")).isEmpty();
            assertThat(beside.folders("")).isEmpty();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> S3Stores.open(s3, "no-slash"));
    }

    @Test
    void aLargeObjectGoesUpInPartsUnderTheSameConditions() throws IOException {
        long size = (64 << 20) + 12_345;
        Path file = files.resolve("large");
        byte[] block = new byte[1 << 16];
        new Random(1).nextBytes(block);
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long at = 0; at < size; at += block.length) {
                block[0] = (byte) (at >> 16);
                out.write(block, 0, (int) Math.min(block.length, size - at));
            }
        }
        String etag = stored(store.put("large", Content.of(file), new Precondition.IfAbsent()));
        assertThat(store.list("large", "").getFirst().size()).isEqualTo(size);
        assertThat(store.put("large", Content.of(file), new Precondition.IfAbsent()))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.put("large", Content.of(file), new Precondition.IfMatch("\"other\"")))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.put("missing", Content.of(file), new Precondition.IfMatch(etag)))
                .isEqualTo(new PutResult.Refused());
        assertThat(store.get("missing")).isEmpty();

        MemorySegment stored = OffHeap.allocate(size);
        store.read("large", 0, stored);
        byte[] all = Files.readAllBytes(file);
        assertThat(stored.mismatch(MemorySegment.ofArray(all))).isEqualTo(-1);
        MemorySegment acrossParts = OffHeap.allocate(1000);
        store.read("large", (32 << 20) - 500, acrossParts);
        assertThat(OffHeap.getBytes(acrossParts, 0, 1000))
                .isEqualTo(java.util.Arrays.copyOfRange(all, (32 << 20) - 500, (32 << 20) + 500));

        all[0]++;
        String next = stored(store.put("large", Content.of(all), new Precondition.IfMatch(etag)));
        assertThat(next).isNotEqualTo(etag);
        MemorySegment first = OffHeap.allocate(1);
        store.read("large", 0, first);
        assertThat(OffHeap.getByte(first, 0)).isEqualTo(all[0]);
        assertNoUploadIsUnfinished();
    }

    private static void assertNoUploadIsUnfinished() {
        try (S3Client client = S3Stores.client(s3.endpoint(), s3.accessKey(), s3.secretKey())) {
            assertThat(client.listMultipartUploads(b -> b.bucket(BUCKET)).uploads())
                    .isEmpty();
        }
    }

    @Test
    void aServerThatRefusesHadNoEffect() {
        try (ObjectStore stranger =
                        new S3Store(S3Stores.client(s3.endpoint(), "stranger", "wrong-secret"), BUCKET, prefix);
                ObjectStore nowhere = new S3Store(
                        S3Stores.client(s3.endpoint(), s3.accessKey(), s3.secretKey()), "no-such-bucket", "")) {
            for (ObjectStore bad : List.of(stranger, nowhere)) {
                assertThatThrownBy(() -> bad.put("k", Content.of(new byte[1]), new Precondition.IfAbsent()))
                        .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                                .isFalse())
                        .hasMessageContaining(bad.description());
                assertThatThrownBy(() -> bad.list("", "")).isInstanceOf(StoreException.class);
                assertThatThrownBy(() -> bad.folders("")).isInstanceOf(StoreException.class);
                assertThatThrownBy(() -> bad.getIfChanged("k", "\"e\"")).isInstanceOf(StoreException.class);
            }
            assertThatThrownBy(() -> nowhere.get("k")).isInstanceOf(StoreException.class);
        }
        assertThat(store.list("", "")).isEmpty();
    }

    @Test
    void aServerThatDoesNotAnswerLeavesTheOutcomeUnknown() {
        try (ObjectStore silent =
                new S3Store(S3Stores.client(URI.create("http://127.0.0.1:1"), "key", "secret"), BUCKET, "")) {
            assertThatThrownBy(() -> silent.put("k", Content.of(new byte[1]), new Precondition.IfAbsent()))
                    .isInstanceOfSatisfying(StoreException.class, e -> assertThat(e.outcomeUnknown())
                            .isTrue());
            assertThatThrownBy(() -> silent.get("k")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> silent.read("k", 0, OffHeap.allocate(1))).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> silent.delete("k")).isInstanceOf(StoreException.class);
            assertThatThrownBy(() -> silent.list("", "")).isInstanceOf(StoreException.class);
        }
    }
}
