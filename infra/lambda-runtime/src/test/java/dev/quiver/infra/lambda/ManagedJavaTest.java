package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A package without a bootstrap: the AWS Java Runtime Interface Client runs its handler. */
@Timeout(120)
class ManagedJavaTest {

    @TempDir
    Path folder;

    @Test
    void theHandlerOfAJavaPackageIsRun() throws Exception {
        Path zip = folder.resolve("function.zip");
        String name = Handler.class.getName().replace('.', '/') + ".class";
        try (FileSystem files = FileSystems.newFileSystem(URI.create("jar:" + zip.toUri()), Map.of("create", "true"));
                InputStream bytes = Handler.class.getResourceAsStream("/" + name)) {
            Path target = files.getPath("/" + name);
            Files.createDirectories(target.getParent());
            Files.copy(bytes, target);
        }
        var function = LambdaFunction.of(zip)
                .name("java")
                .handler(Handler.class.getName() + "::handleRequest")
                .memoryMb(1024)
                .timeout(Duration.ofSeconds(30));
        try (var lambda = LambdaRuntime.start(function.build())) {
            Answer answer = lambda.invoke("\"hi\"");
            assertThat(answer.functionError()).isEmpty();
            assertThat(answer.text()).isEqualTo("java 1024 \"hi\"");
            assertThat(answer.report().coldStart()).isTrue();
            assertThat(answer.logs()).extracting(LogLine::text).contains("handling " + answer.requestId());
            Answer failed = lambda.invoke("\"fail\"");
            assertThat(failed.functionError()).contains("Unhandled");
            assertThat(failed.text())
                    .contains("java.lang.IllegalStateException")
                    .contains("told to");
            assertThat(failed.report().coldStart()).isFalse();
        }
    }

    /** Needs aws-lambda-java-core only, which the client brings. */
    public static final class Handler implements RequestStreamHandler {
        @Override
        public void handleRequest(InputStream in, OutputStream out, Context context) throws IOException {
            String event = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            context.getLogger().log("handling " + context.getAwsRequestId() + "\n");
            if (event.contains("fail")) {
                throw new IllegalStateException("told to");
            }
            String answer = context.getFunctionName() + " " + context.getMemoryLimitInMB() + " " + event;
            out.write(answer.getBytes(StandardCharsets.UTF_8));
        }
    }
}
