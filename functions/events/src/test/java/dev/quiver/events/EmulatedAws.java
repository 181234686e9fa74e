package dev.quiver.events;

import dev.quiver.infra.s3.S3Emulator;
import dev.quiver.infra.sqs.SqsEmulator;
import io.quarkus.test.common.QuarkusTestResourceLifecycleManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.sqs.SqsClient;

/** Servers that speak S3 and SQS, and the settings that lead to them. */
public final class EmulatedAws implements QuarkusTestResourceLifecycleManager {
    static final String BUCKET = "quiver";

    private static S3Emulator s3;
    private static SqsEmulator sqs;
    private static String deadLetters;

    @Override
    public Map<String, String> start() {
        // Only while they are read: Quarkus takes what begins with "quiver." for settings, and does not know these.
        System.setProperty(S3Emulator.LIB_PROPERTY, System.getProperty("emulator.s3.lib"));
        System.setProperty(SqsEmulator.LIB_PROPERTY, System.getProperty("emulator.sqs.lib"));
        s3 = S3Emulator.start(BUCKET);
        sqs = SqsEmulator.start();
        System.clearProperty(S3Emulator.LIB_PROPERTY);
        System.clearProperty(SqsEmulator.LIB_PROPERTY);
        deadLetters = sqs.createQueue("dead-letters", Duration.ofSeconds(1));
        System.setProperty("aws.accessKeyId", s3.accessKey());
        System.setProperty("aws.secretAccessKey", s3.secretKey());
        System.setProperty("aws.region", "us-east-1");
        Map<String, String> settings = new HashMap<>();
        settings.put("quiver.data", "s3://" + BUCKET + "/collections");
        settings.put("quiver.s3.endpoint", s3.endpoint().toString());
        settings.put("quiver.s3.path-style", "true");
        settings.put("quiver.s3.region", "us-east-1");
        settings.put("quiver.events.sqs-endpoint", sqs.endpoint().toString());
        settings.put("quiver.events.dead-letter-queue-url", deadLetters);
        settings.put("quiver.ingest.max-mib", "1");
        return settings;
    }

    static S3Client s3() {
        return S3Client.builder()
                .endpointOverride(s3.endpoint())
                .forcePathStyle(true)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    static SqsClient sqs() {
        return SqsClient.builder()
                .endpointOverride(sqs.endpoint())
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .build();
    }

    static String deadLetters() {
        return deadLetters;
    }

    @Override
    public void stop() {
        s3.close();
        sqs.close();
    }
}
