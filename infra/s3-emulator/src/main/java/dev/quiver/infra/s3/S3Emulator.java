package dev.quiver.infra.s3;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What a test uses to have an S3 endpoint: {@link #start} runs {@code S3EmulatorMain} in a process of its own and
 * returns when it listens, {@link #close} ends it. The one idea: this class knows the server only as a folder of jars
 * and a READY line, and links to nothing but the JDK, so the server's libraries never meet those of the module under
 * test. The folder is named by the system property {@value #LIB_PROPERTY}; this module's build makes it as
 * {@code target/lib}. Clients need path-style access and any region.
 */
public final class S3Emulator implements AutoCloseable {

    /** System property naming the folder that holds the server's jar and all it needs. */
    public static final String LIB_PROPERTY = "quiver.s3emulator.lib";

    private static final String MAIN_CLASS = "dev.quiver.infra.s3.S3EmulatorMain";
    private static final String ACCESS_KEY = "local";
    private static final String SECRET_KEY = "local-secret";
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final int STDERR_LIMIT = 64 * 1024;

    private final Process process;
    private final URI endpoint;

    private S3Emulator(Process process, URI endpoint) {
        this.process = process;
        this.endpoint = endpoint;
    }

    /** Starts a server with these buckets on any free port of 127.0.0.1. */
    public static S3Emulator start(String... buckets) {
        String lib = System.getProperty(LIB_PROPERTY);
        if (lib == null) {
            throw new IllegalStateException("System property " + LIB_PROPERTY + " is not set: it must name the S3"
                    + " emulator's folder of jars, infra/s3-emulator/target/lib after 'mvn package' there");
        }
        return start(Path.of(lib), START_LIMIT, buckets);
    }

    /** As {@link #start(String...)}, with every answer so much later, as from a server that is far away. */
    public static S3Emulator startDistant(int firstByteMillis, String bucket) {
        String lib = System.getProperty(LIB_PROPERTY);
        if (lib == null) {
            throw new IllegalStateException("System property " + LIB_PROPERTY + " is not set");
        }
        return start(Path.of(lib), START_LIMIT, firstByteMillis, bucket);
    }

    static S3Emulator start(Path lib, Duration limit, String... buckets) {
        return start(lib, limit, 0, buckets);
    }

    private static S3Emulator start(Path lib, Duration limit, int firstByteMillis, String... buckets) {
        requireJars(lib);
        Process process;
        try {
            process = new ProcessBuilder(command(lib, firstByteMillis, buckets)).start();
        } catch (IOException e) {
            throw new UncheckedIOException("The S3 emulator's process could not be started", e);
        }
        var errors = new Tail();
        daemon(() -> errors.drain(process.errorReader()));
        try {
            return new S3Emulator(process, readyLine(process).get(limit.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new IllegalStateException(
                    "The S3 emulator was not ready within " + limit + ". Its stderr:\n" + errors.text(), e);
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the S3 emulator was starting", e);
        }
    }

    public URI endpoint() {
        return endpoint;
    }

    public String accessKey() {
        return ACCESS_KEY;
    }

    public String secretKey() {
        return SECRET_KEY;
    }

    /** Ends the process and waits until it is gone; all its objects are gone with it. */
    @Override
    public void close() {
        process.destroyForcibly(); // it holds nothing worth an orderly end
        process.onExit().join();
    }

    private static void requireJars(Path lib) {
        try (Stream<Path> files = Files.list(lib)) {
            if (files.anyMatch(file -> file.toString().endsWith(".jar"))) {
                return;
            }
        } catch (IOException e) {
            throw new IllegalStateException(noJars(lib), e);
        }
        throw new IllegalStateException(noJars(lib));
    }

    private static String noJars(Path lib) {
        return "No jars in " + lib.toAbsolutePath() + " (system property " + LIB_PROPERTY
                + "): run 'mvn package' in infra/s3-emulator";
    }

    private static List<String> command(Path lib, int firstByteMillis, String... buckets) {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-cp");
        command.add(lib.toAbsolutePath() + File.separator + "*");
        command.add(MAIN_CLASS);
        command.addAll(List.of("--port", "0", "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY));
        command.addAll(List.of("--first-byte-ms", Integer.toString(firstByteMillis)));
        command.add("--exit-on-stdin-close"); // so that a test that dies leaves no server behind
        for (String bucket : buckets) {
            command.addAll(List.of("--bucket", bucket));
        }
        return command;
    }

    private static CompletableFuture<URI> readyLine(Process process) {
        var ready = new CompletableFuture<URI>();
        daemon(() -> {
            try {
                String line = process.inputReader().readLine();
                if (line == null || !line.startsWith("READY ")) {
                    throw new IOException("Instead of READY it printed: " + line);
                }
                ready.complete(URI.create(line.substring("READY ".length())));
            } catch (IOException | RuntimeException e) {
                ready.completeExceptionally(e);
            }
        });
        return ready;
    }

    private static void daemon(Runnable reader) {
        Thread.ofPlatform().daemon().name("s3-emulator-reader").start(reader);
    }

    /** The end of what the process wrote to stderr; reading on also keeps the process from blocking on a full pipe. */
    private static final class Tail {
        private final StringBuilder text = new StringBuilder();
        private final CompletableFuture<Void> done = new CompletableFuture<>();

        void drain(BufferedReader reader) {
            try (reader) {
                reader.lines().forEach(this::add);
            } catch (IOException | UncheckedIOException e) {
                add("(stderr could not be read further: " + e + ")");
            } finally {
                done.complete(null);
            }
        }

        private synchronized void add(String line) {
            text.append(line).append('\n');
            text.delete(0, Math.max(0, text.length() - STDERR_LIMIT));
        }

        String text() {
            done.completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
            synchronized (this) {
                return text.toString();
            }
        }
    }
}
