package dev.quiver.api;

import dev.quiver.infra.lambda.HttpFront;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.s3.S3Emulator;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The door for clients of S3 Vectors once more, against the zip that is deployed, as {@link PackagedLambdaIT}. */
class PackagedLambdaS3VectorsIT extends S3VectorsContract {
    private static final String BUCKET = "quiver";

    private static S3Emulator s3;
    private static LambdaRuntime lambda;
    private static HttpFront front;

    @BeforeAll
    static void start() throws IOException {
        s3 = S3Emulator.start(BUCKET);
        lambda = LambdaRuntime.start(LambdaFunction.of(Path.of("target/function.zip"))
                .handler("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest")
                .memoryMb(1769)
                .timeout(Duration.ofSeconds(60))
                .credentials(s3.accessKey(), s3.secretKey())
                .environment(
                        "JAVA_TOOL_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED")
                .environment("QUIVER_DATA", "s3://" + BUCKET + "/collections")
                .environment("QUIVER_S3_ENDPOINT", s3.endpoint().toString())
                .environment("QUIVER_S3_PATH_STYLE", "true")
                .environment("QUIVER_S3VECTORS_ENABLED", "true")
                .build());
        front = HttpFront.start(lambda, 0);
    }

    @Override
    URI endpoint() {
        return front.endpoint();
    }

    /** Each is a process, of which this machine starts only so many within the time that a function has. */
    @Override
    int parallel() {
        return 3;
    }

    @AfterAll
    static void stop() {
        front.close();
        lambda.close();
        s3.close();
    }
}
