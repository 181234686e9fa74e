package dev.quiver.index.vector;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Memory behind which a page cannot be read: a kernel in C that reads one byte too many ends the JVM. */
class KernelsAtTheEdgeTest {
    private static final int PAGE = 65_536;
    private static final int NOTHING = 0;
    private static final int READ_AND_WRITE = 3;

    private final Arena arena = Arena.ofConfined();
    private MemorySegment rows;
    private MemorySegment query;

    @BeforeEach
    void protect() throws Throwable {
        assumeTrue(System.getProperty("os.name").startsWith("Linux"));
        rows = guarded();
        query = guarded();
    }

    @AfterEach
    void free() throws Throwable {
        for (MemorySegment m : new MemorySegment[] {rows, query}) {
            if (m != null) {
                mprotect(m.address() + PAGE, READ_AND_WRITE);
            }
        }
        arena.close();
    }

    private MemorySegment guarded() throws Throwable {
        MemorySegment memory = arena.allocate(2 * PAGE, PAGE);
        mprotect(memory.address() + PAGE, NOTHING);
        return memory.asSlice(0, PAGE);
    }

    @SuppressWarnings("restricted")
    private static void mprotect(long address, int access) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle mprotect = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("mprotect"),
                FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
        assertThat((int) mprotect.invoke(MemorySegment.ofAddress(address), (long) PAGE, access))
                .isZero();
    }

    private static MemorySegment end(MemorySegment memory, long bytes) {
        return memory.asSlice(memory.byteSize() - bytes);
    }

    @Test
    void rowsAreNotReadBeyond() {
        float[] scores = new float[5];
        int[] dots = new int[5];
        for (Kernels k : FfmKernels.variants()) {
            for (int dimension = 1; dimension <= 300; dimension++) {
                for (int count = 1; count <= 5; count += 2) {
                    MemorySegment floats = end(rows, 4L * count * dimension);
                    MemorySegment bytes = end(rows, (long) count * dimension);
                    MemorySegment floatQuery = end(query, 4L * dimension);
                    MemorySegment shorts = end(query, 2L * dimension);
                    int[] ordinals = {count - 1, 0, count - 1};
                    k.dot(floats, 0, count, floatQuery, dimension, scores);
                    k.squaredDistance(floats, 0, count, floatQuery, dimension, scores);
                    k.dotInt8(bytes, 0, count, shorts, dimension, dots);
                    k.dotAt(floats, ordinals, 3, floatQuery, dimension, scores);
                    k.squaredDistanceAt(floats, ordinals, 3, floatQuery, dimension, scores);
                    k.dotInt8At(bytes, ordinals, 3, shorts, dimension, dots);
                }
            }
        }
    }

    @Test
    void blocksAreNotReadBeyond() {
        float[] estimates = new float[64 * 5];
        long[] passed = new long[5];
        long[] keys = new long[Kernels.room(3)];
        for (Kernels k : FfmKernels.variants()) {
            for (int pairs = 2; pairs <= 100; pairs += 2) {
                for (int count = 1; count <= 5; count++) {
                    MemorySegment blocks = end(rows, count * (64L * pairs + 512));
                    byte[] table = new byte[32 * pairs];
                    // What may be prefetched need not be there.
                    long next = blocks.byteSize() - 64;
                    k.estimate(blocks, 0, count, next, table, pairs, 0, 0, 1, 0, estimates, passed);
                    int[] runs = {0, count, 0, count - 1, 1, 64 * count};
                    k.collect(blocks, runs, new float[2], 0, 2, table, pairs, 0, 1, null, 3, 0, keys);
                }
            }
        }
    }
}
