package dev.quiver.index.vector;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.memory.OffHeap;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * How fast the kernels are in the process that asks, and whether they are right: for a JVM, cold and compiled, and for the inside of a native image, where a benchmark framework does not get. Prints a table; the arguments choose kinds or names of
 * kernels.
 *
 * <p>{@code java --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp … dev.quiver.index.vector.KernelTimes [c|vector-api|scalar|NAME]...}
 */
public final class KernelTimes {
    private static final int ROWS = 32;
    private static final int BLOCKS = 16;
    private static final int ROUNDS = 5;
    private static final long ROUND_NANOS = 100_000_000;
    private static final long BATCH_NANOS = 50_000;

    private final float[] scores = new float[ROWS];
    private final int[] dots = new int[ROWS];
    private final float[] estimates = new float[Blocks.ROWS * BLOCKS];
    private final long[] passed = new long[BLOCKS];
    private final int[] best = new int[ROWS];

    private KernelTimes() {}

    private record Case(String name, int rows, Runnable call) {}

    public static void main(String[] args) {
        new KernelTimes().print(List.of(args), System.out);
    }

    private void print(List<String> wanted, PrintStream out) {
        List<String> problems = new ArrayList<>();
        List<Kernels> all = KernelKind.open(wanted, problems);
        problems.forEach(out::println);
        out.println("| kernels | kernel | first call, ns a row | then, ns a row |");
        out.println("|---|---|---|---|");
        for (Kernels k : all) {
            for (Case c : cases(k)) {
                double first = (double) nanos(c, 1) / c.rows;
                double then = warm(c);
                out.printf(Locale.ROOT, "| %s | %s | %,.0f | %.2f |%n", k.name(), c.name, first, then);
            }
            String problem = k instanceof ScalarKernels ? null : KernelCheck.problem(k);
            if (problem != null) {
                out.println("| " + k.name() + " | refused: " + problem + " | | |");
            }
        }
    }

    /** The best of several rounds, so that what else the machine does counts least. */
    private static double warm(Case c) {
        double least = Double.POSITIVE_INFINITY;
        int batch = 1;
        for (int r = 0; r < ROUNDS; r++) {
            for (long left = ROUND_NANOS; left > 0; ) {
                long nanos = nanos(c, batch);
                left -= nanos;
                if (nanos < BATCH_NANOS) {
                    // The clock itself takes as long as a short call.
                    batch *= 2;
                } else {
                    least = Math.min(least, (double) nanos / batch / c.rows);
                }
            }
        }
        return least;
    }

    private static long nanos(Case c, int calls) {
        long start = System.nanoTime();
        for (int i = 0; i < calls; i++) {
            c.call.run();
        }
        return System.nanoTime() - start;
    }

    private List<Case> cases(Kernels k) {
        Random random = new Random(1);
        int d = 384;
        MemorySegment floats = OffHeap.copyOf(floats(random, ROWS * d));
        MemorySegment query = OffHeap.copyOf(floats(random, d));
        MemorySegment codes = OffHeap.copyOf(bytes(random, ROWS * d));
        MemorySegment shorts = OffHeap.allocate(2L * d);
        float[] panels = floats(random, 4 * Kernels.PANEL * d);
        float[] rows = floats(random, ROWS * d);
        float[] bias = new float[4 * Kernels.PANEL];
        float[] rotated = floats(random, d);
        float[] signs = new float[Kernels.ROTATION_ROUNDS * d];
        for (int i = 0; i < signs.length; i++) {
            // As if scaled: numbers that neither grow nor vanish.
            signs[i] = (random.nextBoolean() ? 1 : -1) / 16f;
        }
        return List.of(
                new Case("dot, 384-d", ROWS, () -> k.dot(floats, 0, ROWS, query, d, scores)),
                new Case("dot of one row, 384-d", 1, () -> k.dot(floats, 0, 1, query, d, scores)),
                new Case("squaredDistance, 384-d", ROWS, () -> k.squaredDistance(floats, 0, ROWS, query, d, scores)),
                new Case("dotInt8, 384-d", ROWS, () -> k.dotInt8(codes, 0, ROWS, shorts, d, dots)),
                estimate(k, "estimate, 1 bit, 384-d", Blocks.pairs(384, 1), BLOCKS, random),
                estimate(k, "estimate of one block, 1 bit, 384-d", Blocks.pairs(384, 1), 1, random),
                estimate(k, "estimate, 2 bits, 100-d", Blocks.pairs(100, 2), BLOCKS, random),
                collect(k, "collect 100 of 40 runs, 2 bits, 100-d", Blocks.pairs(100, 2), random),
                select(k, random),
                new Case("rotate, 384-d", 1, () -> k.rotate(signs, d, rotated)),
                new Case(
                        "nearest of 256, 384-d",
                        ROWS,
                        () -> k.nearest(rows, ROWS, d, panels, bias.length / Kernels.PANEL, bias, best, scores)));
    }

    /** Two blocks a run, which is what a cluster mostly has. */
    private static Case collect(Kernels k, String name, int pairs, Random random) {
        int count = 40;
        MemorySegment codes = blocks(random, 2 * count, pairs);
        byte[] table = table(random, pairs);
        int[] runs = new int[3 * count];
        for (int r = 0; r < count; r++) {
            runs[3 * r] = 2 * r;
            runs[3 * r + 1] = 2;
            runs[3 * r + 2] = 2 * Blocks.ROWS * r;
        }
        float[] bases = floats(random, count);
        long[] keys = new long[Kernels.room(100)];
        return new Case(
                name,
                2 * Blocks.ROWS * count,
                () -> k.collect(codes, runs, bases, 0, count, table, pairs, -1, 0.01f, null, 100, 0, keys));
    }

    private static Case select(Kernels k, Random random) {
        long[] given = random.longs(300).toArray();
        long[] keys = new long[given.length];
        return new Case("select 100 of 300", given.length, () -> {
            System.arraycopy(given, 0, keys, 0, keys.length);
            k.select(keys.length, 100, keys);
        });
    }

    private static MemorySegment blocks(Random random, int count, int pairs) {
        MemorySegment codes = OffHeap.copyOf(bytes(random, count * Blocks.bytes(pairs)));
        for (int b = 0; b < count; b++) {
            long tail = (long) b * Blocks.bytes(pairs) + (long) Blocks.ROWS * pairs;
            OffHeap.putFloats(codes, tail, floats(random, 2 * Blocks.ROWS));
        }
        return codes;
    }

    private static byte[] table(Random random, int pairs) {
        byte[] table = new byte[32 * pairs + 64];
        for (int i = 0; i < 32 * pairs; i++) {
            table[i] = (byte) random.nextInt(64);
        }
        return table;
    }

    private Case estimate(Kernels k, String name, int pairs, int blocks, Random random) {
        MemorySegment codes = blocks(random, BLOCKS, pairs);
        byte[] table = table(random, pairs);
        return new Case(
                name,
                Blocks.ROWS * blocks,
                () -> k.estimate(codes, 0, blocks, -1, table, pairs, 0, -1, 0.01f, 0, estimates, passed));
    }

    private static float[] floats(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    private static byte[] bytes(Random random, int length) {
        byte[] values = new byte[length];
        for (int i = 0; i < length; i++) {
            values[i] = (byte) (random.nextInt(255) - 127);
        }
        return values;
    }
}
