package dev.quiver.infra.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The stand-in as a process of its own: how it is used by hand. */
@Timeout(120)
class LambdaMainTest {

    @TempDir
    Path folder;

    @Test
    void itServesThePackageAndLeavesNothingBehind() throws Exception {
        Path zip = Packages.fake(folder).build().code();
        Process process = start("--zip", zip.toString(), "--port", "0", "--memory", "512", "--env", "A=b");
        try (var client = HttpClient.newHttpClient()) {
            var stdout = process.inputReader();
            String ready = stdout.readLine();
            assertThat(ready).matches("READY http://127\\.0\\.0\\.1:\\d+");
            var response = client.send(
                    HttpRequest.newBuilder(URI.create(ready.substring(6) + "/2015-03-31/functions/quiver/invocations"))
                            .POST(HttpRequest.BodyPublishers.ofString(Packages.order("env")))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            var environment = Json.MAPPER.readTree(response.body());
            assertThat(environment.get("A").asText()).isEqualTo("b");
            Path root = Path.of(environment.get("LAMBDA_TASK_ROOT").asText());
            assertThat(root).exists();
            process.toHandle().destroy(); // which, unlike destroy() of the process, leaves its output to be read
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            List<String> rest = stdout.lines().toList();
            assertThat(rest.getFirst()).startsWith("START RequestId: ");
            assertThat(rest).contains("hello from init").anyMatch(line -> line.startsWith("REPORT RequestId: "));
            assertThat(root.getParent()).doesNotExist();
            assertThat(process.toHandle().descendants()).isEmpty();
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void wrongOptionsPrintTheUsage() throws Exception {
        for (String[] wrong : new String[][] {
            {},
            {"--zap", "x"},
            {"--zip"},
            {"--zip", "x", "--memory", "much"},
            {"--zip", "x", "--memory", "64"},
            {"--zip", "x", "--env", "AWS_REGION=x"},
            {"--zip", "x", "--env", "x"},
            {"--zip", "x", "--limits", "x"}
        }) {
            Process process = start(wrong);
            assertThat(process.waitFor()).isEqualTo(2);
            assertThat(process.errorReader().lines()).anyMatch(line -> line.startsWith("Usage: "));
        }
        Process process = start("--zip", folder.resolve("none.zip").toString());
        assertThat(process.waitFor()).isEqualTo(1);
        assertThat(process.errorReader().lines()).anyMatch(line -> line.contains("build it first"));
    }

    private Process start(String... options) throws Exception {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                LambdaMain.class.getName()));
        command.addAll(List.of(options));
        return new ProcessBuilder(command)
                .directory(Files.createDirectories(folder).toFile())
                .start();
    }
}
