package dev.quiver.index.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Zeroed memory of the C library, of which the system hands out pages as they are first touched. An {@link Arena} writes zeros into all of it first: for a segment of which a first query reads a hundredth,
 * that takes longer than the query.
 */
@SuppressWarnings("restricted")
final class LargeMemory {
    private static final boolean IMAGE = System.getProperty("org.graalvm.nativeimage.imagecode") != null;

    // Null if this process may not call C.
    private static final MethodHandle CALLOC;
    private static final MethodHandle FREE;

    static {
        MethodHandle calloc = null;
        MethodHandle free = null;
        if (!IMAGE) {
            try {
                Linker linker = Linker.nativeLinker();
                SymbolLookup library = linker.defaultLookup();
                calloc = linker.downcallHandle(
                        library.findOrThrow("calloc"),
                        FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
                free = linker.downcallHandle(
                        library.findOrThrow("free"), FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));
            } catch (RuntimeException | LinkageError e) {
                calloc = null;
            }
        }
        CALLOC = calloc;
        FREE = free;
    }

    private LargeMemory() {}

    /** Lives as long as it is reachable; aligned to {@link OffHeap#ALIGNMENT}. */
    static MemorySegment allocate(long bytes) {
        if (!IMAGE && CALLOC == null) {
            return OffHeap.allocate(bytes);
        }
        // What it is given is aligned to 16 bytes.
        long size = bytes + OffHeap.ALIGNMENT;
        MemorySegment start = calloc(size);
        if (start.address() == 0) {
            throw new OutOfMemoryError("There is no memory for a segment of " + bytes + " bytes");
        }
        MemorySegment memory = start.reinterpret(size, Arena.ofAuto(), LargeMemory::free);
        return memory.asSlice(OffHeap.align(start.address()) - start.address(), bytes);
    }

    private static MemorySegment calloc(long size) {
        if (IMAGE) {
            return ImageMemory.calloc(size);
        }
        try {
            return (MemorySegment) CALLOC.invokeExact(1L, size);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static void free(MemorySegment memory) {
        if (IMAGE) {
            ImageMemory.free(memory);
            return;
        }
        try {
            FREE.invokeExact(memory);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
