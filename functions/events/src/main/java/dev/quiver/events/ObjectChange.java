package dev.quiver.events;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * An object that has changed, as S3 tells of it. Only which object it is counts: news come twice, late and in any order, so what has become of it is looked up.
 *
 * @param key decoded
 */
record ObjectChange(String bucket, String key) {

    /**
     * Those in an event that S3 sent itself or through EventBridge; none if S3 only tries whether it can.
     *
     * @throws UnusableEventException if it is another event
     */
    static List<ObjectChange> in(JsonNode event) {
        if ("s3:TestEvent".equals(event.path("Event").asText())) {
            return List.of();
        }
        if ("aws.s3".equals(event.path("source").asText())) {
            JsonNode detail = event.path("detail");
            // EventBridge tells keys as they are.
            return List.of(change(
                    detail.at("/bucket/name").asText(), detail.at("/object/key").asText(), event));
        }
        if (!event.path("Records").isArray()) {
            throw unknown(event);
        }
        List<ObjectChange> changes = new ArrayList<>();
        for (JsonNode r : event.path("Records")) {
            if (!"aws:s3".equals(r.path("eventSource").asText())) {
                throw unknown(event);
            }
            String name = r.path("eventName").asText();
            if (!name.startsWith("ObjectCreated:") && !name.startsWith("ObjectRemoved:")) {
                throw new UnusableEventException(
                        "The event " + name
                                + " tells of no change of an object. Notify of s3:ObjectCreated:* and s3:ObjectRemoved:* only.");
            }
            // S3's own notifications encode keys like a form.
            String key = r.at("/s3/object/key").asText();
            try {
                changes.add(change(
                        r.at("/s3/bucket/name").asText(), URLDecoder.decode(key, StandardCharsets.UTF_8), event));
            } catch (IllegalArgumentException e) {
                throw new UnusableEventException("The key '" + key + "' is not URL-encoded as S3 does it.", e);
            }
        }
        return changes;
    }

    private static ObjectChange change(String bucket, String key, JsonNode event) {
        if (bucket.isEmpty() || key.isEmpty()) {
            throw unknown(event);
        }
        return new ObjectChange(bucket, key);
    }

    private static UnusableEventException unknown(JsonNode event) {
        String text = event.toString();
        return new UnusableEventException(
                "This is no event of S3 (ObjectCreated, ObjectRemoved), neither from it directly nor through EventBridge: "
                        + (text.length() <= 200 ? text : text.substring(0, 200) + "…"));
    }

    @Override
    public String toString() {
        return "s3://" + bucket + "/" + key;
    }
}
