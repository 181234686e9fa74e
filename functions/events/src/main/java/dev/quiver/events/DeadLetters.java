package dev.quiver.events;

import dev.quiver.events.Messages.Message;
import jakarta.enterprise.context.ApplicationScoped;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.jboss.logging.Logger;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/** Messages that can never be processed go to the dead-letter queue at once, with the reason, instead of coming back until SQS gives up without one. */
@ApplicationScoped
class DeadLetters {
    private static final Logger LOG = Logger.getLogger(DeadLetters.class);
    private static final String REASON = "reason";
    private static final int LONGEST_REASON = 1000;

    /** A message has ten attributes at most. */
    private static final int MOST_ATTRIBUTES = 8;

    private final EventsConfig config;
    private SqsClient sqs;

    DeadLetters(EventsConfig config) {
        this.config = config;
    }

    /** False if there is no such queue, or it cannot be written: then the message has to come again. */
    boolean take(Message message, String function, String reason) {
        LOG.errorf("Message %s cannot be processed by %s: %s", message.id(), function, reason);
        if (config.events().deadLetterQueueUrl().isEmpty()) {
            return false;
        }
        String url = config.events().deadLetterQueueUrl().get();
        Map<String, MessageAttributeValue> attributes = new HashMap<>();
        message.attributes().entrySet().stream()
                .filter(a -> !a.getValue().isEmpty())
                .limit(MOST_ATTRIBUTES)
                .forEach(a -> attributes.put(a.getKey(), text(a.getValue())));
        attributes.put(
                REASON, text(reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON) + "…"));
        attributes.put("function", text(function));
        try {
            sqs().sendMessage(b -> b.queueUrl(url).messageBody(message.body()).messageAttributes(attributes));
            return true;
        } catch (SdkException e) {
            LOG.errorf(e, "Message %s could not be moved to %s", message.id(), url);
            return false;
        }
    }

    private static MessageAttributeValue text(String value) {
        return MessageAttributeValue.builder()
                .dataType("String")
                .stringValue(value)
                .build();
    }

    private synchronized SqsClient sqs() {
        if (sqs == null) {
            var builder = SqsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder());
            config.events().sqsEndpoint().ifPresent(e -> builder.endpointOverride(URI.create(e)));
            sqs = builder.build();
        }
        return sqs;
    }
}
