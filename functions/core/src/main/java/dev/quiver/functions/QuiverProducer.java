package dev.quiver.functions;

import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.observe.Metrics;
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

    /** One for all: it tells of a cold start once, and of what was done since it told last. */
    @Produces
    @Singleton
    Metrics metrics(QuiverConfig config) {
        return new Metrics(config);
    }

    void close(@Disposes Quiver quiver) {
        quiver.close();
    }
}
