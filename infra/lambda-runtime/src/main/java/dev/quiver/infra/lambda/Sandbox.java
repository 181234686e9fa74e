package dev.quiver.infra.lambda;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;

/**
 * The processes of one environment: started with a given environment and nothing of ours, held to limits, stopped and
 * continued as a whole. Two reasons to stop them exist, the freeze between invocations and the spent CPU share of a
 * period, and they run only while neither holds.
 */
final class Sandbox implements AutoCloseable {

    private final Process process;
    private final Limits limits;
    private final Set<ProcessHandle> stopped = new LinkedHashSet<>();
    private volatile List<ProcessHandle> tree;
    private boolean frozen;
    private boolean throttled;

    private Sandbox(Process process, Limits limits) {
        this.process = process;
        this.limits = limits;
        this.tree = List.of(process.toHandle());
    }

    static Sandbox start(
            List<String> command,
            Map<String, String> environment,
            Path folder,
            Path stdout,
            Path stderr,
            Limits limits) {
        var builder = new ProcessBuilder(limits.wrap(command))
                .directory(folder.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(stdout.toFile()))
                .redirectError(ProcessBuilder.Redirect.appendTo(stderr.toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment);
        try {
            var sandbox = new Sandbox(builder.start(), limits);
            limits.watch(sandbox);
            return sandbox;
        } catch (IOException e) {
            limits.close();
            throw new UncheckedIOException("The function's process could not be started: " + command, e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    CompletableFuture<Process> onExit() {
        return process.onExit();
    }

    boolean outOfMemory() {
        return limits.outOfMemory();
    }

    Limits limits() {
        return limits;
    }

    /** Returns when all have stopped: the signal is a request, and on a busy machine it takes its time. */
    void freeze() {
        List<ProcessHandle> members;
        synchronized (this) {
            frozen = true;
            stop();
            members = List.copyOf(stopped);
        }
        long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
        while (System.nanoTime() < patience
                && members.stream().anyMatch(member -> "TtZX".indexOf(Proc.state(member.pid())) < 0)) {
            LockSupport.parkNanos(100_000);
        }
    }

    synchronized void thaw() {
        frozen = false;
        goOn();
    }

    synchronized void throttle(boolean on) {
        if (throttled != on) {
            throttled = on;
            if (on) {
                stop();
            } else {
                goOn();
            }
        }
    }

    /** A process may have a child while it is being stopped: look again until there is nobody new. */
    private void stop() {
        boolean more = true;
        while (more && process.isAlive()) {
            more = false;
            for (ProcessHandle member : refreshTree()) {
                if (stopped.add(member)) {
                    Native.signal(member.pid(), Native.SIGSTOP);
                    more = true;
                }
            }
        }
    }

    private void goOn() {
        if (!frozen && !throttled) {
            stopped.forEach(member -> Native.signal(member.pid(), Native.SIGCONT));
            stopped.clear();
        }
    }

    /** Ends all processes at once, the stopped ones too, and those whose parent is gone. */
    synchronized void kill() {
        tree.forEach(ProcessHandle::destroyForcibly);
        refreshTree().forEach(ProcessHandle::destroyForcibly);
    }

    List<ProcessHandle> refreshTree() {
        List<ProcessHandle> now = Proc.tree(process.toHandle());
        if (!now.isEmpty()) {
            tree = now; // of an ended process the last one is kept: its children may live
        }
        return now;
    }

    private LongStream pids() {
        return tree.stream().mapToLong(ProcessHandle::pid);
    }

    long cpuNanos() {
        return pids().map(Native::cpuNanos).sum();
    }

    long residentBytes() {
        return pids().map(Proc::residentBytes).sum();
    }

    /** The sum of what each process had at its own peak: never less than the peak of all. */
    long peakResidentBytes() {
        return pids().map(Proc::peakResidentBytes).sum();
    }

    /** Ends the processes, waits until they are gone, and gives back what limited them. */
    @Override
    public void close() {
        kill();
        process.onExit().join();
        limits.close();
    }
}
