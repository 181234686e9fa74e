package dev.quiver.infra.sqs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.lambda.SqsPoller;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

/** The process through the AWS SDK: queues, their dead letters, and a function before them. */
@Timeout(120)
class SqsEmulatorIT {

    private static final Duration SECOND = Duration.ofSeconds(1);

    @TempDir
    Path folder;

    private static SqsEmulator emulator;
    private static SqsClient sqs;

    @BeforeAll
    static void start() {
        emulator = SqsEmulator.start();
        sqs = client(emulator.endpoint());
    }

    @AfterAll
    static void close() {
        sqs.close();
        emulator.close();
    }

    @Test
    void aQueueHasTheUrlAndTheArnThatAreSaid(TestInfo test) {
        String name = name(test);
        String url = emulator.createQueue(name, SECOND);
        assertThat(URI.create(url).getAuthority()).isEqualTo(emulator.endpoint().getAuthority());
        assertThat(sqs.getQueueUrl(request -> request.queueName(name)).queueUrl())
                .isEqualTo(url);
        assertThat(sqs.getQueueAttributes(request -> request.queueUrl(url).attributeNames(QueueAttributeName.ALL))
                        .attributes())
                .containsEntry(QueueAttributeName.QUEUE_ARN, SqsEmulator.arn(name))
                .containsEntry(QueueAttributeName.VISIBILITY_TIMEOUT, "1");
        assertThatThrownBy(() -> emulator.createQueue("a b", SECOND)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMessageThatIsNeverDeletedEndsInTheDeadLetterQueueWithItsAttributes(TestInfo test) {
        String name = name(test);
        String dead = emulator.createQueue(name + "-dlq", SECOND);
        String url = emulator.createQueue(name, SECOND, name + "-dlq", 2);
        var attributes = Map.of(
                "reason",
                        MessageAttributeValue.builder()
                                .dataType("String")
                                .stringValue("bad key")
                                .build(),
                "bytes",
                        MessageAttributeValue.builder()
                                .dataType("Binary")
                                .binaryValue(SdkBytes.fromByteArray(new byte[] {0, -1}))
                                .build());
        String id = sqs.sendMessage(request ->
                        request.queueUrl(url).messageBody("{\"key\":\"ä\"}").messageAttributes(attributes))
                .messageId();

        for (String count : List.of("1", "2")) {
            Message message = receive(url);
            assertThat(message.messageId()).isEqualTo(id);
            assertThat(message.attributes()).containsEntry(MessageSystemAttributeName.APPROXIMATE_RECEIVE_COUNT, count);
        }
        // It is moved by a third receive, which does not get it.
        Message moved = null;
        while (moved == null) {
            assertThat(receiveOnce(url, 1)).isEmpty();
            moved = receiveOnce(dead, 1).stream().findFirst().orElse(null);
        }
        assertThat(moved.messageId()).isEqualTo(id);
        assertThat(moved.body()).isEqualTo("{\"key\":\"ä\"}");
        assertThat(moved.messageAttributes()).isEqualTo(attributes);
    }

    @Test
    void aDeletedMessageIsGone(TestInfo test) throws Exception {
        String url = emulator.createQueue(name(test), SECOND);
        sqs.sendMessage(request -> request.queueUrl(url).messageBody("once"));
        Message message = receive(url);
        sqs.deleteMessage(request -> request.queueUrl(url).receiptHandle(message.receiptHandle()));
        Thread.sleep(1500); // longer than it would be hidden
        assertThat(receiveOnce(url, 0)).isEmpty();
    }

    @Test
    void whatAFunctionReportsAsFailedComesAgainAndEndsInTheDeadLetterQueue(TestInfo test) throws Exception {
        String name = name(test);
        String dead = emulator.createQueue(name + "-dlq", SECOND);
        String url = emulator.createQueue(name, SECOND, name + "-dlq", 2);
        String good = sqs.sendMessage(request -> request.queueUrl(url).messageBody("good"))
                .messageId();
        String bad = sqs.sendMessage(request -> request.queueUrl(url).messageBody("poison"))
                .messageId();
        try (var lambda = LambdaRuntime.start(LambdaFunction.of(poisonDetector())
                .memoryMb(LambdaFunction.ONE_VCPU_MB)
                .timeout(Duration.ofSeconds(30))
                .build())) {
            var poller = new SqsPoller(lambda, sqs, url);
            var deleted = new ArrayList<String>();
            var failed = new ArrayList<String>();
            Message moved = null;
            while (moved == null) {
                SqsPoller.Batch batch = poller.pollOnce(1);
                deleted.addAll(batch.deleted());
                failed.addAll(batch.failed());
                moved = receiveOnce(dead, 0).stream().findFirst().orElse(null);
            }
            assertThat(deleted).containsExactly(good);
            assertThat(failed).containsExactly(bad, bad);
            assertThat(moved.messageId()).isEqualTo(bad);
        }
    }

    @Test
    void aPollerInAThreadEmptiesTheQueue(TestInfo test) throws Exception {
        String url = emulator.createQueue(name(test), SECOND);
        try (var lambda = LambdaRuntime.start(LambdaFunction.of(poisonDetector())
                        .memoryMb(LambdaFunction.ONE_VCPU_MB)
                        .timeout(Duration.ofSeconds(30))
                        .build());
                var poller = new SqsPoller(lambda, sqs, url).start()) {
            assertThat(poller).isNotNull();
            for (int i = 0; i < 25; i++) {
                String body = "good " + i;
                sqs.sendMessage(request -> request.queueUrl(url).messageBody(body));
            }
            while (!left(url)
                    .equals(Map.of(
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES, "0",
                            QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE, "0"))) {
                Thread.sleep(50);
            }
            assertThat(lambda.reports()).hasSizeBetween(3, 25);
        }
    }

    @Test
    void endOfStdinEndsTheProcessThatWasStartedByHand() throws Exception {
        Process process = byHand("--queue", "ingest:ingest-dlq:3", "--queue", "plain", "--visibility", "2");
        try {
            String ready = process.inputReader().readLine();
            assertThat(ready).matches("READY http://127\\.0\\.0\\.1:\\d+");
            try (SqsClient own = client(URI.create(ready.substring(6)))) {
                assertThat(own.listQueues().queueUrls())
                        .extracting(url -> url.substring(url.lastIndexOf('/') + 1))
                        .containsExactlyInAnyOrder("ingest", "ingest-dlq", "plain");
            }
            process.getOutputStream().close();
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            assertThat(Files.readString(folder.resolve("stderr"))).isEmpty();
        } finally {
            process.destroyForcibly();
        }
        Process wrong = byHand("--queue", "a:b");
        assertThat(wrong.waitFor()).isEqualTo(2);
        assertThat(Files.readString(folder.resolve("stderr"))).contains("Usage: ");
    }

    @Test
    void closeEndsTheProcessAndAMissingFolderIsExplained() {
        SqsEmulator other = SqsEmulator.start();
        URI endpoint = other.endpoint();
        other.close();
        assertThatThrownBy(() -> new Socket(endpoint.getHost(), endpoint.getPort()).close())
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> SqsEmulator.start(folder))
                .hasMessageContaining("run 'mvn package' in infra/sqs-emulator");
    }

    private Process byHand(String... options) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                SqsEmulator.QUIET,
                "-cp",
                System.getProperty(SqsEmulator.LIB_PROPERTY) + "/*",
                SqsEmulatorMain.class.getName(),
                "--exit-on-stdin-close"));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    /** A package whose handler reports the messages that hold the word poison. */
    private Path poisonDetector() throws IOException {
        String name = PoisonDetector.class.getName().replace('.', '/') + ".class";
        Path target = folder.resolve("package").resolve(name);
        Files.createDirectories(target.getParent());
        try (var bytes = PoisonDetector.class.getResourceAsStream("/" + name)) {
            Files.copy(bytes, target);
        }
        Path bootstrap = folder.resolve("package/bootstrap");
        Files.writeString(
                bootstrap,
                "#!/bin/sh\nexec " + System.getProperty("java.home") + "/bin/java -XX:TieredStopAtLevel=1 -cp . "
                        + PoisonDetector.class.getName() + "\n");
        assertThat(bootstrap.toFile().setExecutable(true)).isTrue();
        return folder.resolve("package");
    }

    private static SqsClient client(URI endpoint) {
        return SqsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.of(SqsEmulator.REGION))
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("local", "local-secret")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    private static Map<QueueAttributeName, String> left(String url) {
        return sqs.getQueueAttributes(request -> request.queueUrl(url)
                        .attributeNames(
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES,
                                QueueAttributeName.APPROXIMATE_NUMBER_OF_MESSAGES_NOT_VISIBLE))
                .attributes();
    }

    private static Message receive(String url) {
        while (true) {
            List<Message> messages = receiveOnce(url, 5);
            if (!messages.isEmpty()) {
                return messages.getFirst();
            }
        }
    }

    private static List<Message> receiveOnce(String url, int waitSeconds) {
        return sqs.receiveMessage(request -> request.queueUrl(url)
                        .waitTimeSeconds(waitSeconds)
                        .messageSystemAttributeNames(MessageSystemAttributeName.ALL)
                        .messageAttributeNames("All"))
                .messages();
    }

    private static String name(TestInfo test) {
        return test.getTestMethod().orElseThrow().getName();
    }
}
