package dev.quiver.infra.sqs;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * What a test uses to have an SQS endpoint: {@link #start} runs {@code SqsEmulatorMain} in a process of its own and
 * returns when it listens, {@link #close} ends it. As the S3 emulator's, this class knows the server only as a folder
 * of jars and a READY line, and links to nothing but the JDK. The folder is named by the system property
 * {@value #LIB_PROPERTY}; this module's build makes it as {@code target/lib}. Clients take any credentials and the
 * region {@value #REGION}.
 */
public final class SqsEmulator implements AutoCloseable {

    /** System property naming the folder that holds the server's jar and all it needs. */
    public static final String LIB_PROPERTY = "quiver.sqsemulator.lib";

    /** In the ARNs of queues. */
    public static final String REGION = "us-east-1";

    /** Scala's library calls what the JDK warns of. */
    static final String QUIET = "--sun-misc-unsafe-memory-access=allow";

    static final String ACCOUNT = "000000000000";

    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    private final Process process;
    private final Path stderr;
    private final URI endpoint;
    private final Queues queues;

    private SqsEmulator(Process process, Path stderr, URI endpoint) {
        this.process = process;
        this.stderr = stderr;
        this.endpoint = endpoint;
        this.queues = new Queues(endpoint);
    }

    /** Starts a server without queues on any free port of 127.0.0.1. */
    public static SqsEmulator start() {
        String lib = System.getProperty(LIB_PROPERTY);
        if (lib == null) {
            throw new IllegalStateException("System property " + LIB_PROPERTY + " is not set: it must name the SQS"
                    + " emulator's folder of jars, infra/sqs-emulator/target/lib after 'mvn package' there");
        }
        return start(Path.of(lib));
    }

    static SqsEmulator start(Path lib) {
        requireJars(lib);
        Path stderr = null;
        Process process = null;
        try {
            stderr = Files.createTempFile("sqs-emulator", ".stderr");
            process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            QUIET,
                            "-cp",
                            lib.toAbsolutePath() + File.separator + "*",
                            "dev.quiver.infra.sqs.SqsEmulatorMain",
                            "--exit-on-stdin-close") // so that a test that dies leaves no server behind
                    .redirectError(stderr.toFile())
                    .start();
            return new SqsEmulator(process, stderr, ready(process));
        } catch (IOException e) {
            throw new UncheckedIOException("The SQS emulator's process could not be started", e);
        } catch (ExecutionException | TimeoutException e) {
            throw failed(process, stderr, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failed(process, stderr, e);
        }
    }

    private static URI ready(Process process) throws ExecutionException, TimeoutException, InterruptedException {
        var line = CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return String.valueOf(process.inputReader().readLine());
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                reader ->
                        Thread.ofPlatform().daemon().name("sqs-emulator-reader").start(reader));
        String ready = line.get(START_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        if (!ready.startsWith("READY ")) {
            throw new ExecutionException(new IOException("Instead of READY it printed: " + ready));
        }
        return URI.create(ready.substring("READY ".length()));
    }

    private static IllegalStateException failed(Process process, Path stderr, Exception cause) {
        process.destroyForcibly().onExit().join();
        try {
            String errors = Files.readString(stderr);
            Files.deleteIfExists(stderr);
            return new IllegalStateException("The SQS emulator did not start. Its stderr:\n" + errors, cause);
        } catch (IOException e) {
            return new IllegalStateException("The SQS emulator did not start", cause);
        }
    }

    public URI endpoint() {
        return endpoint;
    }

    /**
     * Makes a queue.
     *
     * @param visibility how long a received message is hidden from other receivers, in whole seconds
     * @return its URL
     */
    public String createQueue(String name, Duration visibility) {
        return queues.create(name, visibility);
    }

    /**
     * Makes a queue with a dead-letter queue, which must be there already: a message that was received maxReceives
     * times without being deleted goes there.
     *
     * @return its URL
     */
    public String createQueue(String name, Duration visibility, String deadLetters, int maxReceives) {
        return queues.create(name, visibility, deadLetters, maxReceives);
    }

    /** The ARN of a queue of this server. */
    public static String arn(String queue) {
        return "arn:aws:sqs:" + REGION + ":" + ACCOUNT + ":" + queue;
    }

    /** Ends the process and waits until it is gone; all its messages are gone with it. */
    @Override
    public void close() {
        queues.close();
        process.destroyForcibly().onExit().join(); // it holds nothing worth an orderly end
        try {
            Files.deleteIfExists(stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireJars(Path lib) {
        if (Files.isDirectory(lib)) {
            try (Stream<Path> files = Files.list(lib)) {
                if (files.anyMatch(file -> file.toString().endsWith(".jar"))) {
                    return;
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        throw new IllegalStateException("No jars in " + lib.toAbsolutePath() + " (system property " + LIB_PROPERTY
                + "): run 'mvn package' in infra/sqs-emulator");
    }
}
