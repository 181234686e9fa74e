package dev.quiver.api;

import dev.quiver.functions.Quiver;
import dev.quiver.index.vector.KernelChoice;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import org.jboss.logging.Logger;

/** Opens the store when the server starts, so that a wrong setting ends the start and not the first request, and says what it serves. */
@ApplicationScoped
public class Start {
    private static final Logger LOG = Logger.getLogger("dev.quiver");

    void start(@Observes StartupEvent event, Quiver quiver) {
        LOG.infof(
                "Collections in %s, vectors scored by %s",
                quiver.database().store().description(), KernelChoice.best().name());
    }
}
