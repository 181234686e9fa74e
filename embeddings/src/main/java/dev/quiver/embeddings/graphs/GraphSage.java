package dev.quiver.embeddings.graphs;

import dev.quiver.embeddings.FloatFile;
import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * GraphSAGE with two layers and the mean of neighbours (Hamilton, Ying, Leskovec 2017, https://arxiv.org/abs/1706.02216). What it learns is how to make a vector of a node's features and
 * those of its neighbours, and theirs; so it has vectors for nodes, and whole graphs, that it never saw.
 *
 * <p>h1 = relu(W1 · [x, mean of the neighbours' x]), z = W2 · [h1, mean of the neighbours' h1], of length 1. Features are standardized with the means and deviations of the graph that was learned from.
 */
public final class GraphSage {
    /** Of a node with more neighbours than this, so many of them stand for all: a hub does not take longer than its neighbours know it. */
    static final int MOST_NEIGHBOURS = 512;

    final int features;
    final int hidden;
    final int dim;
    final float[] mean;
    final float[] scale;
    final float[] w1;
    final float[] w2;

    GraphSage(int features, int hidden, int dim, float[] mean, float[] scale, float[] w1, float[] w2) {
        this.features = features;
        this.hidden = hidden;
        this.dim = dim;
        this.mean = mean;
        this.scale = scale;
        this.w1 = w1;
        this.w2 = w2;
    }

    public int dimension() {
        return dim;
    }

    /** How many features a node has to have. */
    public int features() {
        return features;
    }

    /**
     * Vectors of all nodes of a graph, which need not be the one that was learned from.
     *
     * @param values by the names of the nodes; a node that has none counts as an average one
     */
    public float[][] vectors(Graph graph, WordVectors values) {
        float[][] x = standardized(graph, values);
        float[][] h = new float[graph.nodes()][];
        IntStream.range(0, h.length).parallel().forEach(v -> {
            h[v] = product(w1, hidden, joined(graph, x, v, features));
            for (int i = 0; i < hidden; i++) {
                h[v][i] = Math.max(0, h[v][i]);
            }
        });
        float[][] z = new float[graph.nodes()][];
        IntStream.range(0, z.length).parallel().forEach(v -> {
            z[v] = product(w2, dim, joined(graph, h, v, hidden));
            normalize(z[v]);
        });
        return z;
    }

    /** A node's values and the mean of its neighbours'. */
    private static float[] joined(Graph graph, float[][] values, int node, int size) {
        float[] joined = Arrays.copyOf(values[node], 2 * size);
        int degree = graph.degree(node);
        int count = Math.min(degree, MOST_NEIGHBOURS);
        for (int i = 0; i < count; i++) {
            float[] other = values[graph.neighbour(node, (int) ((long) i * degree / count))];
            for (int j = 0; j < size; j++) {
                joined[size + j] += other[j] / count;
            }
        }
        return joined;
    }

    float[][] standardized(Graph graph, WordVectors values) {
        if (values.dimension() != features) {
            throw new InvalidModelException("The model wants " + features + " features a node, and there are "
                    + values.dimension() + ". Give those that it was trained with.");
        }
        float[][] x = new float[graph.nodes()][features];
        for (int v = 0; v < x.length; v++) {
            float[] row = values.vector(graph.names().text(v)).orElse(null);
            for (int i = 0; row != null && i < features; i++) {
                x[v][i] = (row[i] - mean[i]) * scale[i];
            }
        }
        return x;
    }

    static float[] product(float[] w, int rows, float[] x) {
        float[] y = new float[rows];
        for (int r = 0; r < rows; r++) {
            int at = r * x.length;
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int i = 0;
            for (; i + 4 <= x.length; i += 4) {
                s0 += w[at + i] * x[i];
                s1 += w[at + i + 1] * x[i + 1];
                s2 += w[at + i + 2] * x[i + 2];
                s3 += w[at + i + 3] * x[i + 3];
            }
            for (; i < x.length; i++) {
                s0 += w[at + i] * x[i];
            }
            y[r] = s0 + s1 + (s2 + s3);
        }
        return y;
    }

    /** @return the length that it had */
    static float normalize(float[] z) {
        double sum = 0;
        for (float v : z) {
            sum += v * v;
        }
        float norm = (float) Math.sqrt(sum);
        if (norm > 0) {
            for (int i = 0; i < z.length; i++) {
                z[i] /= norm;
            }
        }
        return norm;
    }

    /** Writes the model into a file, whole or not at all. */
    public void write(Path file) throws IOException {
        new FloatFile(new long[] {features, hidden, dim}, new float[][] {mean, scale, w1, w2}).write(file);
    }

    /** @throws InvalidModelException if it is none */
    public static GraphSage read(Path file) throws IOException {
        FloatFile f = FloatFile.read(file);
        long[] n = f.numbers();
        float[][] a = f.arrays();
        if (n.length != 3
                || a.length != 4
                || a[0].length != n[0]
                || a[1].length != n[0]
                || a[2].length != 2 * n[0] * n[1]
                || a[3].length != 2 * n[1] * n[2]) {
            throw new InvalidModelException(file + " is no model of GraphSAGE.");
        }
        return new GraphSage((int) n[0], (int) n[1], (int) n[2], a[0], a[1], a[2], a[3]);
    }
}
