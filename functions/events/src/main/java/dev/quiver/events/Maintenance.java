package dev.quiver.events;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quiver.events.EventAnswer.Outcome;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.observe.Metrics;
import dev.quiver.index.Collection;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.Compaction;
import dev.quiver.index.Consistency;
import dev.quiver.index.SearchRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;

/** What a schedule asks for, or somebody by hand: of one collection ({@code {"collection": "docs"}}) or of all. */
@ApplicationScoped
class Maintenance {
    private static final Logger LOG = Logger.getLogger(Maintenance.class);

    /** Searches that tell how well what is new is found. */
    private static final int RECALL_SAMPLE = 20;

    private static final int RECALL_TOP_K = 10;

    private final Quiver quiver;
    private final Metrics metrics;

    Maintenance(Quiver quiver, Metrics metrics) {
        this.quiver = quiver;
        this.metrics = metrics;
    }

    EventAnswer compact(JsonNode event) {
        return each("compact", event, c -> {
            Compaction.Report r = c.compact(step -> LOG.infof(
                    "%s: %d operations folded, %d records written, %d segments now",
                    c.name(), step.folded(), step.rowsWritten(), step.segments()));
            if (r.swapped() && metrics.on()) {
                tellRecall(c);
            }
            return r.swapped() ? r.folded() + " operations folded, " + r.segments() + " segments" : "nothing to do";
        });
    }

    /** What was compacted stays so if this fails. */
    private void tellRecall(Collection c) {
        try {
            metrics.recall(
                    c.name(),
                    c.recall(RECALL_SAMPLE, RECALL_TOP_K, SearchRequest.Effort.DEFAULT, Consistency.STRONG)
                            .recall());
        } catch (RuntimeException e) {
            LOG.warnf(e, "The recall of %s could not be measured", c.name());
        }
    }

    EventAnswer collectGarbage(JsonNode event) {
        return each("collect-garbage", event, c -> {
            Compaction.Garbage g = c.collectGarbage();
            return g.objects() + " objects deleted, " + g.bytes() + " bytes";
        });
    }

    /** One that fails does not keep the others from their turn. */
    private EventAnswer each(String what, JsonNode event, Function<Collection, String> work) {
        List<Outcome> outcomes = new ArrayList<>();
        RuntimeException failed = null;
        for (String name : names(event)) {
            try {
                String outcome = work.apply(quiver.database().collection(name));
                LOG.infof("%s %s: %s", what, name, outcome);
                outcomes.add(new Outcome(name, outcome));
            } catch (CollectionNotFoundException e) {
                if (event.has("collection")) {
                    throw e;
                }
                // Deleted since they were listed.
            } catch (RuntimeException e) {
                LOG.errorf(e, "%s %s failed", what, name);
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        if (failed != null) {
            throw failed;
        }
        return EventAnswer.done(outcomes);
    }

    private List<String> names(JsonNode event) {
        JsonNode name = event.path("collection");
        if (name.isMissingNode()) {
            return quiver.database().names();
        }
        if (!name.isTextual()) {
            throw new UnusableEventException("'collection' is " + name + ", it must be the name of a collection.");
        }
        return List.of(name.asText());
    }
}
