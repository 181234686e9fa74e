package dev.quiver.index.store;

import dev.quiver.infra.s3.S3Emulator;
import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3Configuration;
import software.amazon.awssdk.services.s3.presigner.S3Presigner;

/** Stores on the emulator, for tests; with the SDK's own retries, as in production. */
public final class S3Stores {
    public static final String BUCKET = "quiver-test";

    private S3Stores() {}

    public static ObjectStore open(S3Emulator s3, String prefix) {
        return new S3Store(
                client(s3.endpoint(), s3.accessKey(), s3.secretKey()),
                ranges(s3.endpoint(), s3.accessKey(), s3.secretKey()),
                BUCKET,
                prefix);
    }

    /** Through a proxy. */
    public static ObjectStore open(S3Emulator s3, FaultProxy proxy, String prefix) {
        return new S3Store(
                client(proxy.endpoint(), s3.accessKey(), s3.secretKey()),
                ranges(proxy.endpoint(), s3.accessKey(), s3.secretKey()),
                BUCKET,
                prefix);
    }

    static S3Ranges ranges(URI endpoint, String accessKey, String secretKey) {
        return new S3Ranges(
                () -> S3Presigner.builder()
                        .endpointOverride(endpoint)
                        .serviceConfiguration(S3Configuration.builder()
                                .pathStyleAccessEnabled(true)
                                .build())
                        .region(Region.US_EAST_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                        .build(),
                UrlConnectionHttpClient.create());
    }

    static S3Client client(URI endpoint, String accessKey, String secretKey) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .httpClientBuilder(UrlConnectionHttpClient.builder().connectionTimeout(Duration.ofSeconds(5)))
                .build();
    }
}
