package dev.quiver.index.cluster;

import dev.quiver.index.memory.CorruptDataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * How much of the truth a search finds by how much it reads, measured when the segment was written, with some of its own rows as queries (a row is not counted as its own neighbour).
 *
 * <p>Neighbours that a filter leaves over are those that would come further down without it: the k-th of the share f that is allowed is about the k/f-th of all. So probes are calibrated for several
 * depths.
 *
 * @param queries how many rows were used
 * @param exactly how many of the best by int8 codes must be scored by float32 vectors, that the first {@value #K} neighbours are among them
 * @param probes numbers of clusters read, ascending
 * @param candidates numbers of best estimates that are rescored, ascending
 * @param recall [probes][candidates] of the first {@value #K} neighbours
 * @param depths neighbour numbers, ascending
 * @param reached [depths][probes] the share of the neighbours of about this number whose clusters are read
 */
public record Calibration(
        int queries, int exactly, int[] probes, int[] candidates, float[][] recall, int[] depths, float[][] reached) {
    /** The number of neighbours that recall is measured for. */
    public static final int K = 10;

    /** So many numbers of probes, candidates and depths at most. */
    private static final int MOST = 64;

    /** That anybody would rescore. */
    private static final int MOST_ROWS = 1_000_000;

    /** Enough for every calibration, so that its place can be kept before it is known. */
    public static final int ENCODED_BYTES = 32 + 4 * (3 * MOST + MOST * MOST + MOST * MOST);

    private static final Calibration NONE =
            new Calibration(0, 0, new int[0], new int[0], new float[0][], new int[0], new float[0][]);

    /** What a search is to read. */
    public record Effort(int probes, int candidates) {}

    /** Of a segment that has not been measured. */
    public static Calibration none() {
        return NONE;
    }

    public boolean isNone() {
        return queries == 0;
    }

    /**
     * {@value #ENCODED_BYTES} bytes, little-endian: u32 queries, u32 p, u32 c, u32 d, u32 exactly, 12 bytes zero, u32[p] probes, u32[c] candidates, u32[d] depths, f32[p × c] recall, f32[d × p] reached, zeros.
     */
    public byte[] encode() {
        ByteBuffer out = ByteBuffer.allocate(ENCODED_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(queries).putInt(probes.length).putInt(candidates.length).putInt(depths.length);
        out.putInt(exactly).putInt(0).putLong(0);
        for (int[] numbers : new int[][] {probes, candidates, depths}) {
            for (int n : numbers) {
                out.putInt(n);
            }
        }
        for (float[][] table : new float[][][] {recall, reached}) {
            for (float[] row : table) {
                for (float share : row) {
                    out.putFloat(share);
                }
            }
        }
        return out.array();
    }

    /**
     * @param clusters of the segment
     * @throws CorruptDataException without the name of the object
     */
    public static Calibration decode(byte[] bytes, int clusters) {
        if (bytes.length != ENCODED_BYTES) {
            throw new CorruptDataException("it has " + bytes.length + " bytes");
        }
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int queries = in.getInt();
        int p = in.getInt();
        int c = in.getInt();
        int d = in.getInt();
        int exactly = in.getInt();
        in.position(32);
        if (queries < 0
                || p < 0
                || c < 0
                || d < 0
                || p > MOST
                || c > MOST
                || d > MOST
                || (queries > 0 && (p == 0 || c == 0 || d == 0))) {
            throw new CorruptDataException("it counts " + p + ", " + c + " and " + d + " numbers");
        }
        if (queries == 0) {
            return NONE;
        }
        Calibration read =
                new Calibration(queries, exactly, ints(in, p), ints(in, c), null, ints(in, d), null).withTables(in);
        if (!isAscending(read.probes, clusters)
                || !isAscending(read.candidates, MOST_ROWS)
                || !isAscending(read.depths, MOST_ROWS)
                || !isAscending(new int[] {exactly}, MOST_ROWS)
                || !areShares(read.recall)
                || !areShares(read.reached)) {
            throw new CorruptDataException("its numbers make no sense");
        }
        return read;
    }

    private static boolean isAscending(int[] numbers, int most) {
        for (int i = 0; i < numbers.length; i++) {
            if (numbers[i] <= (i == 0 ? 0 : numbers[i - 1]) || numbers[i] > most) {
                return false;
            }
        }
        return true;
    }

    private static boolean areShares(float[][] table) {
        for (float[] row : table) {
            for (float share : row) {
                // Sums of shares are rounded.
                if (!(share >= 0 && share <= 1.01f)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static int[] ints(ByteBuffer in, int count) {
        int[] numbers = new int[count];
        Arrays.setAll(numbers, _ -> in.getInt());
        return numbers;
    }

    private Calibration withTables(ByteBuffer in) {
        return new Calibration(
                queries,
                exactly,
                probes,
                candidates,
                table(in, probes.length, candidates.length),
                depths,
                table(in, depths.length, probes.length));
    }

    private static float[][] table(ByteBuffer in, int rows, int columns) {
        float[][] table = new float[rows][columns];
        for (float[] row : table) {
            for (int i = 0; i < columns; i++) {
                row[i] = in.getFloat();
            }
        }
        return table;
    }

    /**
     * The cheapest effort that found at least so much of the first {@value #K} neighbours, or the largest that was measured.
     *
     * @param target share, 0 to 1
     * @param perProbe what reading a cluster costs
     * @param perCandidate what rescoring a row costs, in the same unit
     */
    public Effort effort(double target, double perProbe, double perCandidate) {
        Effort best = new Effort(probes[probes.length - 1], candidates[candidates.length - 1]);
        double least = Double.MAX_VALUE;
        for (int p = 0; p < probes.length; p++) {
            for (int c = 0; c < candidates.length; c++) {
                double cost = probes[p] * perProbe + candidates[c] * perCandidate;
                if (recall[p][c] >= target && cost < least) {
                    least = cost;
                    best = new Effort(probes[p], candidates[c]);
                }
            }
        }
        return best;
    }

    /** So many probes that clusters of the neighbours of this number are read in at least this share, or the most that were measured. */
    public int probes(double depth, double target) {
        int above = 0;
        while (above < depths.length - 1 && depths[above] < depth) {
            above++;
        }
        double needed = needed(above, target);
        if (depth > depths[above]) {
            // Beyond what was measured: as it has grown so far.
            double growth = above == 0 ? 0.5 : slope(above, target);
            needed *= Math.pow(depth / depths[above], Math.max(growth, 0.2));
        } else if (above > 0) {
            needed *= Math.pow(depth / depths[above], slope(above, target));
        }
        return (int) Math.ceil(Math.min(needed, Integer.MAX_VALUE));
    }

    private double slope(int depth, double target) {
        return Math.log(needed(depth, target) / needed(depth - 1, target))
                / Math.log((double) depths[depth] / depths[depth - 1]);
    }

    /** Between two measured numbers of probes as if the share grew evenly with their logarithm. */
    private double needed(int depth, double target) {
        float[] shares = reached[depth];
        for (int p = 0; p < probes.length; p++) {
            if (shares[p] >= target) {
                if (p == 0) {
                    return probes[0];
                }
                double part = (target - shares[p - 1]) / (shares[p] - shares[p - 1]);
                return probes[p - 1] * Math.pow((double) probes[p] / probes[p - 1], part);
            }
        }
        return probes[probes.length - 1];
    }
}
