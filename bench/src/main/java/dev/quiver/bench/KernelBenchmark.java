package dev.quiver.bench;

import dev.quiver.index.cluster.Blocks;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.segment.SegmentWriter.QueryCodes;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/** The kernels under JMH, over so few rows that they stay in the core's own cache. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KernelBenchmark {
    static final int ROWS = 32;
    private static final int WARMUP_CALLS = 3000;
    static final int BLOCKS = 16;

    /** A kind of kernels, see {@link KernelChoice#PROPERTY}. */
    @Param({"scalar", "vector-api", "c"})
    public String kernels;

    @Param({"100", "384", "1536"})
    public int dimension;

    private final float[] scores = new float[ROWS];
    private final int[] dots = new int[ROWS];
    private Kernels chosen;
    private MemorySegment vectors;
    private MemorySegment codes;
    private MemorySegment query;
    private MemorySegment queryCodes;
    private int pairs;
    private MemorySegment blocks;
    private byte[] table;
    private final float[] estimates = new float[Blocks.ROWS * BLOCKS];
    private final long[] passed = new long[BLOCKS];

    @Setup
    public void prepare(BenchmarkParams benchmark) {
        chosen = KernelChoice.choose(kernels);
        Random random = new Random(1);
        vectors = OffHeap.allocate(4L * ROWS * dimension);
        codes = OffHeap.allocate((long) ROWS * dimension);
        for (int i = 0; i < ROWS * dimension; i++) {
            OffHeap.putFloat(vectors, 4L * i, random.nextFloat() - 0.5f);
            OffHeap.putByte(codes, i, (byte) (random.nextInt(255) - 127));
        }
        float[] q = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            q[i] = random.nextFloat() - 0.5f;
        }
        query = OffHeap.copyOf(q);
        queryCodes = QueryCodes.of(q).codes();
        pairs = Blocks.pairs(dimension, 1);
        byte[] bytes = new byte[BLOCKS * Blocks.bytes(pairs)];
        random.nextBytes(bytes);
        blocks = OffHeap.copyOf(bytes);
        for (int b = 0; b < BLOCKS; b++) {
            long tail = (long) b * Blocks.bytes(pairs) + (long) Blocks.ROWS * pairs;
            for (int i = 0; i < 2 * Blocks.ROWS; i++) {
                OffHeap.putFloat(blocks, tail + 4L * i, random.nextFloat());
            }
        }
        table = new byte[32 * pairs + 64];
        for (int i = 0; i < 32 * pairs; i++) {
            table[i] = (byte) random.nextInt(64);
        }
        compile(benchmark.getBenchmark());
    }

    /** By a number of calls: on a busy machine a warm-up by time may be over before the Vector API is compiled, which without is 1000× slower. */
    private void compile(String benchmark) {
        for (int i = 0; i < WARMUP_CALLS; i++) {
            switch (benchmark.substring(benchmark.lastIndexOf('.') + 1)) {
                case "dot" -> dot();
                case "squaredDistance" -> squaredDistance();
                case "dotInt8" -> dotInt8();
                case "estimate" -> estimate();
                default -> throw new IllegalArgumentException(benchmark);
            }
        }
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] dot() {
        chosen.dot(vectors, 0, ROWS, query, dimension, scores);
        return scores;
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public float[] squaredDistance() {
        chosen.squaredDistance(vectors, 0, ROWS, query, dimension, scores);
        return scores;
    }

    @Benchmark
    @OperationsPerInvocation(ROWS)
    public int[] dotInt8() {
        chosen.dotInt8(codes, 0, ROWS, queryCodes, dimension, dots);
        return dots;
    }

    /** Codes of one bit a component. */
    @Benchmark
    @OperationsPerInvocation(Blocks.ROWS * BLOCKS)
    public float[] estimate() {
        chosen.estimate(blocks, 0, BLOCKS, -1, table, pairs, 0, -1, 0.01f, 0, estimates, passed);
        return estimates;
    }
}
