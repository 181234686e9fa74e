package dev.quiver.events;

import com.fasterxml.jackson.databind.JsonNode;
import io.quarkus.funqy.Funq;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;

/** One package serves all of these; {@code QUARKUS_FUNQY_EXPORT} says which one a deployed function is. */
@ApplicationScoped
public class EventFunctions {
    private final IngestEvents ingest;
    private final UpsertEvents upsert;
    private final Maintenance maintenance;

    EventFunctions(IngestEvents ingest, UpsertEvents upsert, Maintenance maintenance) {
        this.ingest = ingest;
        this.upsert = upsert;
        this.maintenance = maintenance;
    }

    /** S3's events, from it directly, through SQS or through EventBridge. */
    @Funq("ingest")
    public EventAnswer ingest(JsonNode event) throws IOException {
        return ingest.handle(event);
    }

    /** Messages of SQS with records. */
    @Funq("upsert")
    public EventAnswer upsert(JsonNode event) {
        return upsert.handle(event);
    }

    @Funq("compact")
    public EventAnswer compact(JsonNode event) {
        return maintenance.compact(event);
    }

    @Funq("collect-garbage")
    public EventAnswer collectGarbage(JsonNode event) {
        return maintenance.collectGarbage(event);
    }
}
