package dev.quiver.infra.lambda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * The two system calls that Java has no method for: kill(2) with any signal, and the CPU clock of another process. The
 * one idea: no helper process, because starting one costs more than the warm invocations that are measured here.
 */
@SuppressWarnings("restricted") // a library of the system, called by its documented signatures
final class Native {

    static final int SIGKILL = 9;
    static final int SIGTERM = 15;
    /** Linux' numbers on x86-64 and arm64. */
    static final int SIGCONT = 18;

    static final int SIGSTOP = 19;

    private static final int CPUCLOCK_SCHED = 2;
    private static final MethodHandle KILL =
            handle("kill", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOCK_GETTIME = handle(
            "clock_gettime", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

    private Native() {}

    /** @return whether there was such a process */
    static boolean signal(long pid, int signal) {
        try {
            return (int) KILL.invokeExact((int) pid, signal) == 0;
        } catch (Throwable e) {
            throw new IllegalStateException("kill(" + pid + ", " + signal + ") could not be called", e);
        }
    }

    /** CPU time of all threads of a process in nanoseconds; 0 if it has ended. */
    static long cpuNanos(long pid) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
            int clock = (~(int) pid << 3) | CPUCLOCK_SCHED; // what clock_getcpuclockid(3) computes
            if ((int) CLOCK_GETTIME.invokeExact(clock, time) != 0) {
                return 0;
            }
            return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
                    + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
        } catch (Throwable e) {
            throw new IllegalStateException("The CPU clock of process " + pid + " could not be read", e);
        }
    }

    private static MethodHandle handle(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), signature);
    }
}
