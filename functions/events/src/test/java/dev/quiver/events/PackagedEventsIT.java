package dev.quiver.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.infra.lambda.Answer;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.lambda.SqsPoller;
import dev.quiver.infra.s3.S3Emulator;
import dev.quiver.infra.sqs.SqsEmulator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.zip.ZipFile;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPage;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType1Font;
import org.apache.pdfbox.pdmodel.font.Standard14Fonts;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** The zip that is deployed, as each of its functions, under a stand-in for Lambda: documents through a real queue into a collection, and out of it again. */
class PackagedEventsIT {
    private static final String BUCKET = "quiver";

    private static S3Emulator s3;
    private static SqsEmulator sqs;
    private static S3Client bucket;
    private static SqsClient queues;
    private static String deadLetters;

    @BeforeAll
    static void start() {
        System.setProperty(S3Emulator.LIB_PROPERTY, System.getProperty("emulator.s3.lib"));
        System.setProperty(SqsEmulator.LIB_PROPERTY, System.getProperty("emulator.sqs.lib"));
        s3 = S3Emulator.start(BUCKET);
        sqs = SqsEmulator.start();
        var credentials = StaticCredentialsProvider.create(AwsBasicCredentials.create(s3.accessKey(), s3.secretKey()));
        bucket = S3Client.builder()
                .endpointOverride(s3.endpoint())
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        queues = SqsClient.builder()
                .endpointOverride(sqs.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
        deadLetters = sqs.createQueue("dead", Duration.ofSeconds(1));
    }

    @AfterAll
    static void stop() {
        bucket.close();
        queues.close();
        s3.close();
        sqs.close();
    }

    private static LambdaRuntime function(String name) throws IOException {
        return LambdaRuntime.start(settings(name).build());
    }

    private static LambdaFunction.Builder settings(String name) {
        return LambdaFunction.of(Path.of("target/function.zip"))
                .handler("io.quarkus.funqy.lambda.FunqyStreamHandler::handleRequest")
                .memoryMb(1769)
                .timeout(Duration.ofSeconds(60))
                .credentials(s3.accessKey(), s3.secretKey())
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUARKUS_FUNQY_EXPORT", name)
                .environment("QUIVER_DATA", "s3://" + BUCKET + "/collections")
                .environment("QUIVER_S3_ENDPOINT", s3.endpoint().toString())
                .environment("QUIVER_S3_PATH_STYLE", "true")
                .environment("QUIVER_EVENTS_SQS_ENDPOINT", sqs.endpoint().toString())
                .environment("QUIVER_EVENTS_DEAD_LETTER_QUEUE_URL", deadLetters);
    }

    private static String invoke(LambdaRuntime lambda, String event) {
        Answer a = lambda.invoke(event.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        assertThat(a.functionError()).as(a.text()).isEmpty();
        return a.text();
    }

    private static String news(String key) {
        return "{'Records': [{'eventSource': 'aws:s3', 'eventName': 'ObjectCreated:Put', 's3': {'bucket': {'name': '%s'}, 'object': {'key': '%s'}}}]}"
                .formatted(BUCKET, key)
                .replace('\'', '"');
    }

    @Test
    void documentsComeThroughTheQueue() throws IOException {
        String queue = sqs.createQueue("news", Duration.ofSeconds(1), "dead", 2);
        bucket.putObject(
                b -> b.bucket(BUCKET).key("documents/docs/cats.md"),
                RequestBody.fromString("# Cats\n\nCats sleep most of the day."));
        bucket.putObject(
                b -> b.bucket(BUCKET).key("documents/docs/page.html"),
                RequestBody.fromString("<html><body><h1>Dogs</h1><p>Dogs bark at night.</p></body></html>"));
        bucket.putObject(b -> b.bucket(BUCKET).key("documents/docs/broken.docx"), RequestBody.fromString("not a zip"));
        bucket.putObject(b -> b.bucket(BUCKET).key("documents/docs/tower.pdf"), RequestBody.fromBytes(pdf()));
        try (LambdaRuntime ingest = function("ingest")) {
            for (String key : new String[] {"cats.md", "page.html", "broken.docx", "tower.pdf"}) {
                queues.sendMessage(b -> b.queueUrl(queue).messageBody(news("documents/docs/" + key)));
            }
            SqsPoller poller = new SqsPoller(ingest, queues, queue);
            int deleted = 0;
            for (int i = 0; i < 6 && deleted < 4; i++) {
                deleted += poller.pollOnce(2).deleted().size();
            }
            assertThat(deleted).isEqualTo(4);
            List<String> reasons = queues
                    .receiveMessage(b ->
                            b.queueUrl(deadLetters).messageAttributeNames("All").maxNumberOfMessages(10))
                    .messages()
                    .stream()
                    .map(m -> m.messageAttributes().get("reason").stringValue())
                    .toList();
            assertThat(reasons).hasSize(isImage() ? 2 : 1).anyMatch(r -> r.contains("broken.docx"));
            assertThat(reasons.stream().filter(r -> r.contains("tower.pdf is a PDF")))
                    .hasSize(isImage() ? 1 : 0);
            if (!isImage()) {
                assertThat(invoke(ingest, news("documents/docs/tower.pdf"))).contains("unchanged");
            }
            assertThat(invoke(ingest, news("documents/docs/cats.md"))).contains("unchanged");
            bucket.deleteObject(b -> b.bucket(BUCKET).key("documents/docs/cats.md"));
            assertThat(invoke(ingest, news("documents/docs/cats.md"))).contains("removed, 1 passages");
            Answer wrong = ingest.invoke("{}".getBytes(StandardCharsets.UTF_8));
            assertThat(wrong.functionError()).isPresent();
            assertThat(wrong.text()).contains("no event of S3");
        }
        try (LambdaRuntime compact = function("compact")) {
            assertThat(invoke(compact, "{'collection': 'docs'}")).contains("1 segments");
        }
        try (LambdaRuntime collect = function("collect-garbage")) {
            assertThat(invoke(collect, "{}")).contains("0 objects deleted");
        }
    }

    private static boolean isImage() throws IOException {
        try (ZipFile zip = new ZipFile("target/function.zip")) {
            return zip.getEntry("bootstrap") != null;
        }
    }

    private static byte[] pdf() throws IOException {
        try (PDDocument document = new PDDocument()) {
            PDPage page = new PDPage();
            document.addPage(page);
            try (PDPageContentStream content = new PDPageContentStream(document, page)) {
                content.beginText();
                content.setFont(new PDType1Font(Standard14Fonts.FontName.HELVETICA), 12);
                content.newLineAtOffset(50, 700);
                content.showText("The tower was built in 1911 on the northern cliff.");
                content.endText();
            }
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            document.save(out);
            return out.toByteArray();
        }
    }

    @Test
    void messagesAreUpserted() throws IOException {
        String request =
                "{'collection': 'queue', 'create': {'dimension': 2}, 'records': [{'id': 'a', 'vector': [1, 0]}]}";
        String event = "{'Records': [{'messageId': 'm', 'eventSource': 'aws:sqs', 'body': '"
                + request.replace("'", "\\\"") + "'}]}";
        try (LambdaRuntime upsert = function("upsert")) {
            assertThat(invoke(upsert, event)).isEqualTo("{\"batchItemFailures\":[]}");
            assertThat(invoke(upsert, event)).isEqualTo("{\"batchItemFailures\":[]}");
        }
        try (LambdaRuntime compact = LambdaRuntime.start(settings("compact")
                .environment("QUIVER_METRICS_NAMESPACE", "Quiver")
                .build())) {
            Answer a = compact.invoke("{\"collection\": \"queue\"}");
            assertThat(a.text()).contains("1 operations folded");
            assertThat(a.logs().toString())
                    .as("metrics")
                    .contains("\"Recall\":1.0")
                    .contains("\"operation\":\"compact\"");
        }
    }

    @Test
    void aWrongSettingIsNamedWhenTheFunctionStarts() throws IOException {
        try (LambdaRuntime lambda = LambdaRuntime.start(LambdaFunction.of(Path.of("target/function.zip"))
                .handler("io.quarkus.funqy.lambda.FunqyStreamHandler::handleRequest")
                .memoryMb(1769)
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUARKUS_FUNQY_EXPORT", "compact")
                .environment("QUIVER_DATA", "ftp://nowhere")
                .build())) {
            Answer a = lambda.invoke("{}".getBytes(StandardCharsets.UTF_8));
            assertThat(a.functionError()).isPresent();
            assertThat(a.text() + a.logs()).contains("ftp://nowhere");
        }
    }
}
