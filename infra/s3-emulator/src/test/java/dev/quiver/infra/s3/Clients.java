package dev.quiver.infra.s3;

import java.net.URI;
import org.junit.jupiter.api.Assertions;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An AWS SDK v2 client as a user of the emulator makes it, and the few calls all tests repeat. The one idea: no retries,
 * so that a test sees each answer of the server, also the wrong ones.
 */
final class Clients {

    private Clients() {}

    static S3Client client(URI endpoint, String accessKey, String secretKey) {
        return S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey)))
                .httpClient(UrlConnectionHttpClient.create())
                .overrideConfiguration(config -> config.retryStrategy(retries -> retries.maxAttempts(1)))
                .build();
    }

    static PutObjectRequest.Builder put(String bucket, String key) {
        return PutObjectRequest.builder().bucket(bucket).key(key);
    }

    static GetObjectRequest get(String bucket, String key) {
        return GetObjectRequest.builder().bucket(bucket).key(key).build();
    }

    /** True when stored, false when the condition failed; anything else is an error of the server. */
    static boolean stored(S3Client s3, PutObjectRequest request, String body) {
        try {
            s3.putObject(request, RequestBody.fromString(body));
            return true;
        } catch (S3Exception e) {
            Assertions.assertEquals(412, e.statusCode(), e::getMessage);
            Assertions.assertEquals("PreconditionFailed", e.awsErrorDetails().errorCode());
            return false;
        }
    }
}
