package dev.quiver.infra.lambda;

import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Limits without any right: a thread looks at the processes every two milliseconds, stops them by SIGSTOP when the CPU
 * time of the period is used up, lets them go on at the next period, and kills them when they hold more memory than
 * they may. It is what the kernel's quota does, but coarser: a burst of allocations within two milliseconds is seen
 * late, and the looking itself costs some CPU. Memory counts as resident bytes, so files in the page cache do not.
 */
final class Polling implements Limits {

    private static final Duration LOOK = Duration.ofMillis(2);

    private final long quotaNanos;
    private final long periodNanos;
    private final long memoryBytes;
    private volatile boolean outOfMemory;
    private volatile boolean closed;

    Polling(LambdaFunction function) {
        periodNanos = function.cpuPeriod().toNanos();
        quotaNanos = Math.round(periodNanos * function.cpuShare());
        memoryBytes = function.memoryBytes();
    }

    @Override
    public List<String> wrap(List<String> command) {
        return command;
    }

    @Override
    public void watch(Sandbox sandbox) {
        Thread.ofPlatform().daemon().name("lambda-limits").start(() -> look(sandbox));
    }

    private void look(Sandbox sandbox) {
        long periodStart = System.nanoTime();
        long usedBefore = 0; // by the end of the last period
        long debt = 0; // what was used beyond the quota of the periods before
        try {
            while (!closed && sandbox.isAlive()) {
                Thread.sleep(LOOK);
                long used = sandbox.cpuNanos();
                long spent = Math.max(0, used - usedBefore);
                if (System.nanoTime() - periodStart >= periodNanos) {
                    periodStart += periodNanos;
                    debt = Math.max(0, debt + spent - quotaNanos);
                    usedBefore = used;
                    spent = 0;
                    sandbox.refreshTree();
                }
                sandbox.throttle(debt + spent >= quotaNanos);
                if (sandbox.residentBytes() > memoryBytes) {
                    outOfMemory = true;
                    sandbox.kill();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean outOfMemory() {
        return outOfMemory;
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "polling: stopped after %d of %d us CPU, killed above %d MB resident",
                quotaNanos / 1000,
                periodNanos / 1000,
                memoryBytes >> 20);
    }

    @Override
    public void close() {
        closed = true;
    }
}
