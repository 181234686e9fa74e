package dev.quiver.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** Runs JavaScript with packages from npm, installed below {@code target/}. Where node or npm is missing, or cannot install, the test is skipped and says so. */
final class Npm {
    private static final Path FOLDER = Path.of("target/npm").toAbsolutePath();
    private static final int LIMIT_MINUTES = 5;

    private Npm() {}

    /** What a program that ends well prints. */
    static String run(String script, Map<String, String> environment, String... packages) {
        for (String tool : List.of("node", "npm")) {
            if (Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                    .noneMatch(p -> Files.isExecutable(Path.of(p).resolve(tool)))) {
                throw new TestAbortedException("There is no " + tool + " on this machine; the test needs it.");
            }
        }
        for (String name : packages) {
            install(name);
        }
        try {
            Path file = Files.createTempFile(FOLDER, "test", ".mjs");
            Files.writeString(file, script);
            Ran ran = process(environment, "node", file.toString());
            assertThat(ran.status).as(script + "\n" + ran.printed).isZero();
            return ran.printed;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized void install(String name) {
        String[] parts = {name.substring(0, name.lastIndexOf('@')), name.substring(name.lastIndexOf('@') + 1)};
        try {
            Path installed = FOLDER.resolve("node_modules").resolve(parts[0]).resolve("package.json");
            if (Files.exists(installed) && Files.readString(installed).contains("\"version\": \"" + parts[1] + "\"")) {
                return;
            }
            Files.createDirectories(FOLDER);
            Ran ran = process(
                    Map.of(),
                    "npm",
                    "install",
                    "--prefix",
                    FOLDER.toString(),
                    "--no-audit",
                    "--no-fund",
                    "--no-save",
                    name);
            if (ran.status != 0) {
                throw new TestAbortedException("npm cannot install " + name + ", which the test needs: " + ran.printed);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private record Ran(int status, String printed) {}

    private static Ran process(Map<String, String> environment, String... command) throws IOException {
        Path output = Files.createTempFile("quiver-npm", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(FOLDER.toFile())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        try {
            if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IllegalStateException(List.of(command) + " still runs\n" + Files.readString(output));
            }
            return new Ran(process.exitValue(), Files.readString(output));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        } finally {
            Files.delete(output);
        }
    }
}
