package dev.quiver.bench.peers;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** What the operating system does when memory is short, on request. */
@SuppressWarnings("restricted")
final class Paging {
    private static final int MADV_DONTNEED = 4;
    private static final long PAGE = 1 << 16;

    private Paging() {}

    /** Takes the pages of a mapped file away; who reads them next gets them from the file. Nothing where there is no madvise. */
    static void out(MemorySegment mapped) {
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("madvise").ifPresent(function -> {
            MethodHandle madvise = linker.downcallHandle(
                    function,
                    FunctionDescriptor.of(
                            ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            long from = (mapped.address() + PAGE - 1) / PAGE * PAGE;
            long to = (mapped.address() + mapped.byteSize()) / PAGE * PAGE;
            try {
                int refused = to <= from ? 0 : (int) madvise.invokeExact(from, to - from, MADV_DONTNEED);
                if (refused != 0) {
                    throw new IllegalStateException("madvise was refused");
                }
            } catch (RuntimeException e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
