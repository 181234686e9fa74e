package dev.quiver.api;

import dev.quiver.functions.Quiver;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** {@code GET /q/health/ready}: whether the store answers. Costs one request to it. */
@Readiness
@ApplicationScoped
public class StoreReady implements HealthCheck {
    private final Quiver quiver;

    StoreReady(Quiver quiver) {
        this.quiver = quiver;
    }

    @Override
    public HealthCheckResponse call() {
        return of(quiver.database().store());
    }

    /** Without the store's own words: whoever asks for health need not know buckets. */
    static HealthCheckResponse of(ObjectStore store) {
        try {
            // There is none, and to say so the store has to be reached and has to allow it.
            store.get("health/check");
            return HealthCheckResponse.up("store");
        } catch (StoreException e) {
            return HealthCheckResponse.down("store");
        }
    }
}
