package dev.quiver.index.search;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.segment.SegmentWriter.QueryCodes;
import dev.quiver.index.vector.Kernels;
import dev.quiver.index.vector.Metric;
import dev.quiver.index.vector.Vectors;
import java.lang.foreign.MemorySegment;
import java.util.function.IntPredicate;

/**
 * The exact nearest rows by reading all of them. Where rows have int8 codes, these are read first, a quarter of the bytes: the
 * codes bound the true score from above (Cauchy–Schwarz on what they lose), and only a row whose bound passes the worst of the k best so far
 * has its float32 vector read and scored. The answer is the same as without codes.
 *
 * <p>With q = q̂ + δq and x = x̂ + δx, where q̂ and x̂ are what the codes stand for:
 * ⟨q,x⟩ = ⟨q̂,x̂⟩ + ⟨δq,x̂⟩ + ⟨q,δx⟩ ≤ ⟨q̂,x̂⟩ + ‖δq‖(‖x‖ + ‖δx‖) + ‖q‖‖δx‖.
 */
public final class ExactScan {
    private static final int CHUNK = 256;
    /** After a chunk whose codes excluded little, so many are scored without looking at theirs. */
    private static final int CHUNKS_WITHOUT_CODES = 16;

    /** With fewer live rows than one in so many, only these are touched. */
    private static final int SCATTERED = 16;

    /** The unit roundoff of a float: what a kernel may lose in each addition. */
    private static final double ROUNDOFF = 0x1p-24;

    private final Kernels kernels;
    private final Metric metric;
    private final int dimension;
    private final MemorySegment query;
    private final QueryCodes codes;
    private final double queryNorm;
    private final double rounding;
    private final double underflow;
    private final float[] scores = new float[CHUNK];
    private final int[] dots = new int[CHUNK];
    private final int[] ordinals = new int[CHUNK];
    private final double[] bounds = new double[CHUNK];
    private final float[] norms = new float[CHUNK];
    private final float[] errors = new float[CHUNK];
    private final float[] scales = new float[CHUNK];
    private final float[] one = new float[1];
    private long rowsScored;

    /** @param vector acceptable to {@link Vectors#check} */
    public ExactScan(Kernels kernels, Metric metric, float[] vector) {
        this.kernels = kernels;
        this.metric = metric;
        this.dimension = vector.length;
        double norm = Vectors.norm(vector);
        float[] q = vector;
        if (metric == Metric.COSINE) {
            q = new float[dimension];
            for (int i = 0; i < dimension; i++) {
                q[i] = (float) (vector[i] / norm);
            }
        }
        this.queryNorm = Vectors.norm(q);
        this.query = OffHeap.copyOf(q);
        this.codes = QueryCodes.of(q);
        this.rounding = 2 * ROUNDOFF * (dimension + 8);
        this.underflow = (double) Float.MIN_VALUE * (dimension + 8);
    }

    /** How many rows had their float32 vector scored. */
    public long rowsScored() {
        return rowsScored;
    }

    /**
     * Offers all live rows to {@code top}.
     *
     * @param block becomes {@link TopK.Candidate#block}
     * @param accept is asked only for rows whose score would enter; null accepts all
     */
    public void scan(int block, Rows rows, IntPredicate accept, TopK top) {
        if (BitSets.count(rows.live()) < rows.count() / SCATTERED) {
            scanScattered(block, rows, accept, top);
            return;
        }
        int withoutCodes = 0;
        for (int start = 0; start < rows.count(); start += CHUNK) {
            int count = Math.min(CHUNK, rows.count() - start);
            if (!anyLive(rows.live(), start, count)) {
                continue;
            }
            if (rows.codes() != null && withoutCodes == 0) {
                if (scanCodes(block, rows, start, count, accept, top) > count / 2) {
                    withoutCodes = CHUNKS_WITHOUT_CODES;
                }
            } else {
                withoutCodes = Math.max(0, withoutCodes - 1);
                scanVectors(block, rows, start, count, accept, top);
            }
        }
    }

    private void scanScattered(int block, Rows rows, IntPredicate accept, TopK top) {
        int count = 0;
        long[] live = rows.live();
        for (int w = 0; w < live.length; w++) {
            for (long bits = live[w]; bits != 0; bits &= bits - 1) {
                ordinals[count++] = 64 * w + Long.numberOfTrailingZeros(bits);
                if (count == CHUNK) {
                    scoreScattered(block, rows, count, accept, top);
                    count = 0;
                }
            }
        }
        scoreScattered(block, rows, count, accept, top);
    }

    private void scoreScattered(int block, Rows rows, int count, IntPredicate accept, TopK top) {
        rowsScored += count;
        if (metric == Metric.EUCLIDEAN) {
            kernels.squaredDistanceAt(rows.vectors(), ordinals, count, query, dimension, scores);
        } else {
            kernels.dotAt(rows.vectors(), ordinals, count, query, dimension, scores);
        }
        for (int i = 0; i < count; i++) {
            float similarity = similarity(scores[i], rows, ordinals[i]);
            if (similarity > top.threshold() && (accept == null || accept.test(ordinals[i]))) {
                top.add(block, ordinals[i], similarity);
            }
        }
    }

    private void scanVectors(int block, Rows rows, int start, int count, IntPredicate accept, TopK top) {
        score(rows, start, count, scores);
        float threshold = top.threshold();
        for (int i = 0; i < count; i++) {
            float similarity = similarity(scores[i], rows, start + i);
            if (similarity > threshold
                    && isLive(rows.live(), start + i)
                    && (accept == null || accept.test(start + i))) {
                top.add(block, start + i, similarity);
                threshold = top.threshold();
            }
        }
    }

    private int scanCodes(int block, Rows rows, int start, int count, IntPredicate accept, TopK top) {
        kernels.dotInt8(rows.codes().values(), (long) start * dimension, count, codes.codes(), dimension, dots);
        bounds(rows, start, count);
        float threshold = top.threshold();
        int passed = 0;
        for (int i = 0; i < count; i++) {
            if (bounds[i] > threshold) {
                passed++;
                int row = start + i;
                if (!isLive(rows.live(), row)) {
                    continue;
                }
                score(rows, row, 1, one);
                float similarity = similarity(one[0], rows, row);
                if (similarity > threshold && (accept == null || accept.test(row))) {
                    top.add(block, row, similarity);
                    threshold = top.threshold();
                }
            }
        }
        return passed;
    }

    /** Into {@link #bounds}: at least the similarity that {@link #similarity} would give. Plain loops, which C2 makes SIMD. */
    private void bounds(Rows rows, int start, int count) {
        OffHeap.getFloats(rows.norms(), 4L * start, norms, count);
        OffHeap.getFloats(rows.codes().errors(), 4L * start, errors, count);
        OffHeap.getFloats(rows.codes().scales(), 4L * start, scales, count);
        double scale = codes.scale();
        double qe = codes.error();
        double qn = queryNorm;
        for (int i = 0; i < count; i++) {
            double norm = norms[i];
            double error = errors[i];
            bounds[i] = scale * scales[i] * dots[i] + qe * (norm + error) + qn * error + underflow;
        }
        switch (metric) {
            case DOT -> {
                for (int i = 0; i < count; i++) {
                    bounds[i] += rounding * qn * norms[i];
                }
            }
            case COSINE -> {
                for (int i = 0; i < count; i++) {
                    bounds[i] = bounds[i] / norms[i] + rounding * qn;
                }
            }
            case EUCLIDEAN -> {
                for (int i = 0; i < count; i++) {
                    double longest = qn + norms[i];
                    bounds[i] = 2 * bounds[i] - qn * qn - (double) norms[i] * norms[i] + rounding * longest * longest;
                }
            }
        }
    }

    private void score(Rows rows, int start, int count, float[] into) {
        rowsScored += count;
        long offset = 4L * dimension * start;
        if (metric == Metric.EUCLIDEAN) {
            kernels.squaredDistance(rows.vectors(), offset, count, query, dimension, into);
        } else {
            kernels.dot(rows.vectors(), offset, count, query, dimension, into);
        }
    }

    private float similarity(float score, Rows rows, int row) {
        return switch (metric) {
            case DOT -> score;
            // Rounding must not make a row nearer to itself than 1.
            case COSINE -> Math.clamp(score / OffHeap.getFloat(rows.norms(), 4L * row), -1f, 1f);
            case EUCLIDEAN -> -score;
        };
    }

    private static boolean isLive(long[] live, int row) {
        return (live[row >>> 6] >>> row & 1) != 0;
    }

    private static boolean anyLive(long[] live, int start, int count) {
        for (int w = start >>> 6; w <= (start + count - 1) >>> 6; w++) {
            if (live[w] != 0) {
                return true;
            }
        }
        return false;
    }
}
