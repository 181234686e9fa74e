package dev.quiver.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The messages in an event from SQS. */
final class Messages {
    private Messages() {}

    /** @param attributes those of the sender that are strings or numbers */
    record Message(String id, String body, Map<String, String> attributes) {}

    static boolean isFromSqs(JsonNode event) {
        return "aws:sqs".equals(event.at("/Records/0/eventSource").asText());
    }

    /** @throws UnusableEventException if it is no event of SQS's form */
    static List<Message> of(JsonNode event) {
        List<Message> messages = new ArrayList<>();
        for (JsonNode r : event.path("Records")) {
            String id = r.path("messageId").asText();
            if (id.isEmpty() || !r.path("body").isTextual()) {
                throw new UnusableEventException("A record of the event has no messageId or body: it is not SQS's.");
            }
            Map<String, String> attributes = new LinkedHashMap<>();
            r.path("messageAttributes")
                    .properties()
                    .forEach(a -> attributes.put(
                            a.getKey(), a.getValue().path("stringValue").asText("")));
            messages.add(new Message(id, r.path("body").asText(), attributes));
        }
        return messages;
    }
}
