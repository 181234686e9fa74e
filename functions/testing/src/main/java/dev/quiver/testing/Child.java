package dev.quiver.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A process that a test runs: a packaged artefact in a JVM of its own, as a user runs it. It starts from a clean environment, what it prints is
 * collected, and it is gone when the test is. The limits in here only end a test that hangs.
 */
public final class Child implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);

    /** What the launcher starts every JVM with. */
    private static final List<String> JVM =
            List.of("--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Xmx1g");

    private final Process process;
    private final Output out;
    private final Output err;

    /** How a process ended. */
    public record Result(int status, String out, String err) {}

    private Child(Process process) {
        this.process = process;
        this.out = new Output(process.inputReader());
        this.err = new Output(process.errorReader());
    }

    /** Starts this JDK's {@code java} with these arguments after the flags that Quiver needs. */
    public static Child java(Map<String, String> environment, Path folder, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JVM);
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        // The settings of whoever runs the tests are not the test's.
        builder.environment().keySet().removeIf(name -> name.startsWith("QUIVER_") || name.startsWith("AWS_"));
        builder.environment().putAll(environment);
        try {
            return new Child(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for the end. */
    public Result await() {
        try {
            if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException("it still runs after " + LIMIT + "\n" + out.text() + err.text());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
        return new Result(process.exitValue(), out.whole(), err.whole());
    }

    /** Waits for a line on standard output. */
    public String awaitLine(Predicate<String> line) {
        return out.await(line).orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
    }

    /** What it has printed so far. */
    public String printed() {
        return out.text() + err.text();
    }

    public boolean running() {
        return process.isAlive();
    }

    /** As {@code kill -9} does: the process gets no chance to finish anything. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    /** Collects lines; reading on also keeps the process from blocking on a full pipe. */
    private static final class Output {
        private final StringBuilder text = new StringBuilder();
        private final List<String> lines = new ArrayList<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private Predicate<String> awaited = _ -> false;
        private CompletableFuture<String> found = new CompletableFuture<>();

        Output(BufferedReader reader) {
            Thread.ofVirtual().start(() -> {
                try (reader) {
                    reader.lines().forEach(this::add);
                } catch (IOException | UncheckedIOException e) {
                    add("(could not be read further: " + e + ")");
                } finally {
                    finish();
                }
            });
        }

        private synchronized void add(String line) {
            text.append(line).append('\n');
            lines.add(line);
            if (awaited.test(line)) {
                found.complete(line);
            }
        }

        private synchronized void finish() {
            end.complete(null);
            found.completeExceptionally(
                    new IllegalStateException("the process ended without printing the line:\n" + text));
        }

        synchronized CompletableFuture<String> await(Predicate<String> line) {
            awaited = line;
            found = new CompletableFuture<>();
            lines.stream().filter(line).findFirst().ifPresent(found::complete);
            if (end.isDone()) {
                finish();
            }
            return found;
        }

        synchronized String text() {
            return text.toString();
        }

        String whole() {
            end.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
            return text();
        }
    }
}
