package dev.quiver.index.search;

import dev.quiver.index.cluster.Calibration;
import dev.quiver.index.cluster.ClusterIndex;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.segment.Segment;
import dev.quiver.index.vector.KernelChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Measures a new segment: some of its rows are searched for exactly, and then it is counted how early a search by clusters would have met their neighbours. */
public final class Calibrator {
    private static final int MOST_QUERIES = 240;
    private static final int LEAST_QUERIES = 48;
    /** Components that the exact searches may read, so that measuring stays a small part of building. */
    private static final double BUDGET = 8e9;

    private static final int[] DEPTHS = {10, 30, 100, 300, 1000};
    private static final int[] CANDIDATES = {
        10, 12, 14, 17, 20, 24, 29, 35, 42, 50, 60, 72, 86, 103, 124, 149, 179, 215, 258, 310, 372, 446, 600, 800, 1000
    };
    /** One query in so many looks for neighbours of all depths, the others only for the first. */
    private static final int DEEP = 4;

    /** Rows that are put in the order of their int8 codes, to see how far that is from the true one. */
    private static final int COMPARED = 80;

    /** Share of the first neighbours that the int8 codes may lose. */
    private static final double INT8_LOSS = 0.002;

    /** Neighbours of a depth that are looked for. */
    private static final int PER_DEPTH = 10;

    /** Beyond this part of the clusters no row comes between the first neighbours any more. */
    private static final int FAR = 8;

    private Calibrator() {}

    /** @return what was found out; none if the segment has no clusters */
    public static Calibration measure(Segment segment) {
        ClusterIndex index = segment.clusters();
        if (index == null) {
            return Calibration.none();
        }
        int rows = segment.rows();
        int queries = (int) Math.clamp(BUDGET / ((double) rows * segment.dimension()), LEAST_QUERIES, MOST_QUERIES);
        queries = Math.min(queries, rows);
        int[] probes = probes(index.clusters());
        int[] depths = Arrays.stream(DEPTHS).filter(d -> d < rows).toArray();
        SplittableRandom random = new SplittableRandom(rows);
        int[] chosen = new int[queries];
        for (int q = 0; q < queries; q++) {
            int from = (int) ((long) rows * q / queries);
            int to = (int) ((long) rows * (q + 1) / queries);
            chosen[q] = random.nextInt(from, to);
        }
        List<Counts> counts = IntStream.range(0, queries)
                .parallel()
                .mapToObj(q -> count(segment, chosen[q], probes, q % DEEP == 0 ? depths : Arrays.copyOf(depths, 1)))
                .toList();
        float[][] recall = new float[probes.length][CANDIDATES.length];
        float[][] reached = new float[depths.length][probes.length];
        int deep = (queries + DEEP - 1) / DEEP;
        for (Counts c : counts) {
            for (int p = 0; p < probes.length; p++) {
                add(recall[p], c.recall[p], queries);
            }
            for (int d = 0; d < c.reached.length; d++) {
                add(reached[d], c.reached[d], d == 0 ? queries : deep);
            }
        }
        int[] ranks = counts.stream()
                .flatMapToInt(c -> Arrays.stream(c.int8Ranks))
                .sorted()
                .toArray();
        int exactly = ranks.length == 0 ? Calibration.K : 1 + ranks[(int) ((1 - INT8_LOSS) * (ranks.length - 1))];
        return new Calibration(
                queries, Math.max(exactly, Calibration.K), probes, CANDIDATES.clone(), recall, depths, reached);
    }

    private static void add(float[] sum, float[] part, int of) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += part[i] / of;
        }
    }

    /** Steps of about a fifth, up to all clusters. */
    private static int[] probes(int clusters) {
        List<Integer> probes = new ArrayList<>();
        for (double p = 1; p < clusters; p = Math.max(p + 1, p * 1.2)) {
            probes.add((int) p);
        }
        probes.add(clusters);
        int[] all = probes.stream().mapToInt(Integer::intValue).toArray();
        // The steps may be too many for the place that is kept; then the widest last step covers the rest.
        return all.length <= 60
                ? all
                : IntStream.concat(Arrays.stream(all, 0, 59), IntStream.of(clusters))
                        .toArray();
    }

    /** @param int8Ranks of the first neighbours, from 0 */
    private record Counts(float[][] recall, float[][] reached, int[] int8Ranks) {}

    private static Counts count(Segment segment, int row, int[] probes, int[] depths) {
        ClusterIndex index = segment.clusters();
        float[] vector = segment.vector(row);
        int deepest = Math.max(depths[depths.length - 1], Math.min(COMPARED, segment.rows() - 1));
        TopK top = new TopK(deepest + 1, Float.NEGATIVE_INFINITY);
        Rows rows = Rows.of(segment, BitSets.ones(segment.rows()));
        new ExactScan(KernelChoice.best(), segment.metric(), vector).scan(0, rows, null, top);
        int[] neighbours = top.best().stream()
                .mapToInt(TopK.Candidate::row)
                .filter(r -> r != row)
                .limit(deepest)
                .toArray();

        ClusterScan scan = new ClusterScan(KernelChoice.best(), index);
        scan.begin(vector);
        int ordered = scan.order(index.clusters());
        int[] place = new int[index.clusters()];
        for (int p = 0; p < ordered; p++) {
            place[scan.probe(p)] = p;
        }
        float[][] reached = new float[depths.length][probes.length];
        for (int d = 0; d < depths.length; d++) {
            int from = Math.max(0, depths[d] - Math.max(PER_DEPTH, depths[d] / 4));
            int until = Math.min(neighbours.length, depths[d]);
            for (int n = from; n < until; n++) {
                int p = place[clusterOf(index, neighbours[n])];
                for (int i = 0; i < probes.length; i++) {
                    if (p < probes[i]) {
                        reached[d][i] += 1f / (until - from);
                    }
                }
            }
        }
        return new Counts(
                recall(index, scan, row, neighbours, place, probes), reached, int8Ranks(rows, scan, neighbours));
    }

    private static int[] int8Ranks(Rows rows, ClusterScan scan, int[] neighbours) {
        float[] scores = scan.int8Scores(rows, Arrays.copyOf(neighbours, Math.min(COMPARED, neighbours.length)));
        int[] ranks = new int[Math.min(Calibration.K, scores.length)];
        for (int n = 0; n < ranks.length; n++) {
            for (float score : scores) {
                ranks[n] += score > scores[n] ? 1 : 0;
            }
        }
        return ranks;
    }

    /** For each of the first neighbours: how many rows of the clusters read so far are estimated above it. */
    private static float[][] recall(
            ClusterIndex index, ClusterScan scan, int row, int[] neighbours, int[] place, int[] probes) {
        int k = Math.min(Calibration.K, neighbours.length);
        float[][] recall = new float[probes.length][CANDIDATES.length];
        float[] estimates = new float[k];
        int last = 0;
        for (int n = 0; n < k; n++) {
            int cluster = clusterOf(index, neighbours[n]);
            float[] all = scan.estimates(place[cluster]);
            estimates[n] = all[neighbours[n] - index.firstRow()[cluster]];
            last = Math.max(last, place[cluster]);
        }
        int[] above = new int[k];
        int step = 0;
        for (int p = 0; p < index.clusters() && step < probes.length; p++) {
            int cluster = scan.probe(p);
            int first = index.firstRow()[cluster];
            int count = index.firstRow()[cluster + 1] - first;
            float[] all = scan.estimates(p);
            int self = row - first;
            for (int n = 0; n < k; n++) {
                float estimate = estimates[n];
                int higher = 0;
                for (int i = 0; i < count; i++) {
                    higher += all[i] > estimate && i != self ? 1 : 0;
                }
                above[n] += higher;
            }
            if (p + 1 == probes[step]) {
                for (int n = 0; n < k; n++) {
                    if (place[clusterOf(index, neighbours[n])] <= p) {
                        for (int c = 0; c < CANDIDATES.length; c++) {
                            if (above[n] < CANDIDATES[c]) {
                                recall[step][c] += 1f / k;
                            }
                        }
                    }
                }
                step++;
                if (p >= last && p >= index.clusters() / FAR) {
                    break;
                }
            }
        }
        for (; step > 0 && step < probes.length; step++) {
            recall[step] = recall[step - 1].clone();
        }
        return recall;
    }

    private static int clusterOf(ClusterIndex index, int row) {
        int at = Arrays.binarySearch(index.firstRow(), row);
        return at >= 0 ? at : -at - 2;
    }
}
