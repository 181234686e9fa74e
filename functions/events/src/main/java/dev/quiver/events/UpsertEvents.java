package dev.quiver.events;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.events.Messages.Message;
import dev.quiver.functions.Json;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.Messages.UpsertRecord;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problems;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/** Records that come as messages: each the JSON of an upsert request, or records line by line with the collection as an attribute. */
@ApplicationScoped
class UpsertEvents {
    private static final Logger LOG = Logger.getLogger(UpsertEvents.class);

    /** The attribute that names the collection of records without a request around them. */
    private static final String COLLECTION = "collection";

    private final Quiver quiver;
    private final DeadLetters deadLetters;
    private final ObjectMapper json = Json.strictMapper();

    UpsertEvents(Quiver quiver, DeadLetters deadLetters) {
        this.quiver = quiver;
        this.deadLetters = deadLetters;
    }

    /** @throws UnusableEventException if the event is not from SQS */
    EventAnswer handle(JsonNode event) {
        if (!Messages.isFromSqs(event)) {
            throw new UnusableEventException(
                    "upsert takes messages of SQS. To upsert directly, call the API's function.");
        }
        List<Message> messages = Messages.of(event);
        List<String> again = new ArrayList<>();
        // At once, so that they share commits.
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> done =
                    messages.stream().map(m -> threads.submit(() -> process(m))).toList();
            for (int i = 0; i < done.size(); i++) {
                if (!get(done.get(i))) {
                    again.add(messages.get(i).id());
                }
            }
        }
        return EventAnswer.again(again);
    }

    private static boolean get(Future<Boolean> done) {
        try {
            return done.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** False if the message is to come again. */
    private boolean process(Message m) {
        try {
            quiver.records().upsert(request(m));
            return true;
        } catch (UnusableEventException e) {
            return deadLetters.take(m, "upsert", e.getMessage());
        } catch (RuntimeException e) {
            Optional<Problem> problem = Problems.of(e);
            if (problem.isPresent() && problem.get().status() < 500) {
                return deadLetters.take(m, "upsert", words(problem.get()));
            }
            LOG.errorf(e, "Message %s will come again", m.id());
            return false;
        }
    }

    private static String words(Problem problem) {
        return problem.errors().isEmpty()
                ? problem.detail()
                : problem.errors().stream()
                        .map(f -> f.pointer() + ": " + f.detail())
                        .collect(Collectors.joining(" "));
    }

    private UpsertRequest request(Message m) {
        String collection = m.attributes().get(COLLECTION);
        try {
            UpsertRequest given = collection == null
                    ? json.readValue(m.body(), UpsertRequest.class)
                    : new UpsertRequest(collection, records(m.body()), new CreateSettings(null, null, null));
            if (given == null) {
                throw new UnusableEventException("The message is 'null' and no upsert request.");
            }
            // SQS delivers a message twice now and then; it is applied once.
            return given.idempotencyKey() == null
                    ? new UpsertRequest(given.collection(), given.records(), given.create(), "sqs:" + m.id())
                    : given;
        } catch (JacksonException e) {
            throw new UnusableEventException(words(Problems.ofJson(e)), e);
        }
    }

    private List<UpsertRecord> records(String lines) throws JacksonException {
        List<UpsertRecord> records = new ArrayList<>();
        int number = 0;
        for (String line : lines.split("\n", -1)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            try {
                records.add(json.readValue(line, UpsertRecord.class));
            } catch (JacksonException e) {
                throw new UnusableEventException("Line " + number + ": " + words(Problems.ofJson(e)), e);
            }
        }
        return records;
    }
}
