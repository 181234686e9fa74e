package dev.quiver.infra.lambda;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;

/**
 * Messages as the event that Lambda makes of them ("Using Lambda with Amazon SQS"), and what the function's answer says
 * about each ("Implementing partial batch responses").
 */
final class SqsEvents {

    private SqsEvents() {}

    static ObjectNode event(List<Message> messages, String queueArn, String region) {
        ObjectNode event = Json.MAPPER.createObjectNode();
        ArrayNode records = event.putArray("Records");
        for (Message message : messages) {
            ObjectNode record = records.addObject();
            record.put("messageId", message.messageId());
            record.put("receiptHandle", message.receiptHandle());
            record.put("body", message.body());
            ObjectNode attributes = record.putObject("attributes");
            message.attributesAsStrings().forEach(attributes::put);
            ObjectNode own = record.putObject("messageAttributes");
            message.messageAttributes().forEach((name, value) -> attribute(own.putObject(name), value));
            record.put("md5OfBody", message.md5OfBody());
            if (message.md5OfMessageAttributes() != null) {
                record.put("md5OfMessageAttributes", message.md5OfMessageAttributes());
            }
            record.put("eventSource", "aws:sqs");
            record.put("eventSourceARN", queueArn);
            record.put("awsRegion", region);
        }
        return event;
    }

    private static void attribute(ObjectNode node, MessageAttributeValue value) {
        if (value.stringValue() != null) {
            node.put("stringValue", value.stringValue());
        }
        if (value.binaryValue() != null) {
            node.put(
                    "binaryValue",
                    Base64.getEncoder().encodeToString(value.binaryValue().asByteArray()));
        }
        node.putArray("stringListValues");
        node.putArray("binaryListValues");
        node.put("dataType", value.dataType());
    }

    /**
     * Which messages are to come again, by the rules of the documentation: no list, an empty one or an empty answer is
     * success of all; a malformed list, an unknown id or an answer that is no JSON is failure of all.
     */
    static Set<String> failures(byte[] answer, Set<String> messageIds) {
        return batchItemFailures(answer)
                .map(failed -> messageIds.containsAll(failed) ? failed : messageIds)
                .orElse(messageIds);
    }

    /** Empty if they cannot be understood. */
    private static Optional<Set<String>> batchItemFailures(byte[] answer) {
        var failed = new HashSet<String>();
        if (answer.length == 0) {
            return Optional.of(failed);
        }
        try {
            JsonNode list = Json.MAPPER.readTree(answer).path("batchItemFailures");
            if (list.isMissingNode() || list.isNull()) {
                return Optional.of(failed);
            }
            if (!list.isArray()) {
                return Optional.empty();
            }
            for (JsonNode item : list) {
                String id = item.path("itemIdentifier").asText("");
                if (!item.path("itemIdentifier").isTextual() || id.isEmpty()) {
                    return Optional.empty();
                }
                failed.add(id);
            }
            return Optional.of(failed);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}
