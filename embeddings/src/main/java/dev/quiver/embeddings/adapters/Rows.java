package dev.quiver.embeddings.adapters;

/**
 * What applies an adapter, in plain Java: the Vector API fixes the width of its registers when a native image is built, and where the machine has others its loops are slower than these. Rows are padded with zeros, so that
 * four sums need no rest.
 */
final class Rows {
    static final int PADDING = 16;

    private Rows() {}

    /** Values from one row to the next. */
    static int stride(int dimension) {
        return Math.ceilDiv(dimension, PADDING) * PADDING;
    }

    /** Padded values of the rows' products with a padded vector. */
    static float[] product(float[] rows, int count, float[] x) {
        float[] y = new float[stride(count)];
        for (int r = 0; r < count; r++) {
            int at = r * x.length;
            float a = 0;
            float b = 0;
            float c = 0;
            float d = 0;
            for (int i = 0; i < x.length; i += 4) {
                a += rows[at + i] * x[i];
                b += rows[at + i + 1] * x[i + 1];
                c += rows[at + i + 2] * x[i + 2];
                d += rows[at + i + 3] * x[i + 3];
            }
            y[r] = a + b + (c + d);
        }
        return y;
    }

    static void add(float[] x, float[] y) {
        for (int i = 0; i < x.length; i++) {
            y[i] += x[i];
        }
    }

    /**
     * Makes a vector as long as 1.
     *
     * @return the length that it had; a zero stays zero
     */
    static float normalize(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += (double) value * value;
        }
        float norm = (float) Math.sqrt(sum);
        if (norm > 0) {
            for (int i = 0; i < x.length; i++) {
                x[i] /= norm;
            }
        }
        return norm;
    }
}
