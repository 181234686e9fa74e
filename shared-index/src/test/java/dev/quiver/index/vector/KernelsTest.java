package dev.quiver.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * The SIMD kernels give the answers of the scalar ones for every dimension, wherever the rows lie, and read nothing beyond them: all memory here ends
 * with the last row.
 */
class KernelsTest {
    private static final Kernels SCALAR = new ScalarKernels();
    private static final Kernels SIMD = new VectorApiKernels();
    /** With every variant of the C kernels that this machine can run. */
    private static final List<Kernels> ALL = Stream.concat(Stream.of(SCALAR, SIMD), FfmKernels.variants().stream())
            .toList();

    private static final int UNTOUCHED = 4711;

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

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void rowsByOrdinalScoreAsTheyDoInARow(
            @ForAll("dimensions") int dimension,
            @ForAll @IntRange(min = 1, max = 9) int rows,
            @ForAll @IntRange(min = 0, max = 30) int count,
            @ForAll long seed) {
        Random random = new Random(seed);
        MemorySegment floats = OffHeap.copyOf(gaussians(random, rows * dimension));
        MemorySegment query = OffHeap.copyOf(gaussians(random, dimension));
        MemorySegment codes = OffHeap.allocate((long) rows * dimension);
        MemorySegment shorts = OffHeap.allocate(2L * dimension);
        for (int i = 0; i < rows * dimension; i++) {
            OffHeap.putByte(codes, i, int8(random, false));
        }
        for (int i = 0; i < dimension; i++) {
            OffHeap.putShort(shorts, 2L * i, int8(random, false));
        }
        // Drawn with repetition.
        int[] ordinals = random.ints(count, 0, rows).toArray();
        for (Kernels k : ALL) {
            float[] dots = new float[rows];
            float[] distances = new float[rows];
            int[] products = new int[rows];
            k.dot(floats, 0, rows, query, dimension, dots);
            k.squaredDistance(floats, 0, rows, query, dimension, distances);
            k.dotInt8(codes, 0, rows, shorts, dimension, products);
            float[] dotsAt = untouched(count + 1);
            float[] distancesAt = untouched(count + 1);
            int[] productsAt = new int[count + 1];
            productsAt[count] = UNTOUCHED;
            k.dotAt(floats, ordinals, count, query, dimension, dotsAt);
            k.squaredDistanceAt(floats, ordinals, count, query, dimension, distancesAt);
            k.dotInt8At(codes, ordinals, count, shorts, dimension, productsAt);
            for (int i = 0; i < count; i++) {
                // To the bit: equal rows are to be equally near wherever they stand.
                assertThat(dotsAt[i]).as(k.name()).isEqualTo(dots[ordinals[i]]);
                assertThat(distancesAt[i]).as(k.name()).isEqualTo(distances[ordinals[i]]);
                assertThat(productsAt[i]).as(k.name()).isEqualTo(products[ordinals[i]]);
            }
            assertThat(dotsAt[count]).isEqualTo(UNTOUCHED);
            assertThat(distancesAt[count]).isEqualTo(UNTOUCHED);
            assertThat(productsAt[count]).isEqualTo(UNTOUCHED);
        }
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void estimatesAreEqualToTheBit(
            @ForAll @IntRange(min = 1, max = 200) int halfPairs,
            @ForAll @IntRange(min = 0, max = 20) int count,
            @ForAll @IntRange(min = 0, max = 67) int offset,
            @ForAll boolean extreme,
            @ForAll boolean prefetch,
            @ForAll long seed) {
        checkEstimate(2 * halfPairs, count, offset, extreme, prefetch, new Random(seed));
    }

    @Example
    void estimatesAreEqualToTheBitForEveryNumberOfPairs() {
        Random random = new Random(7);
        for (int pairs = 2; pairs <= 400; pairs += 2) {
            checkEstimate(pairs, 1 + pairs / 2 % 3, 1, pairs % 4 == 0, false, random);
        }
    }

    @Example
    void sumsUpTo16BitsDoNotOverflow() {
        // The largest codes of 4 bits: 4 · 1,024 groups of at most 15, and fewer groups of 63 up to 65,535.
        checkEstimate(2048, 3, 0, true, false, new Random(1));
        checkEstimate(520, 3, 0, true, false, new Random(2));
    }

    /** @param extreme entries as large as a table may hold, so that the sums come near 65,535 */
    private static void checkEstimate(
            int pairs, int count, int offset, boolean extreme, boolean prefetch, Random random) {
        int bytes = 64 * pairs + 512;
        MemorySegment blocks = OffHeap.allocate(offset + (long) count * bytes);
        byte[] codes = new byte[64 * pairs];
        for (int b = 0; b < count; b++) {
            random.nextBytes(codes);
            long at = offset + (long) b * bytes;
            MemorySegment.copy(MemorySegment.ofArray(codes), 0, blocks, at, codes.length);
            for (int row = 0; row < 64; row++) {
                boolean there = random.nextInt(8) > 0;
                OffHeap.putFloat(
                        blocks,
                        at + codes.length + 4L * row,
                        there ? (float) random.nextGaussian() : Float.NEGATIVE_INFINITY);
                OffHeap.putFloat(blocks, at + codes.length + 256 + 4L * row, there ? (float) random.nextGaussian() : 0);
            }
        }
        byte[] table = new byte[32 * pairs + 64];
        random.nextBytes(table);
        int largest = Math.min(63, 65_535 / (2 * pairs));
        for (int i = 0; i < 32 * pairs; i++) {
            table[i] = (byte) (extreme ? largest : random.nextInt(largest + 1));
        }
        float base = (float) random.nextGaussian();
        float low = (float) random.nextGaussian();
        float step = random.nextFloat() / 1000;
        // Among the estimates, so that the comparison matters; or above all, or below.
        float threshold = random.nextInt(8) == 0 ? Float.NEGATIVE_INFINITY : (float) random.nextGaussian();
        long next = prefetch ? offset + (long) random.nextInt(count + 1) * bytes : -1;
        float[] truth = untouched(64 * count + 3);
        long[] passedTruth = new long[count + 1];
        passedTruth[count] = UNTOUCHED;
        SCALAR.estimate(blocks, offset, count, next, table, pairs, base, low, step, threshold, truth, passedTruth);
        for (Kernels k : ALL) {
            float[] estimates = untouched(64 * count + 3);
            long[] passed = new long[count + 1];
            passed[count] = UNTOUCHED;
            k.estimate(blocks, offset, count, next, table, pairs, base, low, step, threshold, estimates, passed);
            assertThat(estimates)
                    .as("%s, %s pairs, %s blocks", k.name(), pairs, count)
                    .isEqualTo(truth);
            assertThat(passed)
                    .as("%s, %s pairs, %s blocks", k.name(), pairs, count)
                    .isEqualTo(passedTruth);
        }
    }

    /** Few different scores, so that many are equal at the threshold. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void collectKeepsTheSameRowsToTheBit(
            @ForAll @IntRange(min = 1, max = 300) int count,
            @ForAll @IntRange(min = 1, max = 300) int wanted,
            @ForAll boolean ties,
            @ForAll boolean filtered,
            @ForAll long seed) {
        Random random = new Random(seed);
        int pairs = 2 * (1 + random.nextInt(4));
        int most = 12;
        MemorySegment blocks = OffHeap.allocate((long) most * (64 * pairs + 512));
        for (long i = 0; i < blocks.byteSize(); i++) {
            OffHeap.putByte(blocks, i, (byte) random.nextInt(256));
        }
        for (int b = 0; b < most; b++) {
            long tail = b * (64L * pairs + 512) + 64L * pairs;
            for (int row = 0; row < 64; row++) {
                float offset = ties ? random.nextInt(5) - 2 : (float) random.nextGaussian();
                OffHeap.putFloat(blocks, tail + 4L * row, random.nextInt(6) == 0 ? Float.NEGATIVE_INFINITY : offset);
                OffHeap.putFloat(blocks, tail + 256 + 4L * row, ties ? 0 : (float) random.nextGaussian());
            }
        }
        byte[] table = new byte[32 * pairs + 64];
        for (int i = 0; i < 32 * pairs; i++) {
            table[i] = (byte) random.nextInt(64);
        }
        int[] runs = new int[3 * count];
        float[] bases = new float[count];
        int row = 0;
        for (int r = 0; r < count; r++) {
            runs[3 * r] = random.nextInt(most);
            runs[3 * r + 1] = random.nextInt(1 + Math.min(most - runs[3 * r], 1 + 200 / count));
            runs[3 * r + 2] = row + random.nextInt(70);
            row = runs[3 * r + 2] + 64 * runs[3 * r + 1];
            bases[r] = ties ? 0 : (float) random.nextGaussian();
        }
        long[] allowed = filtered ? random.longs(row / 64 + 2).toArray() : null;
        int from = random.nextInt(count);
        int first = from + random.nextInt(count - from + 1);

        // All of them, sorted: those of equal scores at the end may be others.
        List<Long> all = new ArrayList<>();
        for (int r = from; r < count; r++) {
            for (int b = 0; b < runs[3 * r + 1]; b++) {
                float[] estimates = new float[64];
                long offset = (runs[3 * r] + b) * (64L * pairs + 512);
                SCALAR.estimate(blocks, offset, 1, -1, table, pairs, bases[r], -1, 0.01f, 0, estimates, new long[1]);
                for (int i = 0; i < 64; i++) {
                    int at = runs[3 * r + 2] + 64 * b + i;
                    if (estimates[i] > Float.NEGATIVE_INFINITY
                            && (allowed == null || (allowed[at >>> 6] >>> at & 1) != 0)) {
                        all.add(Kernels.key(estimates[i], at));
                    }
                }
            }
        }
        all.sort(Comparator.reverseOrder());
        List<Float> scores = all.stream().limit(wanted).map(Kernels::score).toList();

        long[] truth = null;
        for (Kernels k : ALL) {
            long[] keys = new long[Kernels.room(wanted) + 1];
            keys[keys.length - 1] = UNTOUCHED;
            // In two calls: what the first has kept stays in the running.
            int kept = k.collect(blocks, runs, bases, from, first, table, pairs, -1, 0.01f, allowed, wanted, 0, keys);
            kept = k.collect(blocks, runs, bases, first, count, table, pairs, -1, 0.01f, allowed, wanted, kept, keys);
            long[] found = Arrays.stream(keys, 0, kept).sorted().toArray();
            assertThat(Arrays.stream(found)
                            .mapToObj(Kernels::score)
                            .sorted(Comparator.reverseOrder())
                            .toList())
                    .as(k.name())
                    .isEqualTo(scores);
            assertThat(all)
                    .as(k.name())
                    .containsAll(Arrays.stream(found).boxed().toList());
            assertThat(found).as(k.name()).doesNotHaveDuplicates();
            truth = truth == null ? found : truth;
            assertThat(found).as(k.name()).isEqualTo(truth);
            assertThat(keys[keys.length - 1]).as(k.name()).isEqualTo(UNTOUCHED);
        }
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void selectMovesTheLargestToTheFront(
            @ForAll @IntRange(min = 0, max = 5_000) int size,
            @ForAll @IntRange(min = 0, max = 5_000) int wanted,
            @ForAll @IntRange(min = 0, max = 2) int kind,
            @ForAll long seed) {
        Random random = new Random(seed);
        long[] given = new long[size + 1];
        for (int i = 0; i < size; i++) {
            given[i] = switch (kind) {
                case 0 -> random.nextLong();
                case 1 -> random.nextInt(7) - 3;
                default -> i;
            };
        }
        given[size] = UNTOUCHED;
        long[] sorted = Arrays.stream(given, 0, size).sorted().toArray();
        int from = Math.max(0, size - wanted);
        for (Kernels k : ALL) {
            long[] keys = given.clone();
            k.select(size, wanted, keys);
            assertThat(Arrays.stream(keys, 0, size - from).sorted().toArray())
                    .as("%s: %s of %s", k.name(), wanted, size)
                    .isEqualTo(Arrays.copyOfRange(sorted, from, size));
            assertThat(Arrays.stream(keys, 0, size).sorted().toArray()).isEqualTo(sorted);
            assertThat(keys[size]).isEqualTo(UNTOUCHED);
        }
    }

    @Example
    void keysOrderAsScoresDo() {
        float[] scores = {
            Float.NEGATIVE_INFINITY,
            -1e30f,
            -1,
            -Float.MIN_VALUE,
            -0f,
            0,
            Float.MIN_VALUE,
            1,
            1e30f,
            Float.POSITIVE_INFINITY
        };
        for (int i = 1; i < scores.length; i++) {
            assertThat(Kernels.key(scores[i], 0)).isGreaterThan(Kernels.key(scores[i - 1], Integer.MAX_VALUE));
        }
        assertThat(Kernels.key(1, 8)).isGreaterThan(Kernels.key(1, 7));
        assertThat(Kernels.score(Kernels.key(-2.5f, 7))).isEqualTo(-2.5f);
        assertThat(Kernels.row(Kernels.key(-2.5f, 7))).isEqualTo(7);
    }

    @Example
    void rotationsAreEqualToTheBit() {
        Random random = new Random(5);
        for (int d = 1; d <= 1100; d += d < 140 ? 1 : 17) {
            float[] signs = gaussians(random, Kernels.ROTATION_ROUNDS * d);
            float[] given = gaussians(random, d + 1);
            given[d] = UNTOUCHED;
            float[] truth = given.clone();
            SCALAR.rotate(signs, d, truth);
            for (Kernels k : ALL) {
                float[] x = given.clone();
                k.rotate(signs, d, x);
                assertThat(x).as("%s, %s", k.name(), d).isEqualTo(truth);
            }
        }
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void nearestFindsTheBestColumn(
            @ForAll @IntRange(min = 1, max = 130) int dimension,
            @ForAll @IntRange(min = 0, max = 9) int count,
            @ForAll @IntRange(min = 1, max = 3) int panelCount,
            @ForAll @IntRange(min = 0, max = 64) int absent,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] rows = gaussians(random, count * dimension);
        float[] panels = gaussians(random, panelCount * dimension * Kernels.PANEL);
        float[] bias = gaussians(random, panelCount * Kernels.PANEL);
        Arrays.fill(bias, bias.length - absent, bias.length, Float.NEGATIVE_INFINITY);
        for (Kernels k : ALL) {
            int[] best = new int[count + 1];
            best[count] = UNTOUCHED;
            float[] score = untouched(count + 1);
            k.nearest(rows, count, dimension, panels, panelCount, bias, best, score);
            for (int r = 0; r < count; r++) {
                double most = Double.NEGATIVE_INFINITY;
                double chosen = Double.NEGATIVE_INFINITY;
                double absolute = 0;
                for (int c = 0; c < bias.length; c++) {
                    double sum = bias[c];
                    for (int i = 0; i < dimension; i++) {
                        int at = Kernels.PANEL * (c / Kernels.PANEL * dimension + i) + c % Kernels.PANEL;
                        sum += (double) rows[r * dimension + i] * panels[at];
                        absolute = Math.max(absolute, Math.abs(rows[r * dimension + i] * panels[at]));
                    }
                    most = Math.max(most, sum);
                    chosen = c == best[r] ? sum : chosen;
                }
                if (most == Double.NEGATIVE_INFINITY) {
                    assertThat(best[r]).as(k.name()).isZero();
                    assertThat(score[r]).as(k.name()).isEqualTo(Float.NEGATIVE_INFINITY);
                    continue;
                }
                double rounding = (dimension + 3) * 0x1p-23 * (dimension * absolute + 10);
                assertThat((double) score[r]).as(k.name()).isCloseTo(most, within(rounding));
                assertThat(chosen).as(k.name()).isCloseTo(most, within(rounding));
            }
            assertThat(best[count]).isEqualTo(UNTOUCHED);
            assertThat(score[count]).isEqualTo(UNTOUCHED);
        }
    }

    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void nearestTakesTheFirstOfEquals(
            @ForAll @IntRange(min = 1, max = 40) int dimension,
            @ForAll @IntRange(min = 1, max = 9) int count,
            @ForAll @IntRange(min = 1, max = 3) int panelCount,
            @ForAll long seed) {
        // Small whole numbers: sums are exact in any order, and many are equal.
        Random random = new Random(seed);
        float[] rows = small(random, count * dimension);
        float[] panels = small(random, panelCount * dimension * Kernels.PANEL);
        float[] bias = small(random, panelCount * Kernels.PANEL);
        int[] truth = new int[count];
        float[] scoreTruth = new float[count];
        SCALAR.nearest(rows, count, dimension, panels, panelCount, bias, truth, scoreTruth);
        for (Kernels k : ALL) {
            int[] best = new int[count];
            float[] score = new float[count];
            k.nearest(rows, count, dimension, panels, panelCount, bias, best, score);
            assertThat(best).as(k.name()).isEqualTo(truth);
            assertThat(score).as(k.name()).isEqualTo(scoreTruth);
        }
    }

    @Example
    void callsThatAreCutInPartsAreWhole() {
        int dimension = 3000;
        int count = 100;
        int panelCount = 7;
        Random random = new Random(1);
        float[] rows = small(random, count * dimension);
        float[] panels = small(random, panelCount * dimension * Kernels.PANEL);
        float[] bias = small(random, panelCount * Kernels.PANEL);
        int[] truth = new int[count];
        float[] scoreTruth = new float[count];
        SIMD.nearest(rows, count, dimension, panels, panelCount, bias, truth, scoreTruth);
        for (Kernels k : FfmKernels.variants()) {
            int[] best = new int[count];
            float[] score = new float[count];
            k.nearest(rows, count, dimension, panels, panelCount, bias, best, score);
            assertThat(best).as(k.name()).isEqualTo(truth);
            assertThat(score).as(k.name()).isEqualTo(scoreTruth);
        }
    }

    @Example
    void cIsNotToldOfMemoryThatIsNotThere() {
        MemorySegment rows = OffHeap.allocate(10 * 4 * 8);
        MemorySegment query = OffHeap.allocate(4 * 8);
        MemorySegment blocks = OffHeap.allocate(3 * (64 * 2 + 512));
        for (Kernels k : FfmKernels.variants()) {
            refused(() -> k.dot(rows, 0, 11, query, 8, new float[11]));
            refused(() -> k.dot(rows, 1, 10, query, 8, new float[11]));
            refused(() -> k.dot(rows, -1, 1, query, 8, new float[11]));
            refused(() -> k.dot(rows, 0, 10, query, 8, new float[9]));
            refused(() -> k.dot(rows, 0, 1, query, 9, new float[9]));
            refused(() -> k.dotInt8(rows, 0, 1, query, 17, new int[9]));
            refused(() -> k.dotAt(rows, new int[] {0, 10}, 2, query, 8, new float[2]));
            refused(() -> k.dotAt(rows, new int[] {0, -1}, 2, query, 8, new float[2]));
            refused(() -> k.squaredDistanceAt(rows, new int[] {10}, 1, query, 8, new float[2]));
            refused(() -> k.dotInt8At(rows, new int[] {40}, 1, query, 8, new int[2]));
            refused(() -> k.dotInt8At(rows, new int[] {39}, 2, query, 8, new int[2]));
            refused(() -> estimate(k, blocks, 4, 64, 256, 4));
            refused(() -> estimate(k, blocks, 3, 63, 256, 3));
            refused(() -> estimate(k, blocks, 3, 64, 191, 3));
            refused(() -> estimate(k, blocks, 3, 64, 192, 2));
            refused(() -> k.nearest(new float[15], 2, 8, new float[512], 1, new float[64], new int[2], new float[2]));
            refused(() -> k.nearest(new float[16], 2, 8, new float[511], 1, new float[64], new int[2], new float[2]));
            estimate(k, blocks, 3, 64, 192, 3);
            // What is right but for one thing: 3 blocks, 2 words of bits, a table of 2 pairs, room for 4 keys.
            int room = Kernels.room(4);
            assertThat(collect(k, blocks, new int[] {0, 3, 0}, 64, 3, 4, 0, room))
                    .isZero();
            refused(() -> collect(k, blocks, new int[] {0, 4, 0}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {3, 1, 0}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {-1, 1, 0}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {1, -1, 0}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE, 0}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, -64}, 64, 4, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, 64}, 64, 3, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3}, 64, 3, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, 0}, 63, 3, 4, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, 0}, 64, 3, 0, 0, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, 0}, 64, 3, 4, 5, room));
            refused(() -> collect(k, blocks, new int[] {0, 3, 0}, 64, 3, 4, 0, room - 1));
            refused(() -> collect(k, blocks, new int[] {0, 3, 0}, 64, 3, Integer.MAX_VALUE, 0, room));
            refused(() -> k.select(5, 2, new long[4]));
            refused(() -> k.select(-1, 2, new long[4]));
            refused(() -> k.rotate(new float[31], 8, new float[8]));
            refused(() -> k.rotate(new float[32], 8, new float[7]));
        }
    }

    private static int collect(
            Kernels k, MemorySegment blocks, int[] runs, int table, int words, int wanted, int size, int room) {
        return k.collect(
                blocks,
                runs,
                new float[1],
                0,
                1,
                new byte[table],
                2,
                -1,
                0.01f,
                new long[words],
                wanted,
                size,
                new long[room]);
    }

    private static void estimate(Kernels k, MemorySegment blocks, int count, int table, int estimates, int passed) {
        k.estimate(blocks, 0, count, -1, new byte[table], 2, 0, 0, 1, 0, new float[estimates], new long[passed]);
    }

    private static void refused(ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Example
    void theCheckAcceptsKernelsThatAreRight() {
        for (Kernels k : ALL) {
            assertThat(KernelCheck.problem(k)).as(k.name()).isNull();
        }
    }

    /** In each method one bit of one result is wrong. */
    @Example
    void theCheckRefusesKernelsThatAreWrong() {
        for (Method broken : Kernels.class.getMethods()) {
            if (broken.getName().equals("name") || Modifier.isStatic(broken.getModifiers())) {
                continue;
            }
            Kernels k = (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (_, method, arguments) -> {
                        Object result = method.invoke(SCALAR, arguments);
                        if (method.equals(broken)) {
                            switch (arguments[arguments.length - 1]) {
                                case float[] scores -> scores[2] += 0.01f;
                                case int[] scores -> scores[2]++;
                                case long[] passed -> passed[1] ^= 1;
                                default -> throw new AssertionError(method);
                            }
                        }
                        return result;
                    });
            assertThat(KernelCheck.problem(k)).as(broken.getName()).contains("differ");
        }
    }

    private static float[] untouched(int length) {
        float[] values = new float[length];
        Arrays.fill(values, UNTOUCHED);
        return values;
    }

    private static float[] gaussians(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] small(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = random.nextInt(5) - 2;
        }
        return values;
    }
}
