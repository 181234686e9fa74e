package dev.quiver.embeddings.adapters;

import dev.quiver.embeddings.training.SplitMix;
import java.util.stream.IntStream;

/** Weights that learn, with Adam's moments. Each row's gradient is added up by one thread in the order of the examples, so it is the same on any number of threads. */
final class Layer {
    final int rows;
    final int columns;
    /** Of a row, padded. */
    final int stride;

    final float[] w;
    final float[] m;
    final float[] v;

    /** Zeros. */
    Layer(int rows, int columns) {
        this.rows = rows;
        this.columns = columns;
        this.stride = Rows.stride(columns);
        this.w = new float[Math.multiplyExact(rows, stride)];
        this.m = new float[w.length];
        this.v = new float[w.length];
    }

    /** Small ones, as Glorot and Bengio 2010 draw them. */
    void draw(SplitMix random) {
        float bound = (float) Math.sqrt(6.0 / (rows + columns));
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                w[r * stride + c] = (2 * random.nextFloat() - 1) * bound;
            }
        }
    }

    /** What a gradient of the product with the rows is of the vector that they were multiplied with. */
    float[] back(float[] gradient) {
        float[] x = new float[stride];
        for (int r = 0; r < rows; r++) {
            Kernel.add(gradient[r], w, r * stride, x, stride);
        }
        return x;
    }

    /**
     * A step.
     *
     * @param gradients of each example's product
     * @param inputs what the rows were multiplied with
     */
    void learn(float[][] gradients, float[][] inputs, float rate, float decay) {
        IntStream.range(0, rows).parallel().forEach(r -> {
            float[] sum = new float[stride];
            for (int i = 0; i < gradients.length; i++) {
                Kernel.add(gradients[i][r], inputs[i], 0, sum, stride);
            }
            Kernel.adam(w, m, v, r * stride, sum, stride, rate, decay);
        });
    }
}
