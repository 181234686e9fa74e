package dev.quiver.index.cluster;

import dev.quiver.index.vector.Metric;

/**
 * RaBitQ codes of one row (arXiv 2405.12497; more than one bit: arXiv 2409.09913). All vectors here are rotated, and normalised under cosine. With c the centroid of the row x, r = x − c its residual, μ the mean of all rows and
 * b bits a component, a code u stands for the direction g = u − (2^b − 1)/2, and with s = ‖r‖² / ⟨g,r⟩
 *
 * <p>⟨q − c, r⟩ ≈ s(⟨q − μ, g⟩ − ⟨c − μ, g⟩)
 *
 * <p>where only ⟨q − μ, g⟩ depends on the query, and not on the cluster, so that one table serves all of them. The estimated similarity of a row is base + {@link #offset} + {@link #scale}·⟨q − μ, g⟩, with
 *
 * <ul>
 *   <li>dot and cosine: base = ⟨q,c⟩, scale = s, offset = ⟨c,r⟩ − s⟨c − μ, g⟩;
 *   <li>euclidean, as the negative squared distance: base = −‖q − c‖², scale = 2s, offset = −‖r‖² − 2s⟨c − μ, g⟩.
 * </ul>
 *
 * <p>One bit is the sign. For more, u = ⌊r/Δ⌋ + 2^(b−1), clamped, with the best Δ of some by the cosine of g and r.
 */
public final class Quantizer {
    /** Widths of a step, in units of the residual's root mean square; around the best for a Gaussian. */
    private static final float[][] STEPS = {
        null,
        null,
        {0.55f, 0.7f, 0.82f, 0.92f, 1.0f, 1.1f, 1.25f, 1.5f},
        null,
        {0.22f, 0.26f, 0.3f, 0.335f, 0.37f, 0.42f, 0.5f}
    };

    private final int dimension;
    private final int bits;
    private final Metric metric;
    private final float[] mean;
    private final byte[] code;
    private float scale;
    private float offset;
    private double squaredResidual;

    /**
     * @param bits 1, 2 or 4
     * @param mean μ
     */
    public Quantizer(int dimension, int bits, Metric metric, float[] mean) {
        if (bits != 1 && bits != 2 && bits != 4) {
            throw new IllegalArgumentException("bits is " + bits + ", it must be 1, 2 or 4");
        }
        this.dimension = dimension;
        this.bits = bits;
        this.metric = metric;
        this.mean = mean;
        this.code = new byte[dimension];
    }

    /**
     * @param x the row
     * @param centroids from {@code at} on, the row's centroid
     */
    public void encode(float[] x, float[] centroids, int at) {
        double rr = 0;
        double cr = 0;
        for (int i = 0; i < dimension; i++) {
            float c = centroids[at + i];
            float r = x[i] - c;
            rr += (double) r * r;
            cr += (double) c * r;
        }
        squaredResidual = rr;
        float step = bits == 1 ? 1 : step(x, centroids, at, rr);
        int half = 1 << (bits - 1);
        int top = (1 << bits) - 1;
        double gr = 0;
        double cg = 0;
        for (int i = 0; i < dimension; i++) {
            float c = centroids[at + i];
            float r = x[i] - c;
            int u = bits == 1 ? (r >= 0 ? 1 : 0) : Math.clamp((long) Math.floor(r / step) + half, 0, top);
            code[i] = (byte) u;
            double g = u - top / 2.0;
            gr += g * r;
            cg += g * (c - mean[i]);
        }
        double s = gr > 0 ? rr / gr : 0;
        if (!(s <= Float.MAX_VALUE)) {
            s = 0;
        }
        if (metric == Metric.EUCLIDEAN) {
            scale = (float) (2 * s);
            offset = (float) (-rr - 2 * s * cg);
        } else {
            scale = (float) s;
            offset = (float) (cr - s * cg);
        }
    }

    private float step(float[] x, float[] centroids, int at, double rr) {
        float unit = (float) Math.sqrt(rr / dimension);
        if (!(unit > Float.MIN_NORMAL)) {
            return 1;
        }
        int half = 1 << (bits - 1);
        double best = -1;
        float chosen = 1;
        for (float factor : STEPS[bits]) {
            float step = unit * factor;
            float inverse = 1 / step;
            float dot = 0;
            float norm = 0;
            for (int i = 0; i < dimension; i++) {
                float a = Math.abs(x[i] - centroids[at + i]);
                float g = Math.min((int) (a * inverse), half - 1) + 0.5f;
                dot += a * g;
                norm += g * g;
            }
            double cosine = dot / Math.sqrt(norm);
            if (cosine > best) {
                best = cosine;
                chosen = step;
            }
        }
        return chosen;
    }

    /** Component i of the code, 0 to 2^bits − 1. */
    int code(int i) {
        return code[i];
    }

    float scale() {
        return scale;
    }

    double squaredResidual() {
        return squaredResidual;
    }

    float offset() {
        return offset;
    }
}
