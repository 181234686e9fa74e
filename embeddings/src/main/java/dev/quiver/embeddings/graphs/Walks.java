package dev.quiver.embeddings.graphs;

import dev.quiver.embeddings.training.AliasTable;
import dev.quiver.embeddings.training.Sentences;
import dev.quiver.embeddings.training.SplitMix;

/**
 * Random walks from every node, made as they are read: an epoch is a walk from each. With p = q = 1 those of DeepWalk (Perozzi et al. 2014, https://arxiv.org/abs/1403.6652), else
 * the second-order ones of node2vec (Grover and Leskovec 2016, https://arxiv.org/abs/1607.00653).
 *
 * <p>node2vec keeps a table for each pair of edges, which a hub with a million neighbours does not allow. Here a neighbour is drawn by its weight and accepted with its share of the
 * largest bias, and the way back, whose bias may be far above the others', is drawn apart (Yang et al., KnightKing, 2019): no tables, and a few draws a step whatever the degrees.
 */
public final class Walks implements Sentences {
    private static final int NODES_A_CHUNK = 256;
    private static final double LEAST = 1.0 / 64;
    private static final double MOST = 64;

    private final Graph graph;
    private final int length;
    private final double p;
    private final double q;
    private final long seed;
    private final AliasTable[] tables;
    private final double[] totals;
    private final int[] order;

    /**
     * @param length of a walk, in nodes
     * @param p return parameter: low walks stay near
     * @param q in-out parameter: low walks go far
     */
    public Walks(Graph graph, int length, double p, double q, long seed) {
        if (length < 2 || length > 1024) {
            throw new IllegalArgumentException("A walk has " + length + " nodes; let it be from 2 to 1024.");
        }
        if (!(p >= LEAST && p <= MOST && q >= LEAST && q <= MOST)) {
            throw new IllegalArgumentException("p is " + p + " and q is " + q + "; let them be from 1/64 to 64.");
        }
        this.graph = graph;
        this.length = length;
        this.p = p;
        this.q = q;
        this.seed = seed;
        this.tables = graph.unweighted() ? null : new AliasTable[graph.nodes()];
        this.totals = new double[graph.nodes()];
        for (int node = 0; node < graph.nodes(); node++) {
            int v = node;
            totals[v] = graph.degree(v);
            if (tables != null && graph.degree(v) > 0) {
                tables[v] = new AliasTable(graph.degree(v), i -> graph.weight(v, i));
                totals[v] = 0;
                for (int i = 0; i < graph.degree(v); i++) {
                    totals[v] += graph.weight(v, i);
                }
            }
        }
        // Neighbours in the list are often neighbours in the graph; a chunk is to be a sample of all.
        this.order = new int[graph.nodes()];
        SplitMix random = new SplitMix(seed);
        for (int i = 0; i < order.length; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
    }

    @Override
    public int chunks() {
        return Math.max(1, (graph.nodes() + NODES_A_CHUNK - 1) / NODES_A_CHUNK);
    }

    @Override
    public long sentences() {
        return graph.nodes();
    }

    @Override
    public long tokens() {
        return (long) graph.nodes() * length;
    }

    @Override
    public void read(int epoch, int chunk, Consumer consumer) {
        SplitMix random = new SplitMix(0);
        random.seed(seed ^ 0x3A1C5, (long) epoch * chunks() + chunk);
        int[] walk = new int[length];
        int end = Math.min(graph.nodes(), (chunk + 1) * NODES_A_CHUNK);
        for (int i = chunk * NODES_A_CHUNK; i < end; i++) {
            consumer.sentence(walk, walk(order[i], walk, random), 0);
        }
    }

    /** @return how many nodes it has: it ends where no edge leads on */
    int walk(int from, int[] walk, SplitMix random) {
        walk[0] = from;
        int n = 1;
        int previous = -1;
        int current = from;
        while (n < length && graph.degree(current) > 0) {
            int next = previous < 0 || p == 1 && q == 1 ? any(current, random) : second(previous, current, random);
            previous = current;
            current = next;
            walk[n++] = next;
        }
        return n;
    }

    private int any(int node, SplitMix random) {
        int i = tables == null ? random.nextInt(graph.degree(node)) : tables[node].draw(random);
        return graph.neighbour(node, i);
    }

    private int second(int previous, int current, SplitMix random) {
        double far = 1 / q;
        double most = Math.max(1, far);
        double back = 1 / p;
        double extra = 0;
        if (back > most) {
            double weight = weight(current, previous);
            extra = (back - most) * weight;
        }
        while (true) {
            if (extra > 0 && random.nextDouble() * (totals[current] * most + extra) < extra) {
                return previous;
            }
            int candidate = any(current, random);
            double bias = candidate == previous ? Math.min(back, most) : graph.connected(previous, candidate) ? 1 : far;
            if (bias >= most || random.nextDouble() * most < bias) {
                return candidate;
            }
        }
    }

    /** Of the edge, or 0 if there is none, as in a directed graph. */
    private double weight(int from, int to) {
        int i = graph.find(from, to);
        return i < 0 ? 0 : graph.weight(from, i);
    }
}
