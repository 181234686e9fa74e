package dev.quiver.infra.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The life of the process: how it starts, ends and fails. The one idea: whatever goes wrong, no process is left behind
 * and the message says what to do.
 */
@Timeout(120)
class S3EmulatorProcessIT {

    private static final Path LIB = Path.of(System.getProperty(S3Emulator.LIB_PROPERTY));

    @TempDir
    Path folder;

    @Test
    void needsNothingButTheJdk() throws Exception {
        URL classes = S3Emulator.class.getProtectionDomain().getCodeSource().getLocation();
        try (var alone = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = alone.loadClass(S3Emulator.class.getName());
            var emulator =
                    (AutoCloseable) type.getMethod("start", String[].class).invoke(null, (Object) new String[0]);
            emulator.close();
        }
    }

    @Test
    void closeEndsTheProcess() {
        S3Emulator emulator = S3Emulator.start();
        URI endpoint = emulator.endpoint();
        assertEquals("127.0.0.1", endpoint.getHost());
        emulator.close();
        assertThrows(IOException.class, () -> new Socket(endpoint.getHost(), endpoint.getPort()).close());
    }

    @Test
    void endOfStdinEndsTheProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        LIB + File.separator + "*",
                        "dev.quiver.infra.s3.S3EmulatorMain",
                        "--bucket",
                        "one",
                        "--bucket",
                        "two",
                        "--exit-on-stdin-close")
                .redirectError(folder.resolve("stderr").toFile())
                .start();
        try {
            var stdout = process.inputReader();
            assertTrue(stdout.readLine().matches("READY http://127\\.0\\.0\\.1:\\d+"));
            process.getOutputStream().close();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue());
            assertEquals(-1, stdout.read(), "stdout holds one line only");
            assertEquals("", Files.readString(folder.resolve("stderr")));
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void missingLibFolderIsExplained() {
        for (Path lib : new Path[] {folder, folder.resolve("absent")}) {
            var error = assertThrows(IllegalStateException.class, () -> S3Emulator.start(lib, Duration.ofSeconds(60)));
            assertTrue(error.getMessage().contains("run 'mvn package' in infra/s3-emulator"), error::getMessage);
        }
    }

    @Test
    void failureToStartShowsStderr() throws Exception {
        Files.writeString(folder.resolve("broken.jar"), "not a jar", StandardCharsets.UTF_8);
        var error = assertThrows(IllegalStateException.class, () -> S3Emulator.start(folder, Duration.ofSeconds(60)));
        assertTrue(error.getMessage().contains("Could not find or load main class"), error::getMessage);
    }

    @Test
    void slowStartIsGivenUp() {
        var error = assertThrows(IllegalStateException.class, () -> S3Emulator.start(LIB, Duration.ofMillis(1)));
        assertTrue(error.getMessage().contains("not ready within PT0.001S"), error::getMessage);
        // It was killed; how soon the system has it dead is not ours to say.
        ProcessHandle.current()
                .children()
                .forEach(c -> c.onExit().orTimeout(30, TimeUnit.SECONDS).join());
    }
}
