package dev.quiver.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.observe.Metrics;
import io.quarkus.funqy.Funq;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;

/** One package serves all of these; {@code QUARKUS_FUNQY_EXPORT} says which one a deployed function is. */
@ApplicationScoped
public class EventFunctions {
    private final IngestEvents ingest;
    private final UpsertEvents upsert;
    private final Maintenance maintenance;
    private final Metrics metrics;
    private final Quiver quiver;

    EventFunctions(IngestEvents ingest, UpsertEvents upsert, Maintenance maintenance, Metrics metrics, Quiver quiver) {
        this.metrics = metrics;
        this.quiver = quiver;
        this.ingest = ingest;
        this.upsert = upsert;
        this.maintenance = maintenance;
    }

    /** S3's events, from it directly, through SQS or through EventBridge. */
    @Funq("ingest")
    public EventAnswer ingest(JsonNode event) throws IOException {
        return measured("ingest", () -> ingest.handle(event));
    }

    /** Messages of SQS with records. */
    @Funq("upsert")
    public EventAnswer upsert(JsonNode event) {
        return measured("upsert", () -> upsert.handle(event));
    }

    @Funq("compact")
    public EventAnswer compact(JsonNode event) {
        return measured("compact", () -> maintenance.compact(event));
    }

    @Funq("collect-garbage")
    public EventAnswer collectGarbage(JsonNode event) {
        return measured("collect-garbage", () -> maintenance.collectGarbage(event));
    }

    private interface Work<E extends Exception> {
        EventAnswer run() throws E;
    }

    private <E extends Exception> EventAnswer measured(String function, Work<E> work) throws E {
        long started = System.nanoTime();
        boolean failed = true;
        try {
            EventAnswer answer = work.run();
            failed = answer.batchItemFailures() != null
                    && !answer.batchItemFailures().isEmpty();
            return answer;
        } finally {
            metrics.request(
                    function,
                    (System.nanoTime() - started) / 1e6,
                    failed,
                    quiver.database().meter());
        }
    }
}
