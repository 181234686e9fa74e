package dev.quiver.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The events that AWS documents, as infra/events has them. */
class SampleEventsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static JsonNode sample(String name) throws IOException {
        return JSON.readTree(Path.of("../../infra/events", name + ".json").toFile());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "s3-object-created-put",
                "s3-object-removed-delete",
                "s3-object-removed-delete-marker",
                "s3-versioned-newer-first",
                "eventbridge-s3-object-created",
                "eventbridge-s3-object-deleted"
            })
    void theObjectIsFound(String name) throws IOException {
        assertThat(ObjectChange.in(sample(name))).isNotEmpty().allSatisfy(c -> {
            assertThat(c.bucket()).isNotEmpty();
            assertThat(c.key()).startsWith("documents/").doesNotContain("%");
        });
    }

    @Test
    void theSameObjectIsFoundThroughAQueue() throws IOException {
        List<Messages.Message> messages = Messages.of(sample("sqs-s3-object-created"));
        assertThat(messages).hasSize(2);
        assertThat(ObjectChange.in(JSON.readTree(messages.get(0).body())))
                .isEqualTo(ObjectChange.in(sample("s3-object-created-put")));
        assertThat(ObjectChange.in(JSON.readTree(messages.get(1).body())))
                .as("S3 only tried whether it can")
                .isEmpty();
    }

    @Test
    void recordsComeWithTheirCollection() throws IOException {
        assertThat(Messages.of(sample("sqs-ndjson-batch"))).isNotEmpty().anySatisfy(m -> assertThat(m.attributes())
                .containsKey("collection"));
    }

    @Test
    void aTestOfS3IsNoNews() throws IOException {
        assertThat(ObjectChange.in(sample("s3-test-event"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"api-gateway-v2-post", "eventbridge-schedule"})
    void otherEventsAreRefused(String name) throws IOException {
        JsonNode event = sample(name);
        assertThatThrownBy(() -> ObjectChange.in(event)).isInstanceOf(UnusableEventException.class);
    }
}
