package dev.quiver.index.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.Segments;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.ScalarKernels;
import dev.quiver.index.vector.Vectors;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntPredicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * The codes may only save work: with them the scan answers exactly what it answers without, whatever the data look like, and both answer what a sum
 * in double precision says.
 */
class ExactScanTest {
    /** Shapes of data that break a bound that is only nearly right. */
    enum Shape {
        RANDOM,
        CLUSTERED,
        DUPLICATES,
        HEAVY_TAILED,
        TINY,
        DENORMAL,
        HUGE,
        MIXED_NORMS,
        SMALL_INTEGERS,
        WITH_ZERO_ROWS,
        ONE_DIRECTION,
        /** Lossless codes and sums that are equal but for the order of adding: only the slack for rounding is left. */
        PERMUTED,
        /** The same where products are rounded to multiples of the least float. */
        UNDERFLOWING,
        /** What the rows' codes lose points in the query's direction: the bound is attained. */
        LOSS_OF_ROWS_ALIGNED,
        /** What the query's codes lose points in the rows' direction. */
        LOSS_OF_QUERY_ALIGNED
    }

    record Case(
            Shape shape,
            Metric metric,
            int rows,
            int dimension,
            int k,
            int liveOf8,
            int acceptOf8,
            boolean floor,
            long seed) {}

    @Provide
    Arbitrary<Case> cases() {
        return Combinators.combine(
                        Arbitraries.of(Shape.class),
                        Arbitraries.of(Metric.class),
                        Arbitraries.oneOf(
                                Arbitraries.integers().between(1, 70),
                                Arbitraries.integers().between(200, 1500)),
                        Arbitraries.of(1, 2, 3, 7, 8, 16, 33, 64, 100, 129),
                        Arbitraries.of(1, 2, 5, 10, 50),
                        Arbitraries.of(8, 8, 7, 4, 1),
                        Arbitraries.of(8, 8, 4, 1))
                .flatAs((shape, metric, rows, dimension, k, live, accept) -> Combinators.combine(
                                Arbitraries.of(true, false, false), Arbitraries.longs())
                        .as((floor, seed) -> new Case(shape, metric, rows, dimension, k, live, accept, floor, seed)));
    }

    @Property(tries = 500, edgeCases = EdgeCasesMode.NONE)
    void theScanWithCodesAnswersWhatTheScanWithoutAnswers(@ForAll("cases") Case c) {
        Random random = new Random(c.seed);
        float[][] rows = data(c, c.rows, random);
        float[] query =
                switch (c.shape) {
                    case PERMUTED -> constant(c.dimension, 1.1f);
                    case UNDERFLOWING -> constant(c.dimension, c.metric == Metric.DOT ? 0x1.3p-83f : 0x1.3p-74f);
                    case LOSS_OF_ROWS_ALIGNED -> constant(c.dimension, 127);
                    case LOSS_OF_QUERY_ALIGNED -> lossy(c, 0.49f);
                    default -> random.nextInt(4) == 0 ? rows[random.nextInt(rows.length)] : data(c, 1, random)[0];
                };
        if (c.metric == Metric.COSINE && Vectors.norm(query) < 1e-18) {
            query = rows[0];
        }
        Segment segment = Segments.of(rows, c.metric);
        long[] live = live(c, random);
        boolean[] accepted = new boolean[c.rows];
        for (int i = 0; i < c.rows; i++) {
            accepted[i] = random.nextInt(8) < c.acceptOf8;
        }
        IntPredicate accept = c.acceptOf8 == 8 ? null : i -> accepted[i];
        float floor = c.floor
                ? (float) similarity(c.metric, query, rows[random.nextInt(rows.length)])
                : Float.NEGATIVE_INFINITY;

        Kernels scalar = new ScalarKernels();
        List<TopK.Candidate> without = scan(scalar, c, segment, live, false, query, accept, floor);
        assertThat(scan(scalar, c, segment, live, true, query, accept, floor)).isEqualTo(without);
        checkAgainstDouble(c, without, rows, query, live, accept, floor);

        // A SIMD sum may be added up in another order once it is compiled, so there the answers agree but for rounding.
        checkAgainstDouble(
                c,
                scan(KernelChoice.best(), c, segment, live, true, query, accept, floor),
                rows,
                query,
                live,
                accept,
                floor);
    }

    @Example
    void codesSaveMostOfTheWork() {
        Random random = new Random(11);
        int dimension = 96;
        float[][] centres = new float[50][];
        Arrays.setAll(centres, _ -> gaussian(dimension, 1, random));
        float[][] rows = new float[20_000][];
        Arrays.setAll(rows, _ -> around(centres[random.nextInt(50)], 0.6f, random));
        long[] live = BitSets.ones(rows.length);
        for (Metric metric : Metric.values()) {
            Segment segment = Segments.of(rows, metric);
            long scored = 0;
            for (int n = 0; n < 10; n++) {
                float[] query = around(centres[random.nextInt(50)], 0.6f, random);
                ExactScan scan = new ExactScan(KernelChoice.best(), metric, query);
                scan.scan(0, rows(segment, live, true), null, new TopK(10, Float.NEGATIVE_INFINITY));
                scored += scan.rowsScored();
            }
            assertThat(scored / 10.0)
                    .as("rows scored of 20,000 under %s", metric)
                    .isLessThan(7_000);
        }
    }

    @Example
    void aRowIsNearestToItself() {
        Random random = new Random(3);
        float[][] rows = new float[700][];
        Arrays.setAll(rows, _ -> gaussian(48, 1, random));
        for (Metric metric : List.of(Metric.COSINE, Metric.EUCLIDEAN)) {
            Segment segment = Segments.of(rows, metric);
            for (int r = 0; r < rows.length; r += 50) {
                TopK top = new TopK(1, Float.NEGATIVE_INFINITY);
                new ExactScan(KernelChoice.best(), metric, rows[r])
                        .scan(3, rows(segment, BitSets.ones(rows.length), true), null, top);
                TopK.Candidate best = top.best().getFirst();
                assertThat(best.block()).isEqualTo(3);
                assertThat(best.row()).isEqualTo(r);
                assertThat(metric.score(best.similarity()))
                        .isCloseTo(metric == Metric.COSINE ? 1f : 0f, within(1e-6f))
                        .isLessThanOrEqualTo(1f);
            }
        }
    }

    private static List<TopK.Candidate> scan(
            Kernels kernels,
            Case c,
            Segment segment,
            long[] live,
            boolean codes,
            float[] query,
            IntPredicate accept,
            float floor) {
        TopK top = new TopK(c.k, floor);
        new ExactScan(kernels, c.metric, query).scan(0, rows(segment, live, codes), accept, top);
        return top.best();
    }

    private static Rows rows(Segment segment, long[] live, boolean codes) {
        return new Rows(
                segment.rows(),
                segment.vectors(),
                segment.norms(),
                codes ? new Rows.Codes(segment.codes(), segment.scales(), segment.errors()) : null,
                live);
    }

    private static void checkAgainstDouble(
            Case c,
            List<TopK.Candidate> found,
            float[][] rows,
            float[] query,
            long[] live,
            IntPredicate accept,
            float floor) {
        double longest = 0;
        int allowed = 0;
        int clearlyAbove = 0;
        double[] truth = new double[rows.length];
        for (int r = 0; r < rows.length; r++) {
            longest = Math.max(longest, Vectors.norm(rows[r]));
        }
        double q = Vectors.norm(query);
        double tolerance = 4
                        * 0x1p-24
                        * (c.dimension + 8)
                        * switch (c.metric) {
                            case COSINE -> 1;
                            case DOT -> q * longest;
                            case EUCLIDEAN -> (q + longest) * (q + longest);
                        }
                + 2 * (c.dimension + 8) * (double) Float.MIN_VALUE;
        for (int r = 0; r < rows.length; r++) {
            boolean possible = BitSets.get(live, r) && (accept == null || accept.test(r));
            truth[r] = possible ? similarity(c.metric, query, rows[r]) : Double.NEGATIVE_INFINITY;
            if (possible) {
                allowed++;
                if (truth[r] > floor + tolerance) {
                    clearlyAbove++;
                }
            }
        }
        double[] sorted = truth.clone();
        Arrays.sort(sorted);
        assertThat(found.size()).isBetween(Math.min(c.k, clearlyAbove), Math.min(c.k, allowed));
        assertThat(found.stream().map(TopK.Candidate::row).distinct()).hasSize(found.size());
        for (int i = 0; i < found.size(); i++) {
            TopK.Candidate f = found.get(i);
            assertThat((double) f.similarity()).isCloseTo(truth[f.row()], within(tolerance));
            assertThat(f.similarity()).isGreaterThanOrEqualTo(floor);
            assertThat(truth[f.row()]).isGreaterThanOrEqualTo(sorted[sorted.length - 1 - i] - 2 * tolerance);
            if (i > 0) {
                assertThat(f.similarity()).isLessThanOrEqualTo(found.get(i - 1).similarity());
            }
        }
    }

    private static double similarity(Metric metric, float[] a, float[] b) {
        double dot = 0;
        double distance = 0;
        for (int i = 0; i < a.length; i++) {
            dot += (double) a[i] * b[i];
            distance += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return switch (metric) {
            case COSINE -> dot / Vectors.norm(a) / Vectors.norm(b);
            case DOT -> dot;
            case EUCLIDEAN -> -distance;
        };
    }

    private static long[] live(Case c, Random random) {
        long[] live = BitSets.ones(c.rows);
        for (int i = 0; i < c.rows; i++) {
            if (random.nextInt(8) >= c.liveOf8) {
                BitSets.clear(live, i);
            }
        }
        if (random.nextInt(3) == 0) {
            Arrays.fill(live, 0, live.length / 2, 0);
        }
        return live;
    }

    private static float[][] data(Case c, int count, Random random) {
        Random fixed = new Random(c.seed + 1);
        float[][] centres = new float[5][];
        Arrays.setAll(centres, _ -> gaussian(c.dimension, 1, fixed));
        float[][] rows = new float[count][];
        for (int r = 0; r < count; r++) {
            rows[r] = switch (c.shape) {
                case RANDOM -> gaussian(c.dimension, 1, random);
                case CLUSTERED -> around(centres[random.nextInt(5)], 0.05f, random);
                case DUPLICATES -> centres[random.nextInt(5)].clone();
                case HEAVY_TAILED -> {
                    float[] x = gaussian(c.dimension, 1, random);
                    x[random.nextInt(c.dimension)] = 1e6f * (random.nextBoolean() ? 1 : -1);
                    yield x;
                }
                case TINY -> gaussian(c.dimension, 1e-15f, random);
                case DENORMAL -> gaussian(c.dimension, c.metric == Metric.COSINE ? 1e-17f : 1e-23f, random);
                case HUGE -> gaussian(c.dimension, 1e17f, random);
                case MIXED_NORMS -> gaussian(c.dimension, (float) Math.pow(10, random.nextInt(33) - 16), random);
                case SMALL_INTEGERS -> {
                    float[] x = new float[c.dimension];
                    for (int i = 0; i < x.length; i++) {
                        x[i] = random.nextInt(5) - 2;
                    }
                    yield x;
                }
                case WITH_ZERO_ROWS ->
                    random.nextInt(3) == 0 ? new float[c.dimension] : gaussian(c.dimension, 1, random);
                case PERMUTED, UNDERFLOWING -> {
                    float[] x = constant(c.dimension, 127);
                    for (int i = 1; i < x.length; i++) {
                        x[i] = fixed.nextInt(255) - 127;
                    }
                    shuffle(x, random);
                    float scale = c.shape == Shape.PERMUTED ? 0.1f : c.metric == Metric.DOT ? 0x1.7p-67f : 0x1.7p-80f;
                    for (int i = 0; i < x.length; i++) {
                        x[i] *= scale;
                    }
                    fixed.setSeed(c.seed + 1);
                    yield x;
                }
                case LOSS_OF_ROWS_ALIGNED -> lossy(c, 0.45f + 0.04f * random.nextFloat());
                case LOSS_OF_QUERY_ALIGNED -> constant(c.dimension, 127 * (1 + random.nextInt(64) * 0x1p-10f));
                case ONE_DIRECTION -> {
                    float[] x = centres[0].clone();
                    float factor = 1 + random.nextInt(1000) / 1000f;
                    for (int i = 0; i < x.length; i++) {
                        x[i] *= factor;
                    }
                    yield x;
                }
            };
            if (c.metric == Metric.COSINE && Vectors.norm(rows[r]) < 1e-18) {
                rows[r][0] = 1;
            }
            if (Vectors.norm(rows[r]) > 4.6e18) {
                rows[r] = gaussian(c.dimension, 1e10f, random);
            }
        }
        return rows;
    }

    private static void shuffle(float[] x, Random random) {
        for (int i = x.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            float y = x[i];
            x[i] = x[j];
            x[j] = y;
        }
    }

    private static float[] constant(int dimension, float value) {
        float[] x = new float[dimension];
        Arrays.fill(x, value);
        return x;
    }

    /** All components but the first, which sets the scale, lie this far above what their codes stand for. */
    private static float[] lossy(Case c, float loss) {
        Random fixed = new Random(c.seed + 1);
        float[] x = new float[c.dimension];
        for (int i = 0; i < x.length; i++) {
            x[i] = i == 0 ? 127 : fixed.nextInt(127) + loss;
        }
        return x;
    }

    private static float[] gaussian(int dimension, float size, Random random) {
        float[] x = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            x[i] = (float) random.nextGaussian() * size;
        }
        return x;
    }

    private static float[] around(float[] centre, float spread, Random random) {
        float[] x = centre.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] += (float) random.nextGaussian() * spread;
        }
        return x;
    }
}
