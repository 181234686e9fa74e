package dev.quiver.index.vector;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/**
 * A wrong SIMD result would be a wrong answer in silence: a few rows go through each kernel and are compared with the scalar ones. Small, because a cold JVM interprets
 * it: most of its milliseconds there go into loading classes that the first query needs anyway.
 */
final class KernelCheck {
    private static final int DIMENSION = 37;
    private static final int ROWS = 5;
    private static final int PAIRS = 4;
    private static final int BLOCKS = 3;
    private static final int PANELS = 2;
    private static final int NEAREST_DIMENSION = 7;

    private static final int KEPT = 9;

    private static final int TIMES = 5;

    private final Random random = new Random(1);
    private final MemorySegment floats = OffHeap.copyOf(floats(ROWS * DIMENSION));
    private final MemorySegment query = OffHeap.copyOf(floats(DIMENSION));
    private final MemorySegment bytes = OffHeap.copyOf(bytes(ROWS * DIMENSION, 127));
    private final MemorySegment shorts = OffHeap.allocate(2L * DIMENSION);
    private final int[] ordinals = {3, 0, 3, 4, 1};
    private final MemorySegment blocks = OffHeap.copyOf(bytes(BLOCKS * (64 * PAIRS + 512), 128));
    private final byte[] table = new byte[32 * PAIRS + 64];
    private final float[] rows = floats(ROWS * NEAREST_DIMENSION);
    private final float[] panels = floats(PANELS * NEAREST_DIMENSION * Kernels.PANEL);
    private final float[] bias = floats(PANELS * Kernels.PANEL);
    private final int[] runs = {1, 2, 5, 0, 1, 200};
    private final float[] bases = floats(2);
    private final long[] allowed = {random.nextLong(), random.nextLong(), random.nextLong(), random.nextLong(), -1};
    private final float[] signs = floats(Kernels.ROTATION_ROUNDS * DIMENSION);

    /** What all kernels say to the same input. */
    private static final class Answers {
        private final float[][] floats = new float[4][ROWS];
        private final int[][] ints = new int[2][ROWS];
        private final float[] estimates = new float[64 * BLOCKS];
        private final long[] passed = new long[BLOCKS];
        private final int[] best = new int[ROWS];
        private final float[] score = new float[ROWS];
        private final long[] keys = new long[Kernels.room(KEPT)];
        private int kept;
        private final long[] selected = new long[3 * KEPT];
        private float[] rotated;
    }

    private KernelCheck() {
        for (int i = 0; i < DIMENSION; i++) {
            OffHeap.putShort(shorts, 2L * i, (short) (random.nextInt(255) - 127));
        }
        for (int i = 0; i < 32 * PAIRS; i++) {
            table[i] = (byte) random.nextInt(64);
        }
        for (int b = 0; b < BLOCKS; b++) {
            long tail = b * (64L * PAIRS + 512) + 64L * PAIRS;
            OffHeap.putFloats(blocks, tail, floats(128));
            OffHeap.putFloat(blocks, tail + 4L * 63, Float.NEGATIVE_INFINITY);
        }
        Arrays.fill(bias, 100, bias.length, Float.NEGATIVE_INFINITY);
    }

    /** Why the kernels must not be used, or null. */
    static String problem(Kernels kernels) {
        KernelCheck check = new KernelCheck();
        Kernels scalar = new ScalarKernels();
        Answers truth = check.ask(scalar);
        Answers answers = check.ask(kernels);
        if (!agree(answers, truth)) {
            return "its results differ from the scalar kernels'";
        }
        // Only where code is compiled ahead of time. On the JVM a measurement at the start would compare interpreters:
        // there
        // the Vector API is slow until it is compiled, always, and C is not.
        if (NativeImage.HERE && check.nanos(kernels) > check.nanos(scalar)) {
            return "it is slower than the scalar kernels here";
        }
        return null;
    }

    private long nanos(Kernels k) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < TIMES; i++) {
            long start = System.nanoTime();
            ask(k);
            least = Math.min(least, System.nanoTime() - start);
        }
        return least;
    }

    private Answers ask(Kernels k) {
        Answers a = new Answers();
        k.dot(floats, 0, ROWS, query, DIMENSION, a.floats[0]);
        k.squaredDistance(floats, 0, ROWS, query, DIMENSION, a.floats[1]);
        k.dotInt8(bytes, 0, ROWS, shorts, DIMENSION, a.ints[0]);
        k.dotAt(floats, ordinals, ROWS, query, DIMENSION, a.floats[2]);
        k.squaredDistanceAt(floats, ordinals, ROWS, query, DIMENSION, a.floats[3]);
        k.dotInt8At(bytes, ordinals, ROWS, shorts, DIMENSION, a.ints[1]);
        k.estimate(blocks, 0, BLOCKS, -1, table, PAIRS, 0.25f, -3, 0.01f, 0, a.estimates, a.passed);
        k.nearest(rows, ROWS, NEAREST_DIMENSION, panels, PANELS, bias, a.best, a.score);
        a.kept = k.collect(blocks, runs, bases, 0, 2, table, PAIRS, -3, 0.01f, allowed, KEPT, 0, a.keys);
        for (int i = 0; i < a.selected.length; i++) {
            a.selected[i] = Kernels.key(a.estimates[i], i);
        }
        k.select(a.selected.length, KEPT, a.selected);
        a.rotated = Arrays.copyOf(rows, DIMENSION);
        k.rotate(signs, DIMENSION, a.rotated);
        return a;
    }

    /** Integers and estimates to the bit; the rest up to the order of summation. */
    private static boolean agree(Answers a, Answers b) {
        boolean same = Arrays.deepEquals(a.ints, b.ints)
                && Arrays.equals(a.estimates, b.estimates)
                && Arrays.equals(a.passed, b.passed)
                && Arrays.equals(a.best, b.best)
                && near(a.score, b.score)
                && a.kept == b.kept
                && Arrays.equals(best(a.keys, a.kept), best(b.keys, b.kept))
                && Arrays.equals(best(a.selected, KEPT), best(b.selected, KEPT))
                && Arrays.equals(a.rotated, b.rotated);
        for (int i = 0; i < a.floats.length; i++) {
            same &= near(a.floats[i], b.floats[i]);
        }
        return same;
    }

    /** They are in no order. */
    private static long[] best(long[] keys, int count) {
        return Arrays.stream(keys, 0, count).sorted().toArray();
    }

    private static boolean near(float[] a, float[] b) {
        for (int i = 0; i < a.length; i++) {
            if (!(Math.abs(a[i] - b[i]) < 1e-4f)) {
                return false;
            }
        }
        return true;
    }

    private float[] floats(int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private byte[] bytes(int length, int largest) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) (random.nextInt(2 * largest + 1) - largest);
        }
        return values;
    }
}
