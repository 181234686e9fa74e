package dev.quiver.functions.config;

import static dev.quiver.functions.Fixtures.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.S3Store;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds down which store each form of {@code quiver.data} names, and that a form which names none is refused when it is opened. */
class StoresTest {
    private static ObjectStore open(String data) {
        return Stores.open(config("quiver.data", data, "quiver.s3.region", "eu-central-1"));
    }

    @Test
    void memoryIsMemory() {
        assertThat(open("memory:")).isInstanceOf(MemoryStore.class);
        assertThat(open(" memory: ")).isInstanceOf(MemoryStore.class);
    }

    @Test
    void aPathOrFileAddressIsAFolder(@TempDir Path folder) {
        assertThat(open(folder.resolve("a b").toString())).isInstanceOf(FileStore.class);
        try (ObjectStore store = open(folder.resolve("a b").toUri().toString())) {
            assertThat(store).isInstanceOf(FileStore.class);
            assertThat(store.description()).contains(folder.resolve("a b").toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://bucket", "s3://bucket/", "s3://bucket/a/b", "s3://bucket/a/b/"})
    void anS3AddressIsABucketAndPerhapsAPrefix(String address) {
        try (ObjectStore store = open(address)) {
            assertThat(store).isInstanceOf(S3Store.class);
            assertThat(store.description()).contains("bucket");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"s3://", "s3:///prefix", "http://bucket", "gs://bucket/x"})
    void anythingElseIsRefused(String address) {
        assertThatIllegalArgumentException().isThrownBy(() -> open(address)).withMessageContaining("'" + address + "'");
    }
}
