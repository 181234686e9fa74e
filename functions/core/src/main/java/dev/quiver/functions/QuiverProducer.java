package dev.quiver.functions;

import dev.quiver.functions.config.QuiverConfig;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Disposes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;

/** Makes {@link Quiver} a bean. */
@ApplicationScoped
public class QuiverProducer {

    @Produces
    @Singleton
    Quiver quiver(QuiverConfig config) {
        return new Quiver(config);
    }

    void close(@Disposes Quiver quiver) {
        quiver.close();
    }
}
