package dev.quiver.embeddings.graphs;

import dev.quiver.embeddings.FloatFile;
import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.ModelFolder;
import dev.quiver.embeddings.training.AliasTable;
import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingStatus;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectorWriter;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Learns a {@link GraphSage} without labels: nodes that are near on random walks get vectors that are near, others do not. Neighbours are sampled, so a hub costs what others cost. Each example has random numbers of its own and
 * gradients are added up in a fixed order, so a seed reproduces every bit on any number of threads, and a training that was stopped ends as one that was not.
 */
public final class GraphSageTraining {
    /** The model, beside the vectors of the graph that it was learned from. */
    public static final String MODEL = "graphsage.bin";

    private static final String CHECKPOINT = "checkpoint.bin";
    private static final int BATCH = 64;
    private static final int SLICES = 8;
    /** Vectors of length 1 are never further apart than -1; so that an example can be learned to the end, their products are scaled. */
    private static final float SCALE = 5;

    private static final float BETA1 = 0.9f;
    private static final float BETA2 = 0.999f;
    private static final long TELL_NANOS = 1_000_000_000;

    /**
     * What can be set.
     *
     * @param dim size of the vectors
     * @param hidden size of the layer between
     * @param first how many neighbours are sampled
     * @param second how many of each of them
     * @param walk how many steps away a node may be that still is to be near
     * @param epoch examples for each node
     */
    public record Settings(
            int dim, int hidden, int first, int second, int walk, int neg, int epoch, double lr, long seed) {
        public Settings {
            within("dim", dim, 4096);
            within("hidden", hidden, 4096);
            within("first", first, 1000);
            within("second", second, 1000);
            within("walk", walk, 100);
            within("neg", neg, 1000);
            within("epoch", epoch, 1_000_000);
            if (!(lr > 0 && lr <= 1)) {
                throw new IllegalArgumentException("lr is " + lr + "; let it be above 0 and at most 1.");
            }
        }

        private static void within(String name, int value, int most) {
            if (value < 1 || value > most) {
                throw new IllegalArgumentException(name + " is " + value + "; let it be from 1 to " + most + ".");
            }
        }

        public static Settings defaults() {
            return new Settings(64, 64, 10, 5, 3, 5, 5, 0.003, 0);
        }
    }

    private final Graph graph;
    private final Settings settings;
    private final GraphSage model;
    private final float[][] x;
    private final AliasTable negatives;
    private final int[] starts;

    private GraphSageTraining(Graph graph, WordVectors features, Settings settings) {
        this.graph = graph;
        this.settings = settings;
        this.starts = IntStream.range(0, graph.nodes())
                .filter(v -> graph.degree(v) > 0)
                .toArray();
        if (starts.length == 0) {
            throw new IllegalArgumentException("The graph has " + graph.nodes()
                    + " nodes and no edge between two of them: there is nothing to learn from.");
        }
        this.model = initial(graph, features, settings);
        this.x = model.standardized(graph, features);
        this.negatives = new AliasTable(graph.nodes(), v -> Math.pow(1 + graph.degree(v), 0.75));
    }

    private static GraphSage initial(Graph graph, WordVectors features, Settings s) {
        int f = features.dimension();
        double[] sum = new double[f];
        double[] squares = new double[f];
        int known = 0;
        for (int v = 0; v < graph.nodes(); v++) {
            float[] row = features.vector(graph.names().text(v)).orElse(null);
            if (row != null) {
                known++;
                for (int i = 0; i < f; i++) {
                    sum[i] += row[i];
                    squares[i] += (double) row[i] * row[i];
                }
            }
        }
        if (known == 0) {
            throw new IllegalArgumentException("None of the " + graph.nodes()
                    + " nodes has features. Their names have to be the same in both files.");
        }
        float[] mean = new float[f];
        float[] scale = new float[f];
        for (int i = 0; i < f; i++) {
            mean[i] = (float) (sum[i] / known);
            double variance = squares[i] / known - (sum[i] / known) * (sum[i] / known);
            scale[i] = variance > 1e-12 ? (float) (1 / Math.sqrt(variance)) : 0;
        }
        SplitMix random = new SplitMix(s.seed);
        return new GraphSage(
                f,
                s.hidden,
                s.dim,
                mean,
                scale,
                weights(s.hidden, 2 * f, random),
                weights(s.dim, 2 * s.hidden, random));
    }

    /** Glorot and Bengio 2010. */
    private static float[] weights(int rows, int columns, SplitMix random) {
        float[] w = new float[Math.multiplyExact(rows, columns)];
        float bound = (float) Math.sqrt(6.0 / (rows + columns));
        for (int i = 0; i < w.length; i++) {
            w[i] = (2 * random.nextFloat() - 1) * bound;
        }
        return w;
    }

    /** Learns, and writes the model and the vectors of all nodes of the graph. */
    public static GraphSage train(Graph graph, WordVectors features, Settings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        GraphSageTraining training = new GraphSageTraining(graph, features, settings);
        Files.createDirectories(output.folder());
        training.run(output);
        training.model.write(output.folder().resolve(MODEL));
        write(training.model, graph, features, output.folder().resolve(WordTraining.VECTORS));
        Map<String, Object> s = new LinkedHashMap<>();
        s.put("dim", settings.dim);
        s.put("hidden", settings.hidden);
        s.put("first", settings.first);
        s.put("second", settings.second);
        s.put("walk", settings.walk);
        s.put("neg", settings.neg);
        s.put("epoch", settings.epoch);
        s.put("lr", settings.lr);
        s.put("seed", settings.seed);
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("nodes", graph.nodes());
        statistics.put("edges", graph.edges());
        statistics.put("features", features.dimension());
        ModelFolder.describe(
                output.folder(),
                "graphsage",
                settings.dim,
                s,
                statistics,
                output.licence(),
                output.source(),
                List.of(MODEL, WordTraining.VECTORS));
        Files.deleteIfExists(output.folder().resolve(CHECKPOINT));
        return training.model;
    }

    /** Writes the vectors that a model has for the nodes of a graph, known or not. */
    public static void write(GraphSage model, Graph graph, WordVectors features, Path file) throws IOException {
        float[][] z = model.vectors(graph, features);
        WordVectorWriter.write(
                file, WordVectorFormat.WORD2VEC_TEXT, z.length, model.dim, graph.names()::word, v -> z[v]);
    }

    private void run(TrainingOutput output) throws IOException, InterruptedException {
        long steps = Math.ceilDiv((long) starts.length * settings.epoch, BATCH);
        Path checkpoint = output.folder().resolve(CHECKPOINT);
        float[][] state = {
            model.w1,
            model.w2,
            new float[model.w1.length],
            new float[model.w2.length],
            new float[model.w1.length],
            new float[model.w2.length]
        };
        long step = 0;
        if (output.checkpointEvery() != null && Files.exists(checkpoint)) {
            step = resume(checkpoint, state);
        }
        long first = step;
        long began = System.nanoTime();
        long saved = began;
        long told = began;
        double loss = 0;
        long examples = 0;
        Slice[] slices = new Slice[SLICES];
        Arrays.setAll(slices, _ -> new Slice());
        for (; step < steps; step++) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            long number = step;
            IntStream.range(0, SLICES).parallel().forEach(s -> slices[s].examples(number, s));
            for (Slice slice : slices) {
                loss += slice.loss;
            }
            examples += BATCH;
            update(slices, state, step + 1, (float) (settings.lr * (1 - (double) step / steps)));
            long now = System.nanoTime();
            boolean last = step + 1 == steps;
            if (output.listener() != null && (now - told >= TELL_NANOS || last)) {
                double speed = (step + 1 - first) * (double) BATCH / Math.max(1e-9, (now - began) / 1e9);
                output.listener()
                        .at(new TrainingStatus(
                                (step + 1.0) / steps,
                                (step + 1) * BATCH,
                                speed,
                                loss / examples,
                                settings.lr * (1 - (double) step / steps),
                                Duration.ofSeconds((long) ((steps - step - 1) * BATCH / speed))));
                told = now;
                loss = 0;
                examples = 0;
            }
            if (output.checkpointEvery() != null
                    && !last
                    && now - saved >= output.checkpointEvery().toNanos()) {
                new FloatFile(numbers(step + 1), state).write(checkpoint);
                saved = now;
            }
        }
    }

    private long[] numbers(long step) {
        return new long[] {step, settings.toString().hashCode(), graph.nodes(), graph.edges(), model.features};
    }

    private long resume(Path checkpoint, float[][] state) throws IOException {
        FloatFile saved = FloatFile.read(checkpoint);
        long[] expected = numbers(saved.numbers().length == 0 ? 0 : saved.numbers()[0]);
        if (!Arrays.equals(saved.numbers(), expected) || saved.arrays().length != state.length) {
            throw new InvalidModelException(
                    "The checkpoint " + checkpoint
                            + " is of a training with other settings or another graph. Take those, or another folder, or delete it to begin anew.");
        }
        for (int i = 0; i < state.length; i++) {
            if (saved.arrays()[i].length != state[i].length) {
                throw new InvalidModelException("The checkpoint " + checkpoint + " is damaged. Delete it.");
            }
            System.arraycopy(saved.arrays()[i], 0, state[i], 0, state[i].length);
        }
        return saved.numbers()[0];
    }

    /** Adam (Kingma and Ba 2015). */
    private static void update(Slice[] slices, float[][] state, long step, float rate) {
        float correction = (float) (Math.sqrt(1 - Math.pow(BETA2, step)) / (1 - Math.pow(BETA1, step)));
        for (int w = 0; w < 2; w++) {
            float[] weights = state[w];
            float[] m = state[2 + w];
            float[] v = state[4 + w];
            for (int i = 0; i < weights.length; i++) {
                float g = 0;
                for (Slice s : slices) {
                    g += (w == 0 ? s.g1 : s.g2)[i];
                }
                g /= BATCH;
                m[i] = BETA1 * m[i] + (1 - BETA1) * g;
                v[i] = BETA2 * v[i] + (1 - BETA2) * g * g;
                weights[i] -= rate * correction * m[i] / ((float) Math.sqrt(v[i]) + 1e-8f);
            }
        }
    }

    /** A part of a batch, with gradients of its own. */
    private final class Slice {
        private final float[] g1 = new float[model.w1.length];
        private final float[] g2 = new float[model.w2.length];
        private final SplitMix random = new SplitMix(0);
        private double loss;

        void examples(long step, int slice) {
            Arrays.fill(g1, 0);
            Arrays.fill(g2, 0);
            loss = 0;
            for (int i = slice; i < BATCH; i += SLICES) {
                random.seed(settings.seed ^ 0x6A5E, step * BATCH + i);
                example();
            }
        }

        private void example() {
            int u = starts[random.nextInt(starts.length)];
            int v = u;
            for (int steps = 1 + random.nextInt(settings.walk); steps > 0 && graph.degree(v) > 0; steps--) {
                v = graph.neighbour(v, random.nextInt(graph.degree(v)));
            }
            Forward from = new Forward(u, random);
            float[] gradient = new float[model.dim];
            for (int n = 0; n <= settings.neg; n++) {
                int other = n == 0 ? v : negatives.draw(random);
                if (n > 0 && (other == u || other == v)) {
                    continue;
                }
                Forward to = new Forward(other, random);
                double dot = 0;
                for (int i = 0; i < model.dim; i++) {
                    dot += from.z[i] * to.z[i];
                }
                double sigmoid = 1 / (1 + Math.exp(-SCALE * dot));
                loss -= Math.log(Math.max(1e-12, n == 0 ? sigmoid : 1 - sigmoid));
                float alpha = (float) (SCALE * (sigmoid - (n == 0 ? 1 : 0)));
                float[] back = new float[model.dim];
                for (int i = 0; i < model.dim; i++) {
                    gradient[i] += alpha * to.z[i];
                    back[i] = alpha * from.z[i];
                }
                to.back(back, g1, g2);
            }
            from.back(gradient, g1, g2);
        }
    }

    /** One node's vector with sampled neighbours, and what its gradient needs. */
    private final class Forward {
        private final float[][] a1;
        private final float[][] h1;
        private final float[] a2;
        private final float[] z;
        private final float norm;

        Forward(int node, SplitMix random) {
            int sampled = Math.min(graph.degree(node), settings.first);
            a1 = new float[sampled + 1][];
            h1 = new float[sampled + 1][];
            a2 = new float[2 * model.hidden];
            for (int i = 0; i <= sampled; i++) {
                int at = i == 0 ? node : graph.neighbour(node, random.nextInt(graph.degree(node)));
                a1[i] = joined(at, random);
                h1[i] = GraphSage.product(model.w1, model.hidden, a1[i]);
                for (int j = 0; j < model.hidden; j++) {
                    h1[i][j] = Math.max(0, h1[i][j]);
                    a2[i == 0 ? j : model.hidden + j] += i == 0 ? h1[i][j] : h1[i][j] / sampled;
                }
            }
            z = GraphSage.product(model.w2, model.dim, a2);
            norm = GraphSage.normalize(z);
        }

        private float[] joined(int node, SplitMix random) {
            float[] joined = Arrays.copyOf(x[node], 2 * model.features);
            int sampled = Math.min(graph.degree(node), settings.second);
            for (int i = 0; i < sampled; i++) {
                float[] other = x[graph.neighbour(node, random.nextInt(graph.degree(node)))];
                for (int j = 0; j < model.features; j++) {
                    joined[model.features + j] += other[j] / sampled;
                }
            }
            return joined;
        }

        void back(float[] dz, float[] g1, float[] g2) {
            if (norm == 0) {
                return;
            }
            float along = 0;
            for (int i = 0; i < model.dim; i++) {
                along += z[i] * dz[i];
            }
            float[] da2 = new float[a2.length];
            for (int r = 0; r < model.dim; r++) {
                float d = (dz[r] - z[r] * along) / norm;
                int at = r * a2.length;
                for (int i = 0; i < a2.length; i++) {
                    g2[at + i] += d * a2[i];
                    da2[i] += d * model.w2[at + i];
                }
            }
            for (int n = 0; n < a1.length; n++) {
                for (int r = 0; r < model.hidden; r++) {
                    if (h1[n][r] > 0) {
                        float d = n == 0 ? da2[r] : da2[model.hidden + r] / (a1.length - 1);
                        int at = r * a1[n].length;
                        for (int i = 0; i < a1[n].length; i++) {
                            g1[at + i] += d * a1[n][i];
                        }
                    }
                }
            }
        }
    }
}
