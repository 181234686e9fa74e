package dev.quiver.infra.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One execution environment: the function's processes, the Runtime API that they talk to, and what they wrote. It
 * handles one invocation at a time and never two. The one idea: everything that happens to it (a call of the API, the
 * end of the process) comes through one queue, and whoever waits on the queue with a deadline is in charge; so a
 * function that hangs, crashes or answers twice is a case of reading the queue, not of locks.
 */
final class Environment implements AutoCloseable {

    private static final DateTimeFormatter LOG_STREAM =
            DateTimeFormatter.ofPattern("yyyy/MM/dd/'[$LATEST]'", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final LambdaFunction function;
    private final LinkedBlockingQueue<RuntimeApi.Signal> signals = new LinkedBlockingQueue<>();
    private final RuntimeApi api;
    private final ProcessLog log;
    private final Sandbox sandbox;
    private final long startedNanos;
    private volatile Duration init = Duration.ZERO;
    private volatile boolean frozen;
    private volatile long peakBytes;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** How the init phase ended. */
    sealed interface Init {
        record Done(Duration time) implements Init {}

        record Failed(Duration time, String errorType, byte[] payload) implements Init {}
    }

    /** How an invocation ended; the environment is of no more use if it is not alive. */
    record Result(byte[] payload, Optional<String> errorType, Duration duration, Duration cpu, boolean alive) {}

    @SuppressWarnings("FutureReturnValueIgnored") // the end of the process is a signal like the others
    private Environment(LambdaFunction function, Path root, Path logs, String initializationType) throws IOException {
        this.function = function;
        this.api = new RuntimeApi(signals::add);
        this.log = new ProcessLog(logs, "environment-" + NUMBER.incrementAndGet());
        String stream =
                LOG_STREAM.format(Instant.now()) + UUID.randomUUID().toString().replace("-", "");
        Limits limits = Limits.of(function);
        this.startedNanos = System.nanoTime();
        this.sandbox = Sandbox.start(
                function.command(root),
                function.environment(root, api.address(), stream, initializationType),
                root,
                log.stdout(),
                log.stderr(),
                limits);
        sandbox.onExit()
                .thenAccept(
                        process -> signals.add(new RuntimeApi.Signal.Exited(System.nanoTime(), process.exitValue())));
    }

    /** Starts the processes, in the folder of the unpacked package; they are in their init phase then. */
    static Environment start(LambdaFunction function, Path root, Path logs, String initializationType) {
        try {
            return new Environment(function, root, logs, initializationType);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Just before the process was started. */
    long startedNanos() {
        return startedNanos;
    }

    ProcessLog log() {
        return log;
    }

    boolean isAlive() {
        return sandbox.isAlive();
    }

    /** Waits for the end of the init phase, and ends the processes if it lasts longer than the limit. */
    Init awaitInit(String requestId, Duration limit) {
        RuntimeApi.Signal signal = poll(startedNanos + limit.toNanos());
        return switch (signal) {
            case RuntimeApi.Signal.Ready ready -> {
                init = Duration.ofNanos(ready.nanos() - startedNanos);
                yield new Init.Done(init);
            }
            case RuntimeApi.Signal.InitFailed failed -> {
                // A runtime that has posted its error exits by itself; let it write what it has to say.
                poll(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(500));
                kill();
                yield new Init.Failed(since(failed.nanos()), failed.errorType(), failed.payload());
            }
            case RuntimeApi.Signal.Exited exited ->
                new Init.Failed(since(exited.nanos()), "Runtime.ExitError", exitPayload(requestId, exited.status()));
            case RuntimeApi.Signal.Answered answered -> throw new IllegalStateException("answered before an event");
            case null -> {
                kill();
                yield new Init.Failed(limit, "Sandbox.Timedout", timeoutPayload(requestId, limit));
            }
        };
    }

    /**
     * Hands an event over and waits for the answer. The runtime must be ready for one.
     *
     * @param deadlineNanos when the processes are ended if they have not answered
     */
    Result invoke(String requestId, byte[] payload, String traceId, long deadlineNanos) {
        long cpuBefore = sandbox.cpuNanos();
        long begin = System.nanoTime();
        Instant deadline = Instant.now().plusNanos(deadlineNanos - begin);
        thaw();
        api.hand(new RuntimeApi.Invocation(requestId, payload, deadline, function.arn(), traceId));
        RuntimeApi.Signal signal = poll(deadlineNanos);
        Duration cpu = Duration.ofNanos(Math.max(0, sandbox.cpuNanos() - cpuBefore));
        return switch (signal) {
            case RuntimeApi.Signal.Answered answered ->
                new Result(
                        answered.payload(),
                        answered.errorType(),
                        Duration.ofNanos(answered.nanos() - begin),
                        cpu,
                        true);
            case RuntimeApi.Signal.Exited exited -> {
                String type = sandbox.outOfMemory() ? "Runtime.OutOfMemory" : "Runtime.ExitError";
                yield new Result(
                        exitPayload(requestId, exited.status()),
                        Optional.of(type),
                        Duration.ofNanos(exited.nanos() - begin),
                        cpu,
                        false);
            }
            case null -> {
                kill();
                Duration duration = Duration.ofNanos(System.nanoTime() - begin);
                yield new Result(
                        timeoutPayload(requestId, function.timeout()),
                        Optional.of("Sandbox.Timedout"),
                        duration,
                        cpu,
                        false);
            }
            case RuntimeApi.Signal.Ready _, RuntimeApi.Signal.InitFailed _ ->
                throw new IllegalStateException("The Runtime API let through " + signal);
        };
    }

    /** After an answer: waits until the runtime asks for the next event. @return whether it did in time */
    boolean awaitReady(long deadlineNanos) {
        if (poll(deadlineNanos) instanceof RuntimeApi.Signal.Ready) {
            return true;
        }
        kill();
        return false;
    }

    /** Stops the processes until the next invocation, unless the function is not to be frozen. */
    void freeze() {
        if (function.freeze()) {
            sandbox.freeze();
            frozen = true;
        }
    }

    private void thaw() {
        if (frozen) {
            frozen = false;
            sandbox.thaw();
        }
    }

    /** Peak resident bytes so far; all of the memory if the processes ended because it was used up. */
    long peakBytes() {
        if (sandbox.outOfMemory()) {
            return function.memoryBytes();
        }
        peakBytes = Math.max(peakBytes, sandbox.peakResidentBytes()); // nothing is to be read of an ended process
        return peakBytes;
    }

    Instance describe() {
        return new Instance(
                sandbox.pid(),
                init,
                frozen,
                sandbox.residentBytes(),
                peakBytes(),
                sandbox.limits().describe());
    }

    /** The reason of failures that the function did not tell itself: the end of what it wrote. */
    String tail() {
        return log.tail();
    }

    void kill() {
        sandbox.kill();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            sandbox.close();
            api.close();
        }
    }

    private Duration since(long nanos) {
        return Duration.ofNanos(nanos - startedNanos);
    }

    /** @return null at the deadline */
    private RuntimeApi.Signal poll(long deadlineNanos) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return signals.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true; // the invocation goes on, as it does when a client of AWS hangs up
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static byte[] exitPayload(String requestId, int status) {
        String reason =
                switch (status) {
                    case 0 -> "Runtime exited without providing a reason";
                    case 128 + 6 -> "Runtime exited with error: signal: aborted";
                    case 128 + 9 -> "Runtime exited with error: signal: killed";
                    case 128 + 11 -> "Runtime exited with error: signal: segmentation fault";
                    case 128 + 15 -> "Runtime exited with error: signal: terminated";
                    default -> "Runtime exited with error: exit status " + status;
                };
        return Json.error("Runtime.ExitError", "RequestId: " + requestId + " Error: " + reason);
    }

    private static byte[] timeoutPayload(String requestId, Duration limit) {
        String message = String.format(
                Locale.ROOT,
                "RequestId: %s Error: Task timed out after %.2f seconds",
                requestId,
                limit.toMillis() / 1e3);
        return Json.error("Sandbox.Timedout", message);
    }
}
