package dev.quiver.index.vector;

import dev.quiver.index.memory.OffHeap;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Chooses the kernels once, when the class is first used, and says which in the log. */
public final class KernelChoice {
    private static final System.Logger LOG = System.getLogger(KernelChoice.class.getName());
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final Kernels BEST = choose();

    private KernelChoice() {}

    /** The fastest kernels that this process can run. */
    public static Kernels best() {
        return BEST;
    }

    private static Kernels choose() {
        Kernels scalar = new ScalarKernels();
        if (ModuleLayer.boot().findModule(VECTOR_MODULE).isEmpty()) {
            LOG.log(
                    Level.WARNING,
                    "Quiver scores vectors with the scalar kernels, several times slower than SIMD. Start the JVM with --add-modules="
                            + VECTOR_MODULE + " to use the Vector API.");
            return scalar;
        }
        Kernels simd = new VectorApiKernels();
        if (!agrees(simd, scalar)) {
            LOG.log(Level.ERROR, "The kernels " + simd.name() + " disagree with the scalar ones here; using scalar.");
            return scalar;
        }
        LOG.log(Level.INFO, "Quiver scores vectors with the kernels " + simd.name() + ".");
        return simd;
    }

    /** A wrong SIMD result would be a wrong answer in silence: one row through each kernel costs microseconds. */
    private static boolean agrees(Kernels a, Kernels b) {
        int dimension = 131;
        Random random = new Random(1);
        float[] x = new float[dimension];
        float[] q = new float[dimension];
        byte[] codes = new byte[dimension];
        MemorySegment shorts = OffHeap.allocate(2L * dimension);
        for (int i = 0; i < dimension; i++) {
            x[i] = random.nextFloat() - 0.5f;
            q[i] = random.nextFloat() - 0.5f;
            codes[i] = (byte) (random.nextInt(255) - 127);
            OffHeap.putShort(shorts, 2L * i, (short) (random.nextInt(255) - 127));
        }
        MemorySegment row = OffHeap.copyOf(x);
        MemorySegment query = OffHeap.copyOf(q);
        MemorySegment bytes = OffHeap.copyOf(codes);
        float[] fa = new float[1];
        float[] fb = new float[1];
        int[] ia = new int[1];
        int[] ib = new int[1];
        a.dot(row, 0, 1, query, dimension, fa);
        b.dot(row, 0, 1, query, dimension, fb);
        boolean same = Math.abs(fa[0] - fb[0]) < 1e-3f;
        a.squaredDistance(row, 0, 1, query, dimension, fa);
        b.squaredDistance(row, 0, 1, query, dimension, fb);
        same &= Math.abs(fa[0] - fb[0]) < 1e-3f;
        a.dotInt8(bytes, 0, 1, shorts, dimension, ia);
        b.dotInt8(bytes, 0, 1, shorts, dimension, ib);
        return same && ia[0] == ib[0];
    }
}
