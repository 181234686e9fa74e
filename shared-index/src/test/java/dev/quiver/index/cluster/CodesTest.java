package dev.quiver.index.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.ScalarKernels;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Holds down what search by codes rests on: the rotation is orthogonal, tables and blocks give ⟨q − μ, g⟩, and the estimates are right on average. */
class CodesTest {
    @Provide
    Arbitrary<Integer> dimensions() {
        return Arbitraries.oneOf(
                Arbitraries.integers().between(1, 70), Arbitraries.of(100, 128, 255, 384, 768, 1536, 3000, 4096));
    }

    @Property(tries = 100)
    void theRotationKeepsProductsAndIsDefinedByItsSeed(@ForAll("dimensions") int dimension, @ForAll long seed) {
        Random random = new Random(seed);
        float[] x = gaussian(dimension, random);
        float[] y = gaussian(dimension, random);
        double before = dot(x, y);
        double norm = dot(x, x);
        float[] once = x.clone();
        float[] again = x.clone();
        new Rotation(dimension, seed).apply(once);
        new Rotation(dimension, seed).apply(again);
        assertThat(once).isEqualTo(again);
        new Rotation(dimension, seed).apply(y);
        double rounding = 1e-5 * Math.sqrt(norm * dot(y, y));
        assertThat(dot(once, y)).isCloseTo(before, within(rounding));
        assertThat(dot(once, once)).isCloseTo(norm, within(1e-5 * norm));
    }

    @Example
    void theRotationSpreadsAVectorThatLiesInOneComponent() {
        for (int dimension : new int[] {100, 384, 784, 1024}) {
            for (int one = 0; one < dimension; one += 37) {
                float[] x = new float[dimension];
                x[one] = 1;
                new Rotation(dimension, 1).apply(x);
                float largest = 0;
                for (float v : x) {
                    largest = Math.max(largest, Math.abs(v));
                }
                // Of a random direction it is about √(2 ln d / d).
                assertThat(largest).isLessThan((float) (2.6 * Math.sqrt(2 * Math.log(dimension) / dimension)));
            }
        }
    }

    @Property(tries = 150)
    void tablesAndBlocksGiveTheProductWithTheCode(
            @ForAll("dimensions") int dimension,
            @ForAll("bits") int bits,
            @ForAll Metric metric,
            @ForAll @IntRange(min = 1, max = 64) int rows,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] mean = gaussian(dimension, random);
        float[] centroid = gaussian(dimension, random);
        float[] query = gaussian(dimension, random);
        Quantizer quantizer = new Quantizer(dimension, bits, metric, mean);
        int pairs = Blocks.pairs(dimension, bits);
        assertThat(pairs % 2).isZero();
        MemorySegment block = OffHeap.allocate(Blocks.bytes(pairs));
        Blocks.clear(block, pairs);
        QueryTable table = new QueryTable(dimension, bits);
        float[] centred = query.clone();
        for (int i = 0; i < dimension; i++) {
            centred[i] -= mean[i];
        }
        table.set(centred);
        double[] expected = new double[rows];
        double[] tolerance = new double[rows];
        for (int r = 0; r < rows; r++) {
            quantizer.encode(gaussian(dimension, random), centroid, 0);
            Blocks.put(block, pairs, r, quantizer, dimension, bits);
            double product = 0;
            for (int i = 0; i < dimension; i++) {
                product += centred[i] * (quantizer.code(i) - ((1 << bits) - 1) / 2.0);
            }
            expected[r] = 0.25f + quantizer.offset() + quantizer.scale() * product;
            // Each entry is rounded by half a step.
            tolerance[r] = quantizer.scale() * table.step() * (bits * ((dimension + 3) / 4)) * 0.5
                    + 1e-4 * (1 + Math.abs(expected[r]) + Math.abs(quantizer.offset()));
        }
        float[] estimates = new float[64];
        long[] passed = new long[1];
        new ScalarKernels()
                .estimate(
                        block,
                        0,
                        1,
                        -1,
                        table.entries(),
                        pairs,
                        0.25f,
                        table.low(),
                        table.step(),
                        Float.NEGATIVE_INFINITY,
                        estimates,
                        passed);
        assertThat(passed[0]).isEqualTo(rows == 64 ? -1L : (1L << rows) - 1);
        for (int r = 0; r < rows; r++) {
            assertThat((double) estimates[r]).isCloseTo(expected[r], within(tolerance[r]));
        }
        for (int e = 0; e < 16 * bits * ((dimension + 3) / 4); e++) {
            assertThat((int) table.entries()[e]).isBetween(0, 63);
        }
    }

    @Provide
    Arbitrary<Integer> bits() {
        return Arbitraries.of(1, 2, 4);
    }

    @Example
    void estimatesAreRightOnAverageAndBetterWithMoreBits() {
        int dimension = 128;
        Random random = new Random(3);
        for (Metric metric : Metric.values()) {
            double before = Double.MAX_VALUE;
            for (int bits : new int[] {1, 2, 4}) {
                double bias = 0;
                double error = 0;
                int n = 3000;
                float[] mean = new float[dimension];
                float[] centroid = gaussian(dimension, random);
                float[] query = gaussian(dimension, random);
                double qc = similarity(metric, query, centroid);
                for (int r = 0; r < n; r++) {
                    float[] x = gaussian(dimension, random);
                    for (int i = 0; i < dimension; i++) {
                        x[i] = centroid[i] + 0.5f * x[i];
                    }
                    Quantizer quantizer = new Quantizer(dimension, bits, metric, mean);
                    quantizer.encode(x, centroid, 0);
                    double product = 0;
                    for (int i = 0; i < dimension; i++) {
                        product += query[i] * (quantizer.code(i) - ((1 << bits) - 1) / 2.0);
                    }
                    double d = qc + quantizer.offset() + quantizer.scale() * product - similarity(metric, query, x);
                    bias += d / n;
                    error += d * d / n;
                }
                double deviation = Math.sqrt(error);
                assertThat(Math.abs(bias)).as("%s, %s bits", metric, bits).isLessThan(4 * deviation / Math.sqrt(n));
                assertThat(deviation).isLessThan(0.75 * before);
                before = deviation;
            }
        }
    }

    @Example
    void aRowOnItsCentroidHasItsEstimateWithoutError() {
        float[] c = {1, -2, 3};
        for (int bits : new int[] {1, 2, 4}) {
            Quantizer quantizer = new Quantizer(3, bits, Metric.EUCLIDEAN, new float[3]);
            quantizer.encode(c.clone(), c, 0);
            assertThat(quantizer.scale()).isZero();
            assertThat(quantizer.offset()).isEqualTo(-0.0f);
        }
    }

    @Example
    void aCalibrationIsReadAsItWasWritten() {
        Calibration c = new Calibration(
                7,
                12,
                new int[] {1, 2, 9},
                new int[] {10, 20},
                new float[][] {{.1f, .2f}, {.3f, .5f}, {.8f, .97f}},
                new int[] {10, 100},
                new float[][] {{.2f, .6f, 1}, {.1f, .3f, .9f}});
        byte[] bytes = c.encode();
        assertThat(bytes).hasSize(Calibration.ENCODED_BYTES);
        Calibration read = Calibration.decode(bytes, 9);
        assertThat(read).usingRecursiveComparison().isEqualTo(c);
        assertThat(read.effort(0.5, 10, 1)).isEqualTo(new Calibration.Effort(2, 20));
        assertThat(read.effort(0.9, 10, 1)).isEqualTo(new Calibration.Effort(9, 20));
        assertThat(read.effort(0.99, 10, 1)).as("the most there is").isEqualTo(new Calibration.Effort(9, 20));
        assertThat(read.probes(10, 0.6)).isEqualTo(2);
        assertThat(read.probes(100, 0.9)).isEqualTo(9);
        assertThat(read.probes(1000, 0.5)).isGreaterThan(read.probes(100, 0.5));
        assertThat(Calibration.decode(Calibration.none().encode(), 1).isNone()).isTrue();
        bytes[4] = 127;
        assertThatThrownBy(() -> Calibration.decode(bytes, 9)).isInstanceOf(CorruptDataException.class);
    }

    private static double similarity(Metric metric, float[] q, float[] x) {
        if (metric != Metric.EUCLIDEAN) {
            return dot(q, x);
        }
        double sum = 0;
        for (int i = 0; i < q.length; i++) {
            sum -= ((double) q[i] - x[i]) * (q[i] - x[i]);
        }
        return sum;
    }

    private static float[] gaussian(int dimension, Random random) {
        float[] x = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static double dot(float[] x, float[] y) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += (double) x[i] * y[i];
        }
        return sum;
    }
}
