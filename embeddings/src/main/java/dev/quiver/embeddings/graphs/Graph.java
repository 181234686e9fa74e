package dev.quiver.embeddings.graphs;

import dev.quiver.embeddings.words.Tokens;
import dev.quiver.embeddings.words.Vocabulary;
import dev.quiver.embeddings.words.VocabularyBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Nodes and weighted edges, as one list of neighbours after the other, each in ascending order. Edges that are there twice are one with the sum of their weights; self loops are left out,
 * for a walk that stays learns nothing.
 */
public final class Graph {
    private final Vocabulary names;
    private final int[] starts;
    private final int[] targets;
    private final float[] weights;
    private final int selfLoops;

    private Graph(Vocabulary names, int[] starts, int[] targets, float[] weights, int selfLoops) {
        this.names = names;
        this.starts = starts;
        this.targets = targets;
        this.weights = weights;
        this.selfLoops = selfLoops;
    }

    public int nodes() {
        return names.size();
    }

    /** Directed ones; an edge of an undirected graph counts twice. */
    public int edges() {
        return targets.length;
    }

    /** How many self loops were left out. */
    public int selfLoops() {
        return selfLoops;
    }

    public Vocabulary names() {
        return names;
    }

    public int degree(int node) {
        return starts[node + 1] - starts[node];
    }

    public int neighbour(int node, int i) {
        return targets[starts[node] + i];
    }

    /** Whether all edges weigh the same. */
    public boolean unweighted() {
        return weights == null;
    }

    public float weight(int node, int i) {
        return weights == null ? 1 : weights[starts[node] + i];
    }

    public boolean connected(int from, int to) {
        return find(from, to) >= 0;
    }

    /** Which neighbour of a node another is, or below 0. */
    int find(int from, int to) {
        int i = Arrays.binarySearch(targets, starts[from], starts[from + 1], to);
        return i < 0 ? -1 : i - starts[from];
    }

    /** Collects edges. */
    public static final class Builder {
        private final VocabularyBuilder names = new VocabularyBuilder(Integer.MAX_VALUE);
        private final boolean directed;
        private int[] froms = new int[1024];
        private int[] tos = new int[1024];
        private float[] weights;
        private int size;
        private int selfLoops;

        public Builder(boolean directed) {
            this.directed = directed;
        }

        /** A node that may have no edge. */
        public int node(String name) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            return names.add(bytes, 0, bytes.length);
        }

        int node(byte[] in, int from, int to) {
            return names.add(in, from, to);
        }

        public Builder edge(String from, String to) {
            edge(node(from), node(to), 1);
            return this;
        }

        /** @param weight above 0 */
        public void edge(int from, int to, float weight) {
            if (!(weight > 0) || Float.isInfinite(weight)) {
                throw new IllegalArgumentException("An edge has the weight " + weight + "; let it be above 0.");
            }
            if (from == to) {
                selfLoops++;
                return;
            }
            put(from, to, weight);
            if (!directed) {
                put(to, from, weight);
            }
        }

        private void put(int from, int to, float weight) {
            if (size == froms.length) {
                if (size > Integer.MAX_VALUE / 2) {
                    throw new IllegalArgumentException(
                            "The graph has more than " + size + " edges, which is too many.");
                }
                froms = Arrays.copyOf(froms, 2 * size);
                tos = Arrays.copyOf(tos, 2 * size);
                weights = weights == null ? null : Arrays.copyOf(weights, 2 * size);
            }
            if (weight != 1 && weights == null) {
                weights = new float[froms.length];
                Arrays.fill(weights, 0, size, 1);
            }
            froms[size] = from;
            tos[size] = to;
            if (weights != null) {
                weights[size] = weight;
            }
            size++;
        }

        /** Sorts by counting twice, first by the end of an edge and then by its beginning: linear, however uneven the degrees are. */
        public Graph build() {
            int n = names.size();
            int[] byTo = order(tos, null, n);
            int[] order = order(froms, byTo, n);
            int[] starts = new int[n + 1];
            int[] targets = new int[size];
            float[] merged = weights == null ? null : new float[size];
            boolean twice = false;
            int kept = 0;
            int before = -1;
            float[] sums = merged;
            for (int i = 0; i < size; i++) {
                int e = order[i];
                boolean same = i > 0 && froms[e] == before && tos[e] == targets[kept - 1];
                if (same) {
                    if (sums == null) {
                        sums = new float[size];
                        Arrays.fill(sums, 0, kept, 1);
                    }
                    sums[kept - 1] += weights == null ? 1 : weights[e];
                    twice = true;
                } else {
                    targets[kept] = tos[e];
                    if (sums != null) {
                        sums[kept] = weights == null ? 1 : weights[e];
                    }
                    kept++;
                    starts[froms[e] + 1]++;
                }
                before = froms[e];
            }
            for (int i = 0; i < n; i++) {
                starts[i + 1] += starts[i];
            }
            return new Graph(
                    names.buildAsSeen(),
                    starts,
                    twice ? Arrays.copyOf(targets, kept) : targets,
                    sums == null ? null : Arrays.copyOf(sums, kept),
                    selfLoops);
        }

        private int[] order(int[] keys, int[] before, int n) {
            int[] at = new int[n + 1];
            for (int i = 0; i < size; i++) {
                at[keys[i] + 1]++;
            }
            for (int i = 0; i < n; i++) {
                at[i + 1] += at[i];
            }
            int[] order = new int[size];
            for (int i = 0; i < size; i++) {
                int e = before == null ? i : before[i];
                order[at[keys[e]]++] = e;
            }
            return order;
        }
    }

    /**
     * Reads an edge list: a line an edge, with two names and a weight, if there is one, separated by spaces or tabs. A line with one name is a node that may have no edge; empty lines
     * and those that begin with {@code #} or {@code %} are passed over.
     */
    public static Graph read(Path file, boolean directed) throws IOException {
        Builder builder = new Builder(directed);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(file + " is no file. Give a list of edges.");
        }
        try (Tokens in = new Tokens(Files.newInputStream(file), file.toString())) {
            int fields = 0;
            boolean comment = false;
            int[] ends = new int[2];
            float weight = 1;
            while (true) {
                long line = in.line();
                Tokens.Kind kind = in.next();
                if (kind == Tokens.Kind.WORD) {
                    byte first = in.buffer()[in.from()];
                    comment |= fields == 0 && (first == '#' || first == '%');
                    if (comment) {
                        continue;
                    }
                    if (fields < 2) {
                        ends[fields] = builder.node(in.buffer(), in.from(), in.to());
                    } else if (fields == 2) {
                        weight = weight(in, file, line);
                    } else {
                        throw new IllegalArgumentException("Line " + line + " of " + file
                                + " has more than two nodes and a weight. Write an edge in each line.");
                    }
                    fields++;
                } else {
                    if (fields >= 2) {
                        builder.edge(ends[0], ends[1], weight);
                    }
                    fields = 0;
                    comment = false;
                    weight = 1;
                    if (kind == Tokens.Kind.END) {
                        break;
                    }
                }
            }
        }
        if (builder.names.size() == 0) {
            throw new IllegalArgumentException(
                    "There is no node in " + file + ". Write an edge in each line: two names.");
        }
        return builder.build();
    }

    private static float weight(Tokens in, Path file, long line) {
        String text = new String(in.buffer(), in.from(), Math.min(40, in.to() - in.from()), StandardCharsets.UTF_8);
        try {
            float weight = Float.parseFloat(text);
            if (weight > 0 && Float.isFinite(weight)) {
                return weight;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "Line " + line + " of " + file + " has '" + text + "' where the weight of an edge is to stand.", e);
        }
        throw new IllegalArgumentException(
                "Line " + line + " of " + file + " has the weight " + text + "; weights are above 0.");
    }
}
