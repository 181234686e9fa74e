package dev.quiver.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/**
 * The SIMD kernels give the answers of the scalar ones for every dimension, wherever the rows lie, and read nothing beyond them: all memory here ends
 * with the last row.
 */
class KernelsTest {
    private static final Kernels SCALAR = new ScalarKernels();
    private static final Kernels SIMD = new VectorApiKernels();
    private static final List<Kernels> ALL = List.of(SCALAR, SIMD);

    @Provide
    Arbitrary<Integer> dimensions() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, 140),
                Arbitraries.integers().between(1, Vectors.MAX_DIMENSION),
                Arbitraries.of(256, 384, 512, 768, 1024, 1536, 3072, 4095, 4096));
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void int8ProductsAreExact(
            @ForAll("dimensions") int dimension,
            @ForAll @IntRange(min = 0, max = 5) int rows,
            @ForAll @IntRange(min = 0, max = 67) int offset,
            @ForAll boolean extreme,
            @ForAll long seed) {
        checkInt8(dimension, rows, offset, extreme, new Random(seed));
    }

    @Example
    void int8ProductsAreExactForEveryTail() {
        Random random = new Random(7);
        for (int dimension = 1; dimension <= 300; dimension++) {
            checkInt8(dimension, 2, 1, dimension % 2 == 0, random);
        }
        checkInt8(Vectors.MAX_DIMENSION, 3, 3, true, random);
    }

    private static void checkInt8(int dimension, int rows, int offset, boolean extreme, Random random) {
        MemorySegment values = OffHeap.allocate(offset + (long) rows * dimension);
        MemorySegment query = OffHeap.allocate(2L * dimension);
        for (long i = offset; i < values.byteSize(); i++) {
            OffHeap.putByte(values, i, int8(random, extreme));
        }
        for (int i = 0; i < dimension; i++) {
            OffHeap.putShort(query, 2L * i, int8(random, extreme));
        }
        for (Kernels k : ALL) {
            int[] dots = new int[rows + 1];
            dots[rows] = 4711;
            k.dotInt8(values, offset, rows, query, dimension, dots);
            for (int r = 0; r < rows; r++) {
                int truth = 0;
                for (int i = 0; i < dimension; i++) {
                    truth += OffHeap.getByte(values, offset + (long) r * dimension + i)
                            * OffHeap.getShort(query, 2L * i);
                }
                assertThat(dots[r])
                        .as("%s, row %s of dimension %s", k.name(), r, dimension)
                        .isEqualTo(truth);
            }
            assertThat(dots[rows]).isEqualTo(4711);
        }
    }

    /** Extremes of one sign as often as not: their sums are the largest. */
    private static byte int8(Random random, boolean extreme) {
        return (byte) (extreme ? (random.nextInt(8) == 0 ? 127 : -127) : random.nextInt(255) - 127);
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void floatScoresAreRightUpToRounding(
            @ForAll("dimensions") int dimension,
            @ForAll @IntRange(min = 0, max = 5) int rows,
            @ForAll @IntRange(min = 0, max = 67) int offset,
            @ForAll @IntRange(min = -18, max = 17) int exponent,
            @ForAll long seed) {
        checkFloat(dimension, rows, offset, (float) Math.pow(10, exponent), new Random(seed));
    }

    @Example
    void floatScoresAreRightForEveryTail() {
        Random random = new Random(7);
        for (int dimension = 1; dimension <= 300; dimension++) {
            checkFloat(dimension, 2, 1, 1, random);
        }
        checkFloat(Vectors.MAX_DIMENSION, 3, 3, 1, random);
    }

    private static void checkFloat(int dimension, int rows, int offset, float magnitude, Random random) {
        MemorySegment values = OffHeap.allocate(offset + 4L * rows * dimension);
        MemorySegment query = OffHeap.allocate(4L * dimension);
        for (long i = offset; i < values.byteSize(); i += 4) {
            OffHeap.putFloat(values, i, (float) random.nextGaussian() * magnitude);
        }
        for (int i = 0; i < dimension; i++) {
            OffHeap.putFloat(query, 4L * i, (float) random.nextGaussian() * magnitude);
        }
        for (Kernels k : ALL) {
            float[] dots = new float[rows + 1];
            float[] distances = new float[rows + 1];
            dots[rows] = distances[rows] = 4711;
            k.dot(values, offset, rows, query, dimension, dots);
            k.squaredDistance(values, offset, rows, query, dimension, distances);
            for (int r = 0; r < rows; r++) {
                double dot = 0;
                double absolute = 0;
                double distance = 0;
                for (int i = 0; i < dimension; i++) {
                    double x = OffHeap.getFloat(values, offset + 4L * r * dimension + 4L * i);
                    double q = OffHeap.getFloat(query, 4L * i);
                    dot += x * q;
                    absolute += Math.abs(x * q);
                    distance += (x - q) * (x - q);
                }
                double rounding = (dimension + 3) * 0x1p-24;
                double underflow = dimension * (double) Float.MIN_VALUE;
                assertThat((double) dots[r])
                        .as("%s, dot of row %s of dimension %s", k.name(), r, dimension)
                        .isCloseTo(dot, within(rounding * absolute + underflow));
                assertThat((double) distances[r])
                        .as("%s, distance of row %s of dimension %s", k.name(), r, dimension)
                        .isCloseTo(distance, within(rounding * distance + underflow));
            }
            assertThat(dots[rows]).isEqualTo(4711);
            assertThat(distances[rows]).isEqualTo(4711);
        }
    }

    @Example
    void theChoiceIsSimdWhereTheModuleIsThere() {
        assertThat(KernelChoice.best().name()).startsWith("vector-api-");
    }
}
