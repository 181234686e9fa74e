package dev.quiver.events;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;

/** What the event functions are told besides {@link dev.quiver.functions.config.QuiverConfig}. */
@ConfigMapping(prefix = "quiver")
public interface EventsConfig {
    Ingest ingest();

    Events events();

    interface Ingest {
        /** Objects under it are documents; the folder after it names the collection: {@code documents/<collection>/<path>}. */
        @WithDefault("documents/")
        String prefix();

        /** One collection for all documents; then the path begins right after the prefix. */
        Optional<String> collection();

        /** Larger documents are refused. */
        @WithDefault("256")
        int maxMib();
    }

    interface Events {
        /** Where messages go that can never be processed, with the reason as an attribute. Without it they are retried until SQS moves them. */
        Optional<String> deadLetterQueueUrl();

        /** For another server that speaks SQS. */
        Optional<String> sqsEndpoint();
    }
}
