package dev.quiver.index.memory;

import java.lang.foreign.MemorySegment;
import org.graalvm.nativeimage.UnmanagedMemory;
import org.graalvm.word.PointerBase;
import org.graalvm.word.WordFactory;

/** {@link LargeMemory} in a native image. Only an image loads this class: the JVM does not need GraalVM's API. */
final class ImageMemory {
    private ImageMemory() {}

    static MemorySegment calloc(long size) {
        PointerBase memory = UnmanagedMemory.calloc(WordFactory.unsigned(size));
        return MemorySegment.ofAddress(memory.rawValue());
    }

    static void free(MemorySegment memory) {
        UnmanagedMemory.free(WordFactory.pointer(memory.address()));
    }
}
