package dev.quiver.bench;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/** Memory in pages of 2 MiB where Linux grants them on request: fewer address translations, and prefetchers that need not stop every 4 KiB. */
@SuppressWarnings("restricted")
final class HugePages {
    private static final long PAGE = 2 << 20;
    private static final int READ_WRITE = 1 | 2;
    private static final int PRIVATE_ANONYMOUS = 2 | 0x20;
    private static final int MADV_HUGEPAGE = 14;

    private HugePages() {}

    /** Zeroed memory that is never returned, or nothing where the system has no such pages. */
    static Optional<MemorySegment> allocate(long bytes) {
        boolean linux = System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux");
        String setting = Machine.hugePages();
        if (!linux || !(setting.contains("[madvise]") || setting.contains("[always]"))) {
            return Optional.empty();
        }
        try {
            MethodHandle mmap = function(
                    "mmap",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_LONG,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_INT,
                            ValueLayout.JAVA_LONG));
            MethodHandle madvise = function(
                    "madvise",
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            long size = (bytes + PAGE - 1) / PAGE * PAGE;
            long mapped = (long) mmap.invokeExact(0L, size + PAGE, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped == -1) {
                return Optional.empty();
            }
            long aligned = (mapped + PAGE - 1) / PAGE * PAGE;
            int refused = (int) madvise.invokeExact(aligned, size, MADV_HUGEPAGE);
            return refused == 0 ? Optional.of(MemorySegment.ofAddress(aligned).reinterpret(bytes)) : Optional.empty();
        } catch (Throwable e) {
            throw new IllegalStateException("mmap could not be called", e);
        }
    }

    /** How many bytes of this process lie in huge pages. */
    static long granted() {
        return Machine.read("/proc/self/smaps_rollup")
                .lines()
                .filter(l -> l.startsWith("AnonHugePages:"))
                .mapToLong(l -> 1024 * Long.parseLong(l.replaceAll("\\D", "")))
                .sum();
    }

    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }
}
