package dev.quiver.index.cluster;

import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;
import java.util.Arrays;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Rows parted into clusters of about {@value #ROWS_PER_CLUSTER} by k-means (Lloyd's iterations on a sample, then every row to its nearest centroid). No cluster is much larger than the others: what a query reads for one probe is bounded whatever the
 * data.
 *
 * <p>Memory: eight bytes a row, the sample and the centroids.
 */
final class Clustering {
    static final int ROWS_PER_CLUSTER = 128;

    /** A cluster with more rows is cut. */
    private static final int LARGEST = 8 * ROWS_PER_CLUSTER;

    /** Of the sample, each iteration looks at every so many-th row: the first ones only have to find out roughly where the rows are. */
    private static final int[] STRIDES = {8, 8, 4, 4, 2, 2, 1, 1};

    /** For the parts of a cluster. */
    private static final int[] FEWER_STRIDES = {4, 2, 1, 1};

    private static final int LEAST_PER_CLUSTER = 10;
    private static final int LEAST_SAMPLE = 20_000;
    private static final int SAMPLE_PER_CLUSTER = 100;
    /** However many rows there are; the sample lies in the heap. */
    private static final long SAMPLE_BYTES = Math.clamp(Runtime.getRuntime().maxMemory() / 6, 16L << 20, 256L << 20);

    private static final int CHUNK = 512;
    private final RotatedRows rows;
    private final int dimension;
    private final SplittableRandom random;
    private final Kernels kernels = KernelChoice.best();
    private float[] centroids;
    private int[] cluster;

    /**
     * @param centroids f32[count × dimension]
     * @param starts for each cluster its first position in {@code order}, then the number of rows; no cluster is empty
     * @param order the rows, cluster by cluster, in their own order inside a cluster
     */
    record Result(float[] centroids, int[] starts, int[] order) {
        int count() {
            return starts.length - 1;
        }
    }

    private Clustering(RotatedRows rows, int dimension, SplittableRandom random) {
        this.rows = rows;
        this.dimension = dimension;
        this.random = random;
    }

    static Result of(RotatedRows rows, int dimension, long seed) {
        return new Clustering(rows, dimension, new SplittableRandom(seed)).run();
    }

    private Result run() {
        int n = rows.count();
        int wanted = Math.max(1, Math.round((float) n / ROWS_PER_CLUSTER));
        long size = Math.min(n, Math.max(LEAST_SAMPLE, (long) SAMPLE_PER_CLUSTER * wanted));
        int most = Math.toIntExact(Math.max(wanted, SAMPLE_BYTES / 4 / dimension));
        int taken = (int) Math.min(size, most);
        centroids = train(sample(taken), taken, wanted, STRIDES);
        cluster = new int[n];
        assign(n, this::copy, centroids, cluster);
        cutLargest();
        return ordered();
    }

    private void copy(int row, float[] to, int at) {
        System.arraycopy(rows.get(row), 0, to, at, dimension);
    }

    /** Rows spread evenly over the source, each at a random place in its stretch. */
    private float[] sample(int size) {
        long n = rows.count();
        int[] chosen = new int[size];
        for (int i = 0; i < size; i++) {
            long from = n * i / size;
            long to = n * (i + 1) / size;
            chosen[i] = (int) (from + random.nextLong(to - from));
        }
        return gather(chosen);
    }

    private float[] gather(int[] chosen) {
        float[] sample = new float[chosen.length * dimension];
        IntStream.range(0, chosen.length)
                .parallel()
                .forEach(i -> System.arraycopy(rows.get(chosen[i]), 0, sample, i * dimension, dimension));
        return sample;
    }

    private float[] train(float[] sample, int size, int wanted, int[] strides) {
        int count = Math.min(wanted, size);
        float[] found = new float[count * dimension];
        for (int c = 0; c < count; c++) {
            // Distinct rows, for the stretches do not overlap.
            int from = (int) ((long) size * c / count);
            int to = (int) ((long) size * (c + 1) / count);
            int row = random.nextInt(from, to);
            System.arraycopy(sample, row * dimension, found, c * dimension, dimension);
        }
        for (int stride : strides) {
            // Too few rows would leave clusters without any.
            int step = Math.max(1, Math.min(stride, size / (LEAST_PER_CLUSTER * count)));
            int[] nearest = new int[size / step];
            assign(
                    nearest.length,
                    (r, to, at) -> System.arraycopy(sample, r * step * dimension, to, at, dimension),
                    found,
                    nearest);
            update(sample, step, nearest, found);
        }
        return found;
    }

    /** Each centroid becomes the mean of its rows; one without rows becomes a row of a crowded cluster. */
    private void update(float[] sample, int step, int[] nearest, float[] found) {
        int count = found.length / dimension;
        double[] sums = new double[found.length];
        int[] sizes = new int[count];
        for (int r = 0; r < nearest.length; r++) {
            int c = nearest[r];
            sizes[c]++;
            int at = c * dimension;
            int row = r * step * dimension;
            for (int i = 0; i < dimension; i++) {
                sums[at + i] += sample[row + i];
            }
        }
        for (int c = 0; c < count; c++) {
            if (sizes[c] > 0) {
                for (int i = 0; i < dimension; i++) {
                    found[c * dimension + i] = (float) (sums[c * dimension + i] / sizes[c]);
                }
            }
        }
        for (int c = 0; c < count; c++) {
            if (sizes[c] == 0) {
                // Proportional to the size of its cluster, as any row is as likely.
                int row = random.nextInt(nearest.length);
                if (sizes[nearest[row]] > 1) {
                    System.arraycopy(sample, row * step * dimension, found, c * dimension, dimension);
                }
            }
        }
    }

    /** Copies rows by number. */
    private interface Rows {
        void copy(int row, float[] to, int at);
    }

    private void assign(int count, Rows from, float[] to, int[] nearest) {
        Panels panels = new Panels(to, dimension);
        int chunks = (count + CHUNK - 1) / CHUNK;
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            int start = chunk * CHUNK;
            int length = Math.min(CHUNK, count - start);
            float[] buffer = new float[length * dimension];
            for (int i = 0; i < length; i++) {
                from.copy(start + i, buffer, i * dimension);
            }
            int[] best = new int[length];
            float[] score = new float[length];
            panels.nearest(kernels, buffer, length, best, score);
            System.arraycopy(best, 0, nearest, start, length);
        });
    }

    /** Splits clusters that are too large by k-means on their own rows, and simply cuts those whose rows are all alike. */
    private void cutLargest() {
        int count = centroids.length / dimension;
        int[] sizes = new int[count];
        for (int c : cluster) {
            sizes[c]++;
        }
        int[][] members = new int[count][];
        for (int c = 0; c < count; c++) {
            members[c] = sizes[c] > LARGEST ? new int[sizes[c]] : null;
            sizes[c] = 0;
        }
        for (int r = 0; r < cluster.length; r++) {
            int c = cluster[r];
            if (members[c] != null) {
                members[c][sizes[c]++] = r;
            }
        }
        for (int c = 0; c < count; c++) {
            if (members[c] != null) {
                cut(c, members[c], 0);
            }
        }
    }

    private void cut(int c, int[] members, int depth) {
        int parts = (members.length + ROWS_PER_CLUSTER - 1) / ROWS_PER_CLUSTER;
        int[] part = new int[members.length];
        float[] found;
        if (depth < 2) {
            int[] chosen = IntStream.range(0, Math.min(members.length, SAMPLE_PER_CLUSTER * parts))
                    .map(_ -> members[random.nextInt(members.length)])
                    .toArray();
            found = train(gather(chosen), chosen.length, parts, FEWER_STRIDES);
            assign(members.length, (r, to, at) -> copy(members[r], to, at), found, part);
        } else {
            // Rows alike: any parts will do.
            Arrays.setAll(part, i -> i / ROWS_PER_CLUSTER);
            found = new float[parts * dimension];
            for (int p = 0; p < parts; p++) {
                System.arraycopy(centroids, c * dimension, found, p * dimension, dimension);
            }
        }
        int first = centroids.length / dimension;
        // The first part keeps the number, the others go to the end.
        IntUnaryOperator number = p -> p == 0 ? c : first + p - 1;
        int at = centroids.length;
        centroids = Arrays.copyOf(centroids, at + (parts - 1) * dimension);
        int actual = found.length / dimension;
        int[] sizes = new int[actual];
        for (int p : part) {
            sizes[p]++;
        }
        for (int p = 0; p < actual; p++) {
            System.arraycopy(found, p * dimension, centroids, number.applyAsInt(p) * dimension, dimension);
        }
        int[][] deeper = new int[actual][];
        for (int p = 0; p < actual; p++) {
            deeper[p] = sizes[p] > LARGEST ? new int[sizes[p]] : null;
            sizes[p] = 0;
        }
        for (int i = 0; i < members.length; i++) {
            int p = part[i];
            cluster[members[i]] = number.applyAsInt(p);
            if (deeper[p] != null) {
                deeper[p][sizes[p]++] = members[i];
            }
        }
        for (int p = 0; p < actual; p++) {
            if (deeper[p] != null) {
                cut(number.applyAsInt(p), deeper[p], depth + 1);
            }
        }
    }

    private Result ordered() {
        int count = centroids.length / dimension;
        int[] sizes = new int[count];
        for (int c : cluster) {
            sizes[c]++;
        }
        int[] kept = IntStream.range(0, count).filter(c -> sizes[c] > 0).toArray();
        arrange(kept, 0, kept.length);
        int[] number = new int[count];
        int[] starts = new int[kept.length + 1];
        float[] arranged = new float[kept.length * dimension];
        for (int i = 0; i < kept.length; i++) {
            number[kept[i]] = i;
            starts[i + 1] = starts[i] + sizes[kept[i]];
            System.arraycopy(centroids, kept[i] * dimension, arranged, i * dimension, dimension);
        }
        int[] next = Arrays.copyOf(starts, kept.length);
        int[] order = new int[cluster.length];
        for (int r = 0; r < cluster.length; r++) {
            order[next[number[cluster[r]]]++] = r;
        }
        return new Result(arranged, starts, order);
    }

    /** Orders clusters such that near ones are near each other, in halves along the line between two far ones, and so on: what a query reads lies in fewer and longer ranges then. */
    private void arrange(int[] which, int from, int to) {
        if (to - from <= 2) {
            return;
        }
        int one = farthest(which, from, to, which[from]);
        int other = farthest(which, from, to, one);
        float[] line = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            line[i] = centroids[other * dimension + i] - centroids[one * dimension + i];
        }
        record Placed(double at, int cluster) {}
        Placed[] placed = new Placed[to - from];
        for (int i = from; i < to; i++) {
            double at = 0;
            for (int j = 0; j < dimension; j++) {
                at += (double) line[j] * centroids[which[i] * dimension + j];
            }
            placed[i - from] = new Placed(at, which[i]);
        }
        Arrays.sort(placed, Comparator.comparingDouble(Placed::at).thenComparingInt(Placed::cluster));
        for (int i = from; i < to; i++) {
            which[i] = placed[i - from].cluster;
        }
        int middle = (from + to) >>> 1;
        arrange(which, from, middle);
        arrange(which, middle, to);
    }

    private int farthest(int[] which, int from, int to, int point) {
        int farthest = point;
        double most = -1;
        for (int i = from; i < to; i++) {
            double squared = 0;
            for (int j = 0; j < dimension; j++) {
                double d = (double) centroids[which[i] * dimension + j] - centroids[point * dimension + j];
                squared += d * d;
            }
            if (squared > most) {
                most = squared;
                farthest = which[i];
            }
        }
        return farthest;
    }

    /** Centroids as the columns that {@link Kernels#nearest} wants, the bias such that the nearest is the largest: ⟨x,c⟩ − ‖c‖²/2. */
    static final class Panels {
        private final int dimension;
        private final int count;
        private final float[] columns;
        private final float[] bias;

        Panels(float[] centroids, int dimension) {
            this.dimension = dimension;
            int n = centroids.length / dimension;
            this.count = (n + Kernels.PANEL - 1) / Kernels.PANEL;
            this.columns = new float[Math.multiplyExact(Kernels.PANEL * dimension, count)];
            this.bias = new float[count * Kernels.PANEL];
            Arrays.fill(bias, Float.NEGATIVE_INFINITY);
            for (int c = 0; c < n; c++) {
                double norm = 0;
                int panel = Kernels.PANEL * dimension * (c / Kernels.PANEL) + c % Kernels.PANEL;
                for (int i = 0; i < dimension; i++) {
                    float v = centroids[c * dimension + i];
                    norm += (double) v * v;
                    columns[panel + Kernels.PANEL * i] = v;
                }
                bias[c] = (float) (-norm / 2);
            }
        }

        void nearest(Kernels kernels, float[] rows, int length, int[] best, float[] score) {
            kernels.nearest(rows, length, dimension, columns, count, bias, best, score);
        }
    }
}
