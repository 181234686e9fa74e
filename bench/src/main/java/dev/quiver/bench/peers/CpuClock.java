package dev.quiver.bench.peers;

import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** CPU time of all threads of this process. The JDK's own figure moves in steps of 10 ms; the system's clock behind it does not. */
@SuppressWarnings("restricted")
final class CpuClock {
    private static final OperatingSystemMXBean COARSE =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    /** CLOCK_PROCESS_CPUTIME_ID. */
    private static final int CLOCK = System.getProperty("os.name").startsWith("Mac") ? 12 : 2;

    private static final MemorySegment TIME = Arena.global().allocate(16, 8);
    private static final Optional<MethodHandle> FINE = Linker.nativeLinker()
            .defaultLookup()
            .find("clock_gettime")
            .map(function -> Linker.nativeLinker()
                    .downcallHandle(
                            function,
                            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS)));

    private CpuClock() {}

    static synchronized long nanos() {
        if (FINE.isPresent()) {
            try {
                if ((int) FINE.get().invokeExact(CLOCK, TIME) == 0) {
                    return TIME.get(ValueLayout.JAVA_LONG, 0) * 1_000_000_000 + TIME.get(ValueLayout.JAVA_LONG, 8);
                }
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
        return COARSE.getProcessCpuTime();
    }
}
