package dev.quiver.api;

import dev.quiver.infra.lambda.HttpFront;
import dev.quiver.infra.lambda.LambdaFunction;
import dev.quiver.infra.lambda.LambdaRuntime;
import dev.quiver.infra.s3.S3Emulator;
import io.restassured.RestAssured;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Every operation once more, against the zip that is deployed: under a stand-in for Lambda, behind API Gateway's events, frozen between requests, over a server that speaks S3. */
class PackagedLambdaIT extends OperationsContract {
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
                .build());
        front = HttpFront.start(lambda, 0);
        RestAssured.baseURI = front.endpoint().toString();
        RestAssured.port = front.port();
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
