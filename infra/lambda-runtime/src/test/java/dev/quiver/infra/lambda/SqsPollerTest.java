package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;

/** Messages as events, and partial failures, by AWS's pages; with a real queue it is tested in infra/sqs-emulator. */
class SqsPollerTest {

    private static final Set<String> IDS = Set.of("a", "b", "c");

    @Test
    void aMessageComesWithAllItsAttributes() throws Exception {
        var message = Message.builder()
                .messageId("059f36b4-87a3-44ab-83d2-661975830a7d")
                .receiptHandle("AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a")
                .body("Test message.")
                .md5OfBody("e4e68fb7bd0e697a0ae8f1bb342846b3")
                .attributes(Map.of(
                        MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, "1",
                        MessageSystemAttributeName.SENT_TIMESTAMP, "1545082649183",
                        MessageSystemAttributeName.SENDER_ID, "AIDAIENQZJOLO23YVJ4VO",
                        MessageSystemAttributeName.APPROXIMATE_FIRST_RECEIVE_TIMESTAMP, "1545082649185"))
                .messageAttributes(Map.of(
                        "text",
                        MessageAttributeValue.builder()
                                .stringValue("100")
                                .dataType("Number")
                                .build(),
                        "bytes",
                        MessageAttributeValue.builder()
                                .binaryValue(SdkBytes.fromUtf8String("base64Str"))
                                .dataType("Binary")
                                .build()))
                .build();
        JsonNode event = SqsEvents.event(List.of(message), "arn:aws:sqs:us-east-2:123456789012:my-queue", "us-east-2");
        assertThat(event).isEqualTo(Json.MAPPER.readTree("""
                {"Records": [{
                  "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
                  "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
                  "body": "Test message.",
                  "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1545082649183",
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "1545082649185"
                  },
                  "messageAttributes": {
                    "text": {"stringValue": "100", "stringListValues": [], "binaryListValues": [], "dataType": "Number"},
                    "bytes": {"binaryValue": "YmFzZTY0U3Ry", "stringListValues": [], "binaryListValues": [],
                      "dataType": "Binary"}
                  },
                  "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
                  "eventSource": "aws:sqs",
                  "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
                  "awsRegion": "us-east-2"
                }]}"""));
    }

    @Test
    void theNamedMessagesHaveFailed() {
        assertThat(failures("{\"batchItemFailures\":[{\"itemIdentifier\":\"b\"},{\"itemIdentifier\":\"c\"}]}"))
                .containsExactlyInAnyOrder("b", "c");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "{}",
                "{\"batchItemFailures\":[]}",
                "{\"batchItemFailures\":null}",
                "{\"other\":[{\"itemIdentifier\":\"a\"}]}"
            })
    void nothingNamedIsSuccess(String answer) {
        assertThat(failures(answer)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "not json",
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":null}]}",
                "{\"batchItemFailures\":[{\"itemId\":\"a\"}]}",
                "{\"batchItemFailures\":[{\"itemIdentifier\":\"unknown\"}]}",
                "{\"batchItemFailures\":\"a\"}"
            })
    void malformedIsFailureOfAll(String answer) {
        assertThat(failures(answer)).isEqualTo(IDS);
    }

    private static Set<String> failures(String answer) {
        return SqsEvents.failures(answer.getBytes(StandardCharsets.UTF_8), IDS);
    }
}
