package dev.quiver.infra.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The Lambda service for one function: it starts environments when invocations come, keeps them frozen in between, ends
 * the ones that fail, and reports what each invocation took. {@link #invoke} is the Invoke API; {@link HttpFront} and
 * {@link SqsPoller} bring HTTP requests and messages to it.
 *
 * <p>A cold start is an invocation that found no idle environment: the first one, one that comes while all others are
 * busy, and the first after {@link #recycle}. As on AWS, an init phase that fails is tried once more, then as part of
 * the invocation and with its timeout, and the environment that answered last is taken first.
 *
 * <p>All methods may be called from many threads.
 */
public final class LambdaRuntime implements AutoCloseable {

    /** 6 MB: the longest event of an invocation. */
    public static final int PAYLOAD_LIMIT = 6 * 1024 * 1024;

    /** How long an invocation waits for an environment that has answered but not yet asked for the next event. */
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    private final LambdaFunction function;
    private final Path folder;
    private final Path root;
    private final Thread atExit = new Thread(this::close, "lambda-runtime-exit");

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Set<Environment> environments = new LinkedHashSet<>();
    private final Deque<Environment> idle = new ArrayDeque<>();
    private int places; // taken by environments, also by those that are only about to be
    private int finishing;
    private boolean closed;

    private final List<Report> reports = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, List<ProcessLog>> logs = Collections.synchronizedMap(new LinkedHashMap<>());
    private volatile Consumer<String> platformLog = line -> {};

    private LambdaRuntime(LambdaFunction function) throws IOException {
        this.function = function;
        this.folder = Files.createTempDirectory("lambda-" + function.name() + "-");
        try {
            this.root = Code.unpack(function.code(), folder.resolve("task"));
        } catch (IOException | RuntimeException e) {
            Code.delete(folder);
            throw e;
        }
    }

    /** Unpacks the function. No process is started before the first invocation. */
    public static LambdaRuntime start(LambdaFunction function) {
        Proc.requireLinux();
        try {
            var runtime = new LambdaRuntime(function);
            Runtime.getRuntime().addShutdownHook(runtime.atExit);
            return runtime;
        } catch (IOException e) {
            throw new UncheckedIOException("The package " + function.code() + " could not be unpacked", e);
        }
    }

    public LambdaFunction function() {
        return function;
    }

    public Answer invoke(String event) {
        return invoke(event.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Invokes the function and waits for its answer.
     *
     * @param event at most {@value #PAYLOAD_LIMIT} bytes of JSON, passed on as it is
     * @throws LambdaException if the service would refuse the event: too long, or too many at once
     */
    public Answer invoke(byte[] event) {
        if (event.length > PAYLOAD_LIMIT) {
            throw new LambdaException(
                    413,
                    "RequestTooLargeException",
                    event.length + " byte payload is too large for the RequestResponse invocation type (limit "
                            + PAYLOAD_LIMIT + " bytes)");
        }
        long arrival = System.nanoTime();
        String requestId = UUID.randomUUID().toString();
        Optional<Environment> warm = acquire();
        platformLog.accept("START RequestId: " + requestId + " Version: $LATEST");
        return warm.isPresent()
                ? run(warm.get(), requestId, event, arrival, deadline(), Optional.empty())
                : startAndRun(requestId, event, arrival);
    }

    /** Starts an environment ahead of any invocation and leaves it idle, as provisioned concurrency does. */
    public Instance provision() {
        lock.lock();
        try {
            takePlace();
        } finally {
            lock.unlock();
        }
        Environment environment = startEnvironment("provisioned-concurrency");
        Environment.Init init = environment.awaitInit("init", function.initLimit());
        if (init instanceof Environment.Init.Failed failed) {
            String message = new String(failed.payload(), StandardCharsets.UTF_8) + "\n" + environment.tail();
            discard(environment);
            throw new IllegalStateException("The init phase failed: " + message);
        }
        environment.freeze();
        release(environment);
        return environment.describe();
    }

    /** Waits for invocations that have answered to come to rest, and ends all idle environments: then it is cold. */
    public void recycle() {
        awaitIdle();
        List<Environment> ended;
        lock.lock();
        try {
            ended = List.copyOf(idle);
            idle.clear();
        } finally {
            lock.unlock();
        }
        ended.forEach(this::discard);
    }

    /** Waits until each environment that has answered has asked for the next event, and is frozen. */
    public void awaitIdle() {
        lock.lock();
        try {
            while (finishing > 0) {
                changed.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    /** All environments that live, idle or not. */
    public List<Instance> environments() {
        lock.lock();
        try {
            return environments.stream().map(Environment::describe).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Of all invocations so far, in the order of their ends. */
    public List<Report> reports() {
        synchronized (reports) {
            return List.copyOf(reports);
        }
    }

    /** What the function wrote for a request, what it wrote after its answer too. */
    public List<LogLine> logs(String requestId) {
        return logs.getOrDefault(requestId, List.of()).stream()
                .flatMap(log -> log.of(requestId).stream())
                .toList();
    }

    /** Who gets the lines that the platform writes to the log: START, END, REPORT and INIT_REPORT. */
    public void onPlatformLog(Consumer<String> lines) {
        this.platformLog = lines;
    }

    /** Ends all processes and removes what was unpacked and logged. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        killAll();
        List<Environment> rest;
        lock.lock();
        try {
            rest = List.copyOf(environments);
        } finally {
            lock.unlock();
        }
        rest.forEach(this::discard);
        Code.delete(folder);
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // This is the shutdown.
        }
    }

    private void killAll() {
        lock.lock();
        try {
            environments.forEach(Environment::kill);
        } finally {
            lock.unlock();
        }
    }

    /** An idle environment, or empty if a new one is to be started, for which there is a place then. */
    private Optional<Environment> acquire() {
        var dead = new ArrayList<Environment>();
        lock.lock();
        try {
            long patience = PATIENCE.toNanos();
            while (true) {
                Environment environment = idle.pollFirst();
                if (environment == null) {
                    if (finishing == 0 || patience <= 0) {
                        break;
                    }
                    patience = awaitNanos(patience);
                } else if (environment.isAlive()) {
                    return Optional.of(environment);
                } else {
                    dead.add(environment);
                    places--;
                }
            }
            takePlace();
            return Optional.empty();
        } finally {
            lock.unlock();
            dead.forEach(environment -> {
                platformLog.accept("An idle environment has ended by itself. It wrote: " + environment.tail());
                forget(environment);
            });
        }
    }

    @SuppressWarnings("WaitNotInLoop") // the loop is that of acquire
    private long awaitNanos(long nanos) {
        try {
            return changed.awaitNanos(nanos);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private void takePlace() {
        if (closed) {
            throw new IllegalStateException("The runtime is closed");
        }
        if (places == function.maxConcurrency()) {
            throw new LambdaException(
                    429,
                    "TooManyRequestsException",
                    "Rate Exceeded. (maxConcurrency is " + function.maxConcurrency() + ")");
        }
        places++;
    }

    private Environment startEnvironment(String initializationType) {
        try {
            Environment environment = Environment.start(function, root, folder, initializationType);
            lock.lock();
            try {
                environments.add(environment);
            } finally {
                lock.unlock();
            }
            return environment;
        } catch (RuntimeException e) {
            lock.lock();
            try {
                places--;
            } finally {
                lock.unlock();
            }
            throw e;
        }
    }

    private Answer startAndRun(String requestId, byte[] event, long arrival) {
        Environment environment = startLogged(requestId);
        Environment.Init init = environment.awaitInit(requestId, function.initLimit());
        if (init instanceof Environment.Init.Done done) {
            return run(environment, requestId, event, environment.startedNanos(), deadline(), Optional.of(done.time()));
        }
        reportInit((Environment.Init.Failed) init, "init");
        forget(environment);
        // The invocation starts it once more, within its own time.
        long begin = System.nanoTime();
        long deadline = deadline();
        environment = startLogged(requestId);
        init = environment.awaitInit(requestId, function.timeout());
        if (init instanceof Environment.Init.Failed failed) {
            reportInit(failed, "invoke");
            var report = new Report(
                    requestId,
                    Duration.ofNanos(System.nanoTime() - begin),
                    Optional.empty(),
                    Duration.ofNanos(System.nanoTime() - arrival),
                    Duration.ZERO,
                    function.memoryMb(),
                    environment.peakBytes(),
                    Optional.of(failed.errorType()));
            discard(environment);
            return answer(failed.payload(), report);
        }
        return run(environment, requestId, event, arrival, deadline, Optional.empty());
    }

    private Environment startLogged(String requestId) {
        Environment environment = startEnvironment("on-demand");
        logs.computeIfAbsent(requestId, id -> Collections.synchronizedList(new ArrayList<>()))
                .add(environment.log());
        environment.log().start(requestId);
        return environment;
    }

    private Answer run(
            Environment environment,
            String requestId,
            byte[] event,
            long begin,
            long deadline,
            Optional<Duration> init) {
        if (!environment.log().knows(requestId)) {
            environment.log().start(requestId);
            logs.put(requestId, List.of(environment.log()));
        }
        Environment.Result result = environment.invoke(requestId, event, traceId(), deadline);
        long end = System.nanoTime();
        var report = new Report(
                requestId,
                result.duration(),
                init,
                Duration.ofNanos(end - begin),
                result.cpu(),
                function.memoryMb(),
                environment.peakBytes(),
                result.errorType());
        if (result.alive()) {
            finish(environment, deadline);
        } else {
            discard(environment);
        }
        return answer(result.payload(), report);
    }

    private Answer answer(byte[] payload, Report report) {
        reports.add(report);
        platformLog.accept("END RequestId: " + report.requestId());
        platformLog.accept(report.toString());
        Optional<String> error = report.errorType().map(type -> "Unhandled");
        return new Answer(payload, error, report, () -> logs(report.requestId()));
    }

    private void reportInit(Environment.Init.Failed failed, String phase) {
        String status =
                failed.errorType().equals("Sandbox.Timedout") ? "timeout" : "error\tError Type: " + failed.errorType();
        platformLog.accept("INIT_REPORT Init Duration: " + Report.millis(failed.time()) + " ms\tPhase: " + phase
                + "\tStatus: " + status);
    }

    /** The caller has its answer; the environment is idle only when its runtime asks for the next event. */
    private void finish(Environment environment, long deadline) {
        lock.lock();
        try {
            finishing++;
        } finally {
            lock.unlock();
        }
        Thread.startVirtualThread(() -> {
            boolean ready = environment.awaitReady(deadline);
            if (ready) {
                environment.freeze();
            } else {
                discard(environment);
            }
            lock.lock();
            try {
                finishing--;
                if (ready) {
                    idle.addFirst(environment);
                }
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        });
    }

    private void release(Environment environment) {
        lock.lock();
        try {
            idle.addFirst(environment);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void discard(Environment environment) {
        forget(environment);
        lock.lock();
        try {
            places--;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Ends it; its place is kept, for the one that follows it. */
    private void forget(Environment environment) {
        environment.close();
        lock.lock();
        try {
            environments.remove(environment);
            idle.remove(environment);
        } finally {
            lock.unlock();
        }
    }

    private long deadline() {
        return System.nanoTime() + function.timeout().toNanos();
    }

    private static String traceId() {
        var random = ThreadLocalRandom.current();
        return String.format(
                "Root=1-%08x-%08x%016x;Parent=%016x;Sampled=0",
                TimeUnit.MILLISECONDS.toSeconds(System.currentTimeMillis()),
                random.nextInt(),
                random.nextLong(),
                random.nextLong());
    }
}
