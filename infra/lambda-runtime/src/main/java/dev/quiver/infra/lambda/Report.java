package dev.quiver.infra.lambda;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What one invocation took: the figures of Lambda's REPORT line, and two more that the line does not have.
 *
 * @param duration from handing the event to the function until its answer was read
 * @param init from the start of the process until it asked for the first event; empty unless this was a cold start
 * @param total until the answer was read: on a cold start from just before the process was started, else from the
 *     arrival of the invocation at the stand-in
 * @param cpu CPU time that the processes spent during duration
 * @param memoryMb the size of the function
 * @param maxMemoryBytes peak resident bytes of the environment so far (VmHWM)
 * @param errorType as in the REPORT line, for example {@code Runtime.ExitError}; empty if all went well
 */
public record Report(
        String requestId,
        Duration duration,
        Optional<Duration> init,
        Duration total,
        Duration cpu,
        int memoryMb,
        long maxMemoryBytes,
        Optional<String> errorType) {

    public boolean coldStart() {
        return init.isPresent();
    }

    /** Whole milliseconds, the init phase included as AWS bills it since August 2025. */
    public long billedMillis() {
        return Math.ceilDiv(duration.plus(init.orElse(Duration.ZERO)).toNanos(), 1_000_000L);
    }

    public long maxMemoryMb() {
        return Math.ceilDiv(maxMemoryBytes, 1L << 20);
    }

    /** The line as Lambda logs it. */
    @Override
    public String toString() {
        var line = new StringBuilder();
        line.append(String.format(
                Locale.ROOT,
                "REPORT RequestId: %s\tDuration: %s ms\tBilled Duration: %d ms\tMemory Size: %d MB\tMax Memory Used: %d MB",
                requestId,
                millis(duration),
                billedMillis(),
                memoryMb,
                maxMemoryMb()));
        init.ifPresent(
                time -> line.append("\tInit Duration: ").append(millis(time)).append(" ms"));
        errorType.ifPresent(type -> line.append(
                type.equals("Sandbox.Timedout") ? "\tStatus: timeout" : "\tStatus: error\tError Type: " + type));
        return line.toString();
    }

    static String millis(Duration duration) {
        return String.format(Locale.ROOT, "%.2f", duration.toNanos() / 1e6);
    }
}
