package dev.quiver.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.Include;
import dev.quiver.functions.operation.Messages.ListRequest;
import dev.quiver.functions.operation.Messages.RecordAnswer;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.model.Message;

/** Events as AWS sends them, against servers that speak S3 and SQS, with the real model. */
@QuarkusTest
@QuarkusTestResource(EmulatedAws.class)
class EventFunctionsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Inject
    EventFunctions functions;

    @Inject
    Quiver quiver;

    private final S3Client s3 = EmulatedAws.s3();

    private void put(String key, String text) {
        s3.putObject(b -> b.bucket(EmulatedAws.BUCKET).key(key), RequestBody.fromString(text));
    }

    private void remove(String key) {
        s3.deleteObject(b -> b.bucket(EmulatedAws.BUCKET).key(key));
    }

    /** As S3 encodes keys. */
    private static JsonNode news(String event, String key) {
        ObjectNode root = JSON.createObjectNode();
        ObjectNode r = root.putArray("Records").addObject();
        r.put("eventVersion", "2.1").put("eventSource", "aws:s3").put("eventName", event);
        ObjectNode s = r.putObject("s3");
        s.putObject("bucket").put("name", EmulatedAws.BUCKET);
        s.putObject("object")
                .put("key", URLEncoder.encode(key, StandardCharsets.UTF_8))
                .put("sequencer", "00");
        return root;
    }

    private static JsonNode created(String key) {
        return news("ObjectCreated:Put", key);
    }

    private static JsonNode removed(String key) {
        return news("ObjectRemoved:Delete", key);
    }

    private static ObjectNode sqs(Object... bodies) {
        ObjectNode root = JSON.createObjectNode();
        ArrayNode records = root.putArray("Records");
        int n = 0;
        for (Object body : bodies) {
            records.addObject()
                    .put("messageId", "m" + n++)
                    .put("eventSource", "aws:sqs")
                    .put("body", body.toString())
                    .putObject("messageAttributes");
        }
        return root;
    }

    private static ObjectNode attribute(ObjectNode event, int record, String name, String value) {
        ((ObjectNode) event.at("/Records/" + record + "/messageAttributes"))
                .putObject(name)
                .put("stringValue", value)
                .put("dataType", "String");
        return event;
    }

    private static List<String> again(EventAnswer answer) {
        return answer.batchItemFailures().stream()
                .map(EventAnswer.BatchItemFailure::itemIdentifier)
                .toList();
    }

    /** Source to number of passages. */
    private Map<String, Integer> documents(String collection) {
        Map<String, Integer> found = new TreeMap<>();
        for (RecordAnswer r : quiver.records()
                .list(new ListRequest(collection, null, 1000, null, List.of(Include.ATTRIBUTES), null, null))
                .records()) {
            found.merge(r.attributes().get("source").toString(), 1, Integer::sum);
        }
        return found;
    }

    private List<Message> deadLetters() {
        List<Message> all = new ArrayList<>();
        var sqs = EmulatedAws.sqs();
        List<Message> some;
        do {
            some = sqs.receiveMessage(b -> b.queueUrl(EmulatedAws.deadLetters())
                            .maxNumberOfMessages(10)
                            .messageAttributeNames("All"))
                    .messages();
            some.forEach(m ->
                    sqs.deleteMessage(b -> b.queueUrl(EmulatedAws.deadLetters()).receiptHandle(m.receiptHandle())));
            all.addAll(some);
        } while (!some.isEmpty());
        return all;
    }

    private String outcome(JsonNode event) throws IOException {
        return functions.ingest(event).outcomes().getFirst().outcome();
    }

    @Test
    void documentsAreFollowed() throws IOException {
        String key = "documents/follow/a folder/übung + 1%.md";
        put(key, "# Cats\n\nCats sleep most of the day.");
        assertThat(outcome(created(key))).isEqualTo("added, 1 passages");
        assertThat(outcome(created(key))).as("delivered twice").isEqualTo("unchanged");
        assertThat(documents("follow")).isEqualTo(Map.of("a folder/übung + 1%.md", 1));
        String longer = "# Dogs\n\n" + "Dogs bark at night and run by day. ".repeat(120);
        put(key, longer);
        assertThat(outcome(removed(key)))
                .as("older news, of a removal before")
                .startsWith("changed, ")
                .endsWith("instead of 1");
        remove(key);
        assertThat(outcome(created(key))).as("older news").startsWith("removed, ");
        assertThat(documents("follow")).isEmpty();
        assertThat(outcome(removed(key))).isEqualTo("nothing to remove");
        assertThat(outcome(removed("documents/never/x.md"))).isEqualTo("nothing to remove");
        assertThat(quiver.database().exists("never")).isFalse();
    }

    @Test
    void everyWayInIsUnderstood() throws IOException {
        put("documents/ways/one.txt", "The first document is about rivers.");
        put("documents/ways/two words.txt", "The second document is about mountains.");
        JsonNode bridge = JSON.readTree("""
                {"version": "0", "id": "1", "detail-type": "Object Created", "source": "aws.s3", "account": "1", "region": "us-east-1",
                 "detail": {"version": "0", "bucket": {"name": "%s"}, "object": {"key": "documents/ways/two words.txt", "size": 5, "etag": "x"}}}""".formatted(EmulatedAws.BUCKET));
        assertThat(outcome(bridge)).isEqualTo("added, 1 passages");
        EventAnswer answer = functions.ingest(sqs(
                created("documents/ways/one.txt"), bridge, "{\"Service\":\"Amazon S3\",\"Event\":\"s3:TestEvent\"}"));
        assertThat(again(answer)).isEmpty();
        assertThat(documents("ways")).containsOnlyKeys("one.txt", "two words.txt");
        for (String ignored : List.of("documents/ways/", "documents/ways/sub/", "documents/ways/photo.jpg")) {
            put(ignored, ignored.endsWith("/") ? "" : "x");
            assertThat(outcome(created(ignored))).matches("a folder|ignored.*");
        }
        put("documents/ways/empty.md", "");
        assertThat(outcome(created("documents/ways/empty.md"))).isEqualTo("empty");
        assertThat(documents("ways")).hasSize(2);
    }

    @Test
    void poisonGoesToTheDeadLettersWithItsReasonAndTheRestIsDone() throws IOException {
        deadLetters();
        put("documents/poison/good.md", "A good document about bread.");
        put("documents/poison/broken.pdf", "%PDF-1.7 and then nothing");
        put("documents/poison/huge.txt", "x".repeat((1 << 20) + 1));
        EventAnswer answer = functions.ingest(sqs(
                created("documents/poison/broken.pdf"),
                created("documents/poison/good.md"),
                "no json",
                created("documents/poison/huge.txt"),
                created("elsewhere/x.md"),
                created("documents/No Collection/x.md"),
                created("documents/x.md"),
                "{\"some\": \"other event\"}"));
        assertThat(again(answer)).isEmpty();
        assertThat(documents("poison")).containsOnlyKeys("good.md");
        List<String> reasons = deadLetters().stream()
                .map(m -> m.messageAttributes().get("reason").stringValue())
                .toList();
        assertThat(reasons)
                .hasSize(7)
                .anyMatch(r -> r.contains("broken.pdf"))
                .anyMatch(r -> r.contains("at most 1 are read"))
                .anyMatch(r -> r.contains("not under documents/"))
                .anyMatch(r -> r.contains("No Collection"))
                .anyMatch(r -> r.contains("in no collection's folder"))
                .anyMatch(r -> r.contains("not JSON"))
                .anyMatch(r -> r.contains("no event of S3"));
        assertThatThrownBy(() -> functions.ingest(created("elsewhere/x.md")))
                .isInstanceOf(UnusableEventException.class);
        assertThatThrownBy(() -> functions.ingest(JSON.readTree("{}"))).isInstanceOf(UnusableEventException.class);
    }

    @Test
    void whatFailsForNowComesAgain() throws IOException {
        JsonNode event = created("documents/later/x.md");
        ((ObjectNode) event.at("/Records/0/s3/bucket")).put("name", "no-such-bucket");
        assertThat(again(functions.ingest(sqs(event)))).containsExactly("m0");
        assertThatThrownBy(() -> functions.ingest(event)).isInstanceOf(IOException.class);
    }

    /** Many look at once while the document changes; whoever is last, what stays is what is there. */
    @Test
    void whoeverIsSlowLeavesNothingStale() throws Exception {
        String key = "documents/race/x.md";
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 5; round++) {
                List<Future<?>> running = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    String text = "Round " + round + " and writer " + i + " write about the sea.";
                    boolean gone = i == 3 && round % 2 == 1;
                    running.add(threads.submit(() -> {
                        if (gone) {
                            remove(key);
                        } else {
                            put(key, text);
                        }
                        return functions.ingest(sqs(created(key)));
                    }));
                }
                for (Future<?> f : running) {
                    f.get();
                }
                // News that failed would come again; these are the last.
                functions.ingest(created(key));
                String now = s3.listObjectsV2(b -> b.bucket(EmulatedAws.BUCKET).prefix(key))
                                .contents()
                                .isEmpty()
                        ? null
                        : s3.getObjectAsBytes(b -> b.bucket(EmulatedAws.BUCKET).key(key))
                                .asUtf8String();
                List<String> texts = quiver
                        .records()
                        .list(new ListRequest("race", null, 1000, null, List.of(Include.TEXT), null, null))
                        .records()
                        .stream()
                        .map(RecordAnswer::text)
                        .toList();
                assertThat(texts).isEqualTo(now == null ? List.of() : List.of(now));
            }
        }
    }

    @Test
    void messagesAreUpserted() throws IOException {
        deadLetters();
        String request = """
                {"collection": "queue", "records": [{"id": "%s", "vector": [1, 0]}], "create": {"dimension": 2}}""";
        functions.upsert(sqs(request.formatted("first")));
        ObjectNode event = sqs(
                request.formatted("b"),
                "{\"id\": \"c\", \"vector\": [0, 1]}\n\n{\"id\": \"d\", \"vector\": [1, 1], \"attributes\": {\"n\": 1}}\n",
                "{\"id\": \"e\"}\n{broken",
                request.formatted("x").replace("[1, 0]", "[1, 0, 0]"),
                "null");
        attribute(event, 1, "collection", "queue");
        attribute(event, 2, "collection", "queue");
        for (int i = 0; i < 5; i++) {
            ((ObjectNode) event.at("/Records/" + i)).put("messageId", "batch-" + i);
        }
        assertThat(again(functions.upsert(event))).isEmpty();
        assertThat(quiver.collections().describe(new CollectionRequest("queue")).records())
                .isEqualTo(4);
        List<Message> dead = deadLetters();
        assertThat(dead.stream().map(m -> m.messageAttributes().get("reason").stringValue()))
                .hasSize(3)
                .anyMatch(r -> r.startsWith("Line 2: "))
                .anyMatch(r -> r.contains("3"))
                .anyMatch(r -> r.contains("null"));
        assertThat(dead.stream().filter(m -> m.messageAttributes().containsKey("collection")))
                .as("attributes go along")
                .hasSize(1);
    }

    @Test
    void aMessageThatIsDeliveredAgainResurrectsNothing() {
        String request = """
                {"collection": "twice", "records": [{"id": "a", "vector": [1, 0]}], "create": {"dimension": 2}}""";
        functions.upsert(sqs(request));
        quiver.records()
                .delete(new dev.quiver.functions.operation.Messages.DeleteRequest("twice", List.of("a"), null, null));
        assertThat(again(functions.upsert(sqs(request)))).isEmpty();
        assertThat(quiver.collections().describe(new CollectionRequest("twice")).records())
                .isZero();
    }

    @Test
    void schedulesFoldAndCollect() throws IOException {
        String request = """
                {"collection": "%s", "records": [{"id": "a", "vector": [1, 0]}], "create": {"dimension": 2}}""";
        functions.upsert(sqs(request.formatted("plan-a")));
        functions.upsert(sqs(request.formatted("plan-b")));
        JsonNode one = JSON.readTree("{\"collection\": \"plan-a\"}");
        assertThat(functions.compact(one).outcomes())
                .containsExactly(new EventAnswer.Outcome("plan-a", "1 operations folded, 1 segments"));
        assertThat(functions.compact(JSON.readTree("{}")).outcomes())
                .contains(new EventAnswer.Outcome("plan-a", "nothing to do"))
                .contains(new EventAnswer.Outcome("plan-b", "1 operations folded, 1 segments"));
        assertThat(functions.collectGarbage(one).outcomes().getFirst().outcome())
                .startsWith("0 objects deleted");
        assertThatThrownBy(() -> functions.compact(JSON.readTree("{\"collection\": \"nobody\"}")))
                .hasMessageContaining("nobody");
        assertThatThrownBy(() -> functions.compact(JSON.readTree("{\"collection\": 5}")))
                .isInstanceOf(UnusableEventException.class);
    }
}
