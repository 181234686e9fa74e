package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.lang.reflect.Proxy;
import org.eclipse.microprofile.health.HealthCheckResponse.Status;
import org.junit.jupiter.api.Test;

class StoreReadyTest {

    @Test
    void aStoreThatDoesNotAnswerIsDown() {
        ObjectStore silent = (ObjectStore) Proxy.newProxyInstance(
                ObjectStore.class.getClassLoader(), new Class<?>[] {ObjectStore.class}, (_, _, _) -> {
                    throw StoreException.refused("s3://secret-bucket may not be read", null);
                });
        assertThat(StoreReady.of(silent).getStatus()).isEqualTo(Status.DOWN);
        assertThat(StoreReady.of(new MemoryStore()).getStatus()).isEqualTo(Status.UP);
    }
}
