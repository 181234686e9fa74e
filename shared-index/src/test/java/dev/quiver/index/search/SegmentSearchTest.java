package dev.quiver.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.cluster.ClusterBuilder;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.search.SegmentSearch.Plan;
import dev.quiver.index.search.SegmentSearch.Wish;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.segment.Segments;
import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;

/** Search by clusters finds what it promises to find, on rows as they are and on rows as they should not be. */
class SegmentSearchTest {
    private static final int ROWS = 6000;
    private static final int K = 10;
    private static final Map<String, Segment> BUILT = new ConcurrentHashMap<>();

    private static Segment segment(String name, Metric metric, int rows, IntFunction<float[]> row) {
        return BUILT.computeIfAbsent(name + metric + rows, _ -> {
            float[][] vectors = new float[rows][];
            for (int i = 0; i < rows; i++) {
                vectors[i] = row.apply(i);
            }
            return Segments.of(vectors, metric);
        });
    }

    /** Gaussian clusters, which is what embeddings look like from afar. */
    private static IntFunction<float[]> clusters(int dimension, int count, double spread) {
        Random random = new Random(dimension);
        float[][] centres = new float[count][];
        for (int c = 0; c < count; c++) {
            centres[c] = gaussian(dimension, random);
        }
        return _ -> {
            float[] x = gaussian(dimension, random);
            float[] centre = centres[random.nextInt(count)];
            for (int i = 0; i < dimension; i++) {
                x[i] = (float) (centre[i] + spread * x[i]);
            }
            return x;
        };
    }

    private static float[] gaussian(int dimension, Random random) {
        float[] x = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            x[i] = (float) random.nextGaussian();
        }
        return x;
    }

    private static List<TopK.Candidate> search(
            Segment segment, SegmentSearch search, float[] q, double accuracy, long[] allowed, int k) {
        TopK top = new TopK(Math.clamp(BitSets.count(allowed), 1, k), Float.NEGATIVE_INFINITY);
        search.search(q, Wish.of(k, accuracy), allowed, 0, top);
        return top.best();
    }

    private static List<TopK.Candidate> truth(Segment segment, float[] q, long[] allowed, int k) {
        TopK top = new TopK(Math.clamp(BitSets.count(allowed), 1, k), Float.NEGATIVE_INFINITY);
        new ExactScan(KernelChoice.best(), segment.metric(), q).scan(0, Rows.of(segment, allowed), null, top);
        return top.best();
    }

    /** The share of hits that are no worse than the worst of the truth, so that ties count. */
    private static double recall(
            Segment segment, long[] allowed, double accuracy, int k, int queries, IntFunction<float[]> query) {
        SegmentSearch search = new SegmentSearch(segment);
        int found = 0;
        int wanted = 0;
        for (int i = 0; i < queries; i++) {
            float[] q = query.apply(i);
            List<TopK.Candidate> truth = truth(segment, q, allowed, k);
            List<TopK.Candidate> hits = search(segment, search, q, accuracy, allowed, k);
            Set<Integer> rows = new HashSet<>();
            float last = truth.getLast().similarity();
            // Rows in one direction differ by rounding.
            float worst = last - 1e-6f * Math.abs(last);
            for (TopK.Candidate c : hits) {
                assertThat(BitSets.get(allowed, c.row())).isTrue();
                assertThat(rows.add(c.row())).as("no row twice").isTrue();
                found += c.similarity() >= worst ? 1 : 0;
            }
            assertThat(hits).hasSameSizeAs(truth);
            wanted += truth.size();
        }
        return (double) found / wanted;
    }

    @Property(tries = 12, shrinking = ShrinkingMode.OFF)
    void theAskedShareIsFoundForQueriesThatAreNotRows(
            @ForAll Metric metric, @ForAll @IntRange(min = 0, max = 3) int which) {
        int dimension = new int[] {3, 33, 100, 300}[which];
        IntFunction<float[]> rows = clusters(dimension, 60, 0.7);
        Segment segment = segment("clusters" + dimension, metric, ROWS, rows);
        assertThat(segment.clusters()).isNotNull();
        IntFunction<float[]> queries = clusters(dimension, 60, 0.7);
        long[] all = BitSets.ones(ROWS);
        for (double accuracy : new double[] {0.9, 0.95, 0.99}) {
            assertThat(recall(segment, all, accuracy, K, 150, queries))
                    .as("%s, %s-d, accuracy %s", metric, dimension, accuracy)
                    .isGreaterThanOrEqualTo(accuracy - 0.02);
        }
        assertThat(recall(segment, all, 1, K, 20, queries)).isEqualTo(1);
        assertThat(recall(segment, all, 0.95, 1, 100, queries)).isGreaterThanOrEqualTo(0.9);
        assertThat(recall(segment, all, 0.95, 200, 50, queries))
                .as("%s, %s-d, 200 hits", metric, dimension)
                .isGreaterThanOrEqualTo(0.9);
        assertThat(recall(segment, all, 0.95, ROWS, 2, queries)).isEqualTo(1);
    }

    @Example
    void filtersOfEveryWidthAreSearchedWithinThem() {
        IntFunction<float[]> rows = clusters(64, 100, 0.8);
        int count = 30_000;
        Segment segment = segment("filtered", Metric.COSINE, count, rows);
        Random random = new Random(5);
        float[] direction = gaussian(64, random);
        for (double share : new double[] {0.9, 0.5, 0.1, 0.01, 0.001, 0.0001}) {
            long[] at = new long[(count + 63) / 64];
            long[] near = at.clone();
            long[] far = at.clone();
            for (int r = 0; r < count; r++) {
                float[] x = segment.vector(r);
                double along = 0;
                for (int i = 0; i < 64; i++) {
                    along += x[i] * direction[i];
                }
                set(at, r, random.nextDouble() < share);
                set(near, r, random.nextDouble() < share * 2 && along > 0);
                set(far, r, random.nextDouble() < share * 2 && along < 0);
            }
            for (Map.Entry<String, long[]> allowed :
                    new TreeMap<>(Map.of("random", at, "near", near, "far", far)).entrySet()) {
                if (BitSets.count(allowed.getValue()) == 0) {
                    continue;
                }
                double recall = recall(segment, allowed.getValue(), 0.95, K, 60, i -> {
                    float[] q = rows.apply(i);
                    for (int c = 0; c < 64; c++) {
                        q[c] += direction[c] / 4;
                    }
                    return q;
                });
                assertThat(recall).as("%s %s", allowed.getKey(), share).isGreaterThanOrEqualTo(0.92);
            }
        }
        SegmentSearch search = new SegmentSearch(segment);
        assertThat(search.plan(Wish.of(K, 0.95), 30)).isInstanceOf(Plan.Exact.class);
        assertThat(search.plan(Wish.of(K, 0.95), count)).isInstanceOf(Plan.Clusters.class);
        assertThat(search.plan(Wish.of(K, 1), count)).isInstanceOf(Plan.Exact.class);
        assertThat(search.plan(new Wish(K, 0.95, 3, 40), count)).isEqualTo(new Plan.Clusters(3, 40));
        assertThat(search(segment, search, direction, 0.95, new long[(count + 63) / 64], K))
                .isEmpty();
    }

    /** The hardest filters: the rows beyond a distance from the query, of which the nearest lie in clusters everywhere, and those between two distances. */
    @Example
    void filtersByTheDistanceItselfFindWhatIsAsked() {
        IntFunction<float[]> rows = clusters(64, 100, 0.8);
        int count = 30_000;
        Segment segment = segment("filtered", Metric.COSINE, count, rows);
        for (int[] range :
                new int[][] {{count / 2, count}, {9 * count / 10, count}, {100, count / 2}, {100, count / 5}}) {
            double recall = 0;
            for (int i = 0; i < 40; i++) {
                float[] q = rows.apply(count + i);
                List<TopK.Candidate> order = truth(segment, q, BitSets.ones(count), count);
                long[] allowed = new long[(count + 63) / 64];
                order.subList(range[0], range[1]).forEach(c -> set(allowed, c.row(), true));
                recall += recall(segment, allowed, 0.95, K, 1, _ -> q) / 40;
            }
            assertThat(recall).as("ranks %s to %s", range[0], range[1]).isGreaterThanOrEqualTo(0.9);
        }
    }

    private static void set(long[] bits, int i, boolean value) {
        if (value) {
            bits[i >>> 6] |= 1L << i;
        }
    }

    @Example
    void rowsAsTheyShouldNotBe() {
        Random random = new Random(11);
        float[] one = gaussian(20, random);
        Map<String, IntFunction<float[]>> kinds = Map.of(
                "all equal", _ -> one.clone(),
                "two values", i -> i % 2 == 0 ? one.clone() : negated(one),
                "many duplicates", i -> gaussian(20, new Random(i % 50)),
                "one constant component", i -> withConstant(gaussian(20, random)),
                "one component only", i -> single(20, 3, i),
                "heavy tails", i -> scaled(gaussian(20, random), Math.exp(4 * random.nextGaussian())),
                "one crowd", i -> scaled(gaussian(20, random), i < ROWS - 50 ? 1e-3 : 10),
                "integers", i -> new float[] {i % 7, i % 11, i % 13},
                "tiny", i -> scaled(gaussian(20, random), 1e-15),
                "huge", i -> scaled(gaussian(20, random), 5e17));
        for (Map.Entry<String, IntFunction<float[]>> kind : new TreeMap<>(kinds).entrySet()) {
            for (Metric metric : Metric.values()) {
                Segment segment = segment(
                        kind.getKey(),
                        metric,
                        ROWS,
                        i -> nonZero(kind.getValue().apply(i)));
                long[] all = BitSets.ones(ROWS);
                SegmentSearch search = new SegmentSearch(segment);
                int largest = 0;
                for (int c = 0; c < segment.clusters().clusters(); c++) {
                    largest = Math.max(
                            largest,
                            segment.clusters().firstRow()[c + 1]
                                    - segment.clusters().firstRow()[c]);
                }
                assertThat(largest).as(kind.getKey()).isLessThanOrEqualTo(1024);
                double recall = recall(segment, all, 0.95, K, 60, i -> segment.vector(i * 97 % ROWS));
                assertThat(recall).as("%s, %s", kind.getKey(), metric).isGreaterThanOrEqualTo(0.93);
                assertThat(search(segment, search, segment.vector(5), 0.95, all, K)
                                .getFirst()
                                .similarity())
                        .isEqualTo(truth(segment, segment.vector(5), all, K)
                                .getFirst()
                                .similarity());
            }
        }
    }

    private static float[] nonZero(float[] x) {
        x[0] = x[0] == 0 ? Float.MIN_NORMAL * 1e20f : x[0];
        return x;
    }

    private static float[] negated(float[] x) {
        return scaled(x.clone(), -1);
    }

    private static float[] scaled(float[] x, double by) {
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (x[i] * by);
        }
        return x;
    }

    private static float[] withConstant(float[] x) {
        x[0] = 50;
        return x;
    }

    private static float[] single(int dimension, int at, int value) {
        float[] x = new float[dimension];
        x[at] = 1 + value;
        return x;
    }

    @Example
    void everyDimensionHasClusters() {
        for (int dimension : new int[] {1, 2, 5, 64, 1025, Vectors.MAX_DIMENSION}) {
            int rows = ClusterBuilder.LEAST_ROWS;
            IntFunction<float[]> source = clusters(dimension, 50, 0.5);
            Segment segment = segment("dimension " + dimension, Metric.EUCLIDEAN, rows, source);
            assertThat(segment.clusters().dimension()).isEqualTo(dimension);
            assertThat(recall(segment, BitSets.ones(rows), 0.95, K, 30, source))
                    .as("%s-d", dimension)
                    .isGreaterThanOrEqualTo(0.9);
            BUILT.clear();
        }
    }

    @Example
    void manyThreadsGetTheAnswersOfOne() throws Exception {
        Segment segment = segment("clusters100", Metric.COSINE, ROWS, clusters(100, 60, 0.7));
        SegmentSearch search = new SegmentSearch(segment);
        long[] all = BitSets.ones(ROWS);
        IntFunction<float[]> queries = clusters(100, 60, 0.7);
        List<float[]> vectors = new ArrayList<>();
        List<List<TopK.Candidate>> alone = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            vectors.add(queries.apply(i));
            alone.add(search(segment, search, vectors.get(i), 0.95, all, K));
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            List<Callable<List<TopK.Candidate>>> tasks = new ArrayList<>();
            for (float[] q : vectors) {
                tasks.add(() -> search(segment, search, q, 0.95, all, K));
            }
            List<Future<List<TopK.Candidate>>> answers = threads.invokeAll(tasks);
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).get()).isEqualTo(alone.get(i));
            }
        }
    }
}
