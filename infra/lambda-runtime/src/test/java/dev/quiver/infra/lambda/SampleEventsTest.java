package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The sample events are true in themselves, and this module makes events of the same shape. */
class SampleEventsTest {

    private static final Path FOLDER = Path.of("..", "events");

    @Test
    void eachIsJsonAndInTheReadme() throws Exception {
        String readme = Files.readString(FOLDER.resolve("README.md"));
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file :
                    files.filter(name -> name.toString().endsWith(".json")).toList()) {
                String name = file.getFileName().toString().replace(".json", "");
                assertThat(readme).contains("`" + name + "`");
                assertThat(event(name).isObject()).isTrue();
            }
        }
    }

    @Test
    void messagesHaveTheDigestsOfTheirBodies() throws Exception {
        for (String name : List.of("sqs-s3-object-created", "sqs-ndjson-batch")) {
            for (JsonNode message : event(name).get("Records")) {
                byte[] body = message.get("body").asText().getBytes(StandardCharsets.UTF_8);
                String digest = HexFormat.of()
                        .formatHex(MessageDigest.getInstance("MD5").digest(body));
                assertThat(message.get("md5OfBody").asText()).isEqualTo(digest);
            }
        }
        JsonNode messages = event("sqs-s3-object-created").get("Records");
        assertThat(Json.MAPPER.readTree(messages.get(0).get("body").asText()))
                .isEqualTo(event("s3-object-created-put"));
        assertThat(Json.MAPPER.readTree(messages.get(1).get("body").asText())).isEqualTo(event("s3-test-event"));
    }

    @Test
    void theKeyIsEncodedInNotificationsAndPlainInEventBridge() throws Exception {
        String encoded =
                event("s3-object-created-put").at("/Records/0/s3/object/key").asText();
        String plain =
                event("eventbridge-s3-object-created").at("/detail/object/key").asText();
        assertThat(URLDecoder.decode(encoded, StandardCharsets.UTF_8)).isEqualTo(plain);
    }

    @Test
    void theHttpApiEventIsWhatTheFrontMakes() throws Exception {
        JsonNode sample = event("api-gateway-v2-get");
        var headers = new LinkedHashMap<String, List<String>>();
        sample.get("headers")
                .properties()
                .forEach(header ->
                        headers.put(header.getKey(), List.of(header.getValue().asText())));
        headers.put("Cookie", List.of("cookie1; cookie2"));
        var request = new HttpApiEvents.Request(
                "GET",
                "HTTP/1.1",
                sample.get("rawPath").asText(),
                sample.get("rawQueryString").asText(),
                headers,
                new byte[0],
                "192.0.2.1");
        Instant time =
                Instant.ofEpochMilli(sample.at("/requestContext/timeEpoch").asLong());
        ObjectNode made = HttpApiEvents.event(request, HttpFront.Kind.HTTP_API, "id", time);
        made.withObject("/requestContext").put("apiId", "api-id");
        assertThat(Json.MAPPER.readTree(made.toString())).isEqualTo(sample);
    }

    private static JsonNode event(String name) throws IOException {
        return Json.MAPPER.readTree(FOLDER.resolve(name + ".json").toFile());
    }
}
