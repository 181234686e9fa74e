package dev.quiver.events;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;

/**
 * What a function answers to an event: to SQS the messages that are to come again, to others what was done.
 *
 * @param batchItemFailures of an event from SQS, else null
 * @param outcomes else null
 */
@RegisterForReflection(targets = {EventAnswer.class, EventAnswer.BatchItemFailure.class, EventAnswer.Outcome.class})
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EventAnswer(List<BatchItemFailure> batchItemFailures, List<Outcome> outcomes) {

    /** @param itemIdentifier the message's id */
    public record BatchItemFailure(String itemIdentifier) {}

    /** @param subject the object or collection */
    public record Outcome(String subject, String outcome) {}

    static EventAnswer again(List<String> messageIds) {
        return new EventAnswer(messageIds.stream().map(BatchItemFailure::new).toList(), null);
    }

    static EventAnswer done(List<Outcome> outcomes) {
        return new EventAnswer(null, outcomes);
    }
}
