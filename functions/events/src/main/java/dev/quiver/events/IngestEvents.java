package dev.quiver.events;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.events.EventAnswer.Outcome;
import dev.quiver.events.Messages.Message;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.Stores;
import dev.quiver.functions.documents.DocumentParsers;
import dev.quiver.functions.documents.Ingestor;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.RecordOperations;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.Collection;
import dev.quiver.index.Database;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jboss.logging.Logger;
import software.amazon.awssdk.services.s3.S3Client;

/** Brings collections to what the documents in a bucket are, when S3 tells that one has changed. */
@ApplicationScoped
class IngestEvents {
    private static final Logger LOG = Logger.getLogger(IngestEvents.class);

    private final Quiver quiver;
    private final QuiverConfig quiverConfig;
    private final EventsConfig config;
    private final DeadLetters deadLetters;
    private final ObjectMapper json;
    private S3Client s3;

    IngestEvents(
            Quiver quiver, QuiverConfig quiverConfig, EventsConfig config, DeadLetters deadLetters, ObjectMapper json) {
        this.quiver = quiver;
        this.quiverConfig = quiverConfig;
        this.config = config;
        this.deadLetters = deadLetters;
        this.json = json;
    }

    /**
     * @throws UnusableEventException of an event that did not come through SQS
     * @throws IOException of such an event, if it may succeed later
     */
    EventAnswer handle(JsonNode event) throws IOException {
        if (!Messages.isFromSqs(event)) {
            List<Outcome> outcomes = new ArrayList<>();
            for (ObjectChange change : ObjectChange.in(event)) {
                outcomes.add(new Outcome(change.toString(), follow(change)));
            }
            return EventAnswer.done(outcomes);
        }
        List<String> again = new ArrayList<>();
        // Of many news of one object one look is enough.
        Set<ObjectChange> followed = new LinkedHashSet<>();
        for (Message m : Messages.of(event)) {
            try {
                for (ObjectChange change : changes(m)) {
                    if (!followed.contains(change)) {
                        follow(change);
                        followed.add(change);
                    }
                }
            } catch (UnusableEventException e) {
                if (!deadLetters.take(m, "ingest", e.getMessage())) {
                    again.add(m.id());
                }
            } catch (IOException | RuntimeException e) {
                LOG.errorf(e, "Message %s will come again", m.id());
                again.add(m.id());
            }
        }
        return EventAnswer.again(again);
    }

    private List<ObjectChange> changes(Message message) {
        try {
            return ObjectChange.in(json.readTree(message.body()));
        } catch (JacksonException e) {
            throw new UnusableEventException("The message is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private String follow(ObjectChange change) throws IOException {
        String prefix = config.ingest().prefix();
        if (!change.key().startsWith(prefix)) {
            throw new UnusableEventException(
                    change + " is not under " + prefix + ", where documents are. Let S3 notify of that prefix only.");
        }
        String rest = change.key().substring(prefix.length());
        String collection = config.ingest().collection().orElse(null);
        String root = prefix;
        if (collection == null) {
            int slash = rest.indexOf('/');
            if (slash <= 0) {
                throw new UnusableEventException(
                        change + " lies in no collection's folder. Put documents under " + prefix + "<collection>/.");
            }
            collection = rest.substring(0, slash);
            root = prefix + collection + "/";
            rest = rest.substring(slash + 1);
        }
        // Consoles make such objects for folders.
        if (rest.isEmpty() || rest.endsWith("/")) {
            return told(change, "a folder");
        }
        if (!DocumentParsers.supports(rest)) {
            return told(change, "ignored: files of this kind are not read");
        }
        try {
            Database.checkName(collection);
        } catch (IllegalArgumentException e) {
            throw new UnusableEventException(e.getMessage(), e);
        }
        Documents document =
                new Documents(s3(), change, rest, (long) config.ingest().maxMib() << 20);
        if (!quiver.database().exists(collection) && document.version().isEmpty()) {
            return told(change, "nothing to remove");
        }
        Ingestor.Outcome outcome =
                ingestor(collection, "s3://" + change.bucket() + "/" + root).follow(document);
        return told(
                change,
                switch (outcome) {
                    case Ingestor.Outcome.Added(int n) -> "added, " + n + " passages";
                    case Ingestor.Outcome.Changed(int n, int before) ->
                        "changed, " + n + " passages instead of " + before;
                    case Ingestor.Outcome.Unchanged _ -> "unchanged";
                    case Ingestor.Outcome.Empty _ -> "empty";
                    case Ingestor.Outcome.Removed(int n) ->
                        n == 0 ? "nothing to remove" : "removed, " + n + " passages";
                    case Ingestor.Outcome.Failed(String reason) ->
                        throw new UnusableEventException(change + " " + reason);
                });
    }

    private Ingestor ingestor(String name, String origin) {
        try {
            Collection collection = quiver.collections().openOrCreate(name, new CreateSettings(null, null, null));
            TextEmbedder embedder =
                    RecordOperations.embedder(quiver.models(), collection.schema(), collection, "/collection");
            return new Ingestor(collection, embedder, origin);
        } catch (ProblemException e) {
            throw new UnusableEventException(e.getMessage(), e);
        }
    }

    private static String told(ObjectChange change, String outcome) {
        LOG.infof("%s: %s", change, outcome);
        return outcome;
    }

    private synchronized S3Client s3() {
        if (s3 == null) {
            s3 = Stores.client(quiverConfig.s3());
        }
        return s3;
    }
}
