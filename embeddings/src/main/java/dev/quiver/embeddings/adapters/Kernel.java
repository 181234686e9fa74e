package dev.quiver.embeddings.adapters;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** The loops of a training, over rows that are padded with zeros to whole registers. */
final class Kernel {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = F.length();

    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final float EPSILON = 1e-8f;

    private Kernel() {}

    static float dot(float[] a, int at, float[] b, int n) {
        return dot(a, at, b, n, scratch());
    }

    /** What {@link #dot(float[], int, float[], int, float[])} may write over. */
    static float[] scratch() {
        return new float[Math.max(Rows.PADDING, LANES)];
    }

    /**
     * Two sums at a time, so that one does not wait for the other. Lanes are added up one after the other: in which order {@code reduceLanes} adds them is open, and another before a loop is compiled than after.
     */
    static float dot(float[] a, int at, float[] b, int n, float[] scratch) {
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = FloatVector.zero(F);
        int i = 0;
        for (; i + 2 * LANES <= n; i += 2 * LANES) {
            s0 = FloatVector.fromArray(F, a, at + i).fma(FloatVector.fromArray(F, b, i), s0);
            s1 = FloatVector.fromArray(F, a, at + i + LANES).fma(FloatVector.fromArray(F, b, i + LANES), s1);
        }
        for (; i < n; i += LANES) {
            s0 = FloatVector.fromArray(F, a, at + i).fma(FloatVector.fromArray(F, b, i), s0);
        }
        s0.add(s1).intoArray(scratch, 0);
        float sum = 0;
        for (int lane = 0; lane < LANES; lane++) {
            sum += scratch[lane];
        }
        return sum;
    }

    /** Padded values of the rows' products with a padded vector. */
    static float[] product(float[] rows, int count, float[] x) {
        float[] y = new float[Rows.stride(count)];
        float[] scratch = scratch();
        for (int r = 0; r < count; r++) {
            y[r] = dot(rows, r * x.length, x, x.length, scratch);
        }
        return y;
    }

    /** y += factor · x. */
    static void add(float factor, float[] x, int at, float[] y, int n) {
        FloatVector f = FloatVector.broadcast(F, factor);
        for (int i = 0; i < n; i += LANES) {
            FloatVector.fromArray(F, x, at + i)
                    .fma(f, FloatVector.fromArray(F, y, i))
                    .intoArray(y, i);
        }
    }

    /**
     * A row's step of Adam (Kingma and Ba 2015) with decoupled decay (Loshchilov and Hutter 2019).
     *
     * @param rate with the correction of both moments
     * @param decay the share of each weight that is taken off
     */
    static void adam(float[] w, float[] m, float[] v, int at, float[] gradient, int n, float rate, float decay) {
        for (int i = 0; i < n; i += LANES) {
            FloatVector g = FloatVector.fromArray(F, gradient, i);
            FloatVector first = FloatVector.fromArray(F, m, at + i).mul(BETA1).add(g.mul(1 - BETA1));
            FloatVector second =
                    FloatVector.fromArray(F, v, at + i).mul(BETA2).add(g.mul(g).mul(1 - BETA2));
            first.intoArray(m, at + i);
            second.intoArray(v, at + i);
            FloatVector old = FloatVector.fromArray(F, w, at + i);
            old.mul(1 - decay)
                    .sub(first.mul(rate)
                            .div(second.lanewise(VectorOperators.SQRT).add(EPSILON)))
                    .intoArray(w, at + i);
        }
    }

    /** What the rate of a step is multiplied with, since both moments begin at zero. */
    static float correction(long step) {
        return (float) (Math.sqrt(1 - Math.pow(BETA2, step)) / (1 - Math.pow(BETA1, step)));
    }
}
