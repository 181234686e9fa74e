package dev.quiver.api;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.index.vector.KernelChoice;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.util.List;
import org.jboss.logging.Logger;

/** Opens the store when the server starts, so that a wrong setting ends the start and not the first request, says what it serves, and begins to read what is to be there at once. */
@ApplicationScoped
public class Start {
    private static final Logger LOG = Logger.getLogger("dev.quiver");

    void start(@Observes StartupEvent event, Quiver quiver, QuiverConfig config) {
        for (String name : config.index().preload().orElse(List.of())) {
            Thread.ofVirtual().name("preload " + name).start(() -> preload(quiver, name));
        }
        LOG.infof(
                "Collections in %s, vectors scored by %s",
                quiver.database().store().description(), KernelChoice.best().name());
    }

    /** Whatever is wrong, a request for the collection will be told. */
    private static void preload(Quiver quiver, String name) {
        try {
            quiver.database().collection(name).preload();
        } catch (RuntimeException e) {
            LOG.warnf("The collection '%s' of quiver.index.preload is not read ahead: %s", name, e.getMessage());
        }
    }
}
