package dev.quiver.embeddings.adapters;

import dev.quiver.embeddings.FloatFile;
import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.ModelFolder;
import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Learns an {@link Adapter} from pairs: the softmax over the cosines of a query with all documents of the batch is to name the query's own one (InfoNCE, van den Oord, Li and Vinyals 2018,
 * https://arxiv.org/abs/1807.03748). Documents that are known to be relevant to the query, too, are left out instead of being pushed away.
 *
 * <p>The map begins as the one that changes nothing and is drawn back to it, so what the pairs say nothing about stays as the base model has it. Some queries are held out, with all their pairs; the epoch that fits them best is
 * the one that is kept, which may be none: then nothing is changed. Nothing depends on the number of threads, so a seed reproduces every bit on the same kind of processor.
 */
public final class AdapterTraining {
    private static final String CHECKPOINT = "checkpoint.bin";
    /** Of so many documents a query that is held out has to find its own. */
    private static final int CANDIDATES = 4096;

    private final AdapterPairs pairs;
    private final AdapterSettings settings;
    private final String base;
    private final int dimension;
    private final int stride;
    private final Layer in;
    private final Layer out;
    private final Layer bias;
    private final int[] training;
    private final int[] heldOut;
    private final int heldOutQueries;
    private final int[] candidates;

    private long steps;
    private int epoch;
    private int best;
    private double firstLoss;
    private double bestLoss;
    private final float[][] kept;

    private AdapterTraining(AdapterPairs pairs, String base, AdapterSettings settings) {
        if (base == null || base.isBlank()) {
            throw new IllegalArgumentException("The base model has no name. Say whose vectors these are.");
        }
        if (settings.rank() > pairs.dimension()) {
            throw new IllegalArgumentException("rank is " + settings.rank() + ", but the vectors have only "
                    + pairs.dimension() + " values; let it be at most that, or 0 for a map of full rank.");
        }
        this.pairs = pairs;
        this.settings = settings;
        this.base = base;
        this.dimension = pairs.dimension();
        this.stride = Rows.stride(dimension);
        this.in = new Layer(settings.rank() == 0 ? dimension : settings.rank(), dimension);
        this.out = settings.rank() == 0 ? null : new Layer(dimension, settings.rank());
        // A column for the one; the others are padding.
        this.bias = settings.bias() ? new Layer(dimension, 1) : null;
        if (out != null) {
            in.draw(new SplitMix(settings.seed()));
        }
        boolean[] held = heldOut();
        this.training = IntStream.range(0, pairs.pairs())
                .filter(p -> !held[pairs.queryOf(p)])
                .toArray();
        this.heldOut = IntStream.range(0, pairs.pairs())
                .filter(p -> held[pairs.queryOf(p)])
                .toArray();
        this.heldOutQueries =
                (int) IntStream.of(heldOut).map(pairs::queryOf).distinct().count();
        this.candidates = candidates();
        this.kept = copy();
    }

    /** Whole queries: a pair of a query that was learned from says nothing about other queries. */
    private boolean[] heldOut() {
        int[] asked =
                IntStream.range(0, pairs.pairs()).map(pairs::queryOf).distinct().toArray();
        shuffle(asked, new SplitMix(settings.seed() ^ 0x48454C44));
        boolean[] held = new boolean[pairs.queries()];
        int count = (int) Math.round(settings.heldOut() * asked.length);
        if (settings.heldOut() > 0 && (count < 1 || asked.length - count < 2)) {
            throw new IllegalArgumentException("Of " + asked.length + " queries the share " + settings.heldOut()
                    + " cannot be held out. Give more queries, or heldOut 0.");
        }
        for (int i = 0; i < count; i++) {
            held[asked[i]] = true;
        }
        return held;
    }

    private int[] candidates() {
        int[] own = IntStream.of(heldOut).map(pairs::documentOf).distinct().toArray();
        int[] others = IntStream.range(0, pairs.documents()).toArray();
        shuffle(others, new SplitMix(settings.seed() ^ 0x43414E44));
        return IntStream.concat(IntStream.of(own), IntStream.of(others))
                .distinct()
                .limit(Math.max(own.length, CANDIDATES))
                .toArray();
    }

    private static void shuffle(int[] values, SplitMix random) {
        for (int i = values.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int value = values[i];
            values[i] = values[j];
            values[j] = value;
        }
    }

    /**
     * Learns, and writes the adapter into a folder.
     *
     * @param base name of the model that the vectors are of
     */
    public static Adapter train(AdapterPairs pairs, String base, AdapterSettings settings, TrainingOutput output)
            throws IOException, InterruptedException {
        AdapterTraining training = new AdapterTraining(pairs, base, settings);
        Files.createDirectories(output.folder());
        training.run(output);
        Adapter adapter = training.adapter();
        adapter.write(output.folder());
        Map<String, Object> s = new LinkedHashMap<>();
        s.put(Adapter.BASE, base);
        s.putAll(settings.asMap());
        ModelFolder.describe(
                output.folder(),
                Adapter.FAMILY,
                pairs.dimension(),
                s,
                training.statistics(),
                output.licence(),
                output.source(),
                List.of(Adapter.WEIGHTS));
        Files.deleteIfExists(output.folder().resolve(CHECKPOINT));
        return adapter;
    }

    /** Learns, and writes nothing: for choosing settings. */
    public static Adapter train(AdapterPairs pairs, String base, AdapterSettings settings) throws InterruptedException {
        AdapterTraining training = new AdapterTraining(pairs, base, settings);
        try {
            training.run(new TrainingOutput(Path.of(""), null, null, null, null));
        } catch (IOException e) {
            throw new IllegalStateException("A training without checkpoints writes nothing.", e);
        }
        return training.adapter();
    }

    private Map<String, Object> statistics() {
        Map<String, Object> statistics = new LinkedHashMap<>();
        statistics.put("queries", pairs.queries());
        statistics.put("documents", pairs.documents());
        statistics.put("pairs", pairs.pairs());
        statistics.put("queriesHeldOut", heldOutQueries);
        statistics.put("epochs", epoch);
        statistics.put("epochKept", best);
        if (heldOut.length > 0) {
            statistics.put("lossBefore", firstLoss);
            statistics.put("lossAfter", bestLoss);
        }
        return statistics;
    }

    private Adapter adapter() {
        float[] first = kept[0].clone();
        if (out == null) {
            for (int i = 0; i < dimension; i++) {
                first[i * stride + i] += 1;
            }
        }
        float[] b = null;
        if (bias != null) {
            b = new float[stride];
            float[] learned = kept[kept.length - 1];
            for (int i = 0; i < dimension; i++) {
                b[i] = learned[i * bias.stride];
            }
        }
        return new Adapter(
                base, settings.sides(), dimension, settings.rank(), first, out == null ? null : kept[1].clone(), b);
    }

    private List<Layer> layers() {
        List<Layer> layers = new ArrayList<>(List.of(in));
        if (out != null) {
            layers.add(out);
        }
        if (bias != null) {
            layers.add(bias);
        }
        return layers;
    }

    private float[][] copy() {
        return layers().stream().map(l -> l.w.clone()).toArray(float[][]::new);
    }

    private void keep() {
        List<Layer> layers = layers();
        for (int i = 0; i < kept.length; i++) {
            System.arraycopy(layers.get(i).w, 0, kept[i], 0, kept[i].length);
        }
        best = epoch;
    }

    private void run(TrainingOutput output) throws IOException, InterruptedException {
        long perEpoch = Math.ceilDiv(training.length, settings.batch());
        long all = perEpoch * settings.epoch();
        Path checkpoint = output.folder().resolve(CHECKPOINT);
        if (output.checkpointEvery() != null && Files.exists(checkpoint)) {
            resume(checkpoint);
        } else {
            firstLoss = heldOut.length == 0 ? Double.NaN : heldOutLoss();
            bestLoss = firstLoss;
        }
        long began = System.nanoTime();
        long saved = began;
        long first = steps;
        while (epoch < settings.epoch() && (heldOut.length == 0 || epoch - best < settings.patience())) {
            int[] order = training.clone();
            SplitMix random = new SplitMix(0);
            random.seed(settings.seed(), epoch + 1L);
            shuffle(order, random);
            double loss = 0;
            for (int at = 0; at < order.length; at += settings.batch()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                int[] batch = Arrays.copyOfRange(order, at, Math.min(order.length, at + settings.batch()));
                loss += step(batch, random, (float) (settings.lr() * (1 - (double) steps / all)));
            }
            epoch++;
            if (heldOut.length == 0) {
                keep();
            } else {
                double now = heldOutLoss();
                if (now < bestLoss) {
                    bestLoss = now;
                    keep();
                }
            }
            long now = System.nanoTime();
            if (output.listener() != null) {
                double speed = (steps - first) * (double) settings.batch() / Math.max(1e-9, (now - began) / 1e9);
                output.listener()
                        .at(new TrainingStatus(
                                (double) steps / all,
                                steps * settings.batch(),
                                speed,
                                loss / perEpoch,
                                settings.lr() * (1 - (double) steps / all),
                                Duration.ofSeconds((long) ((all - steps) * settings.batch() / speed))));
            }
            if (output.checkpointEvery() != null
                    && now - saved >= output.checkpointEvery().toNanos()) {
                new FloatFile(numbers(), state()).write(checkpoint);
                saved = now;
            }
        }
    }

    /** What the training is, and how far. */
    private long[] numbers() {
        return new long[] {
            settings.toString().hashCode(),
            base.hashCode(),
            pairs.checksum(),
            steps,
            epoch,
            best,
            Double.doubleToLongBits(firstLoss),
            Double.doubleToLongBits(bestLoss)
        };
    }

    private float[][] state() {
        List<float[]> state = new ArrayList<>();
        for (Layer l : layers()) {
            state.addAll(List.of(l.w, l.m, l.v));
        }
        state.addAll(List.of(kept));
        return state.toArray(float[][]::new);
    }

    private void resume(Path checkpoint) throws IOException {
        FloatFile saved = FloatFile.read(checkpoint);
        long[] n = saved.numbers();
        float[][] state = state();
        if (n.length != numbers().length || !Arrays.equals(n, 0, 3, numbers(), 0, 3)) {
            throw new InvalidModelException(
                    "The checkpoint " + checkpoint
                            + " is of a training with other settings, pairs or another base. Take those, or another folder, or delete it to begin anew.");
        }
        for (int i = 0; i < state.length; i++) {
            if (saved.arrays().length != state.length || saved.arrays()[i].length != state[i].length) {
                throw new InvalidModelException("The checkpoint " + checkpoint + " is damaged. Delete it.");
            }
            System.arraycopy(saved.arrays()[i], 0, state[i], 0, state[i].length);
        }
        steps = n[3];
        epoch = (int) n[4];
        best = (int) n[5];
        firstLoss = Double.longBitsToDouble(n[6]);
        bestLoss = Double.longBitsToDouble(n[7]);
    }

    /** Vectors of queries or documents as the map is at present, and what their gradients need. */
    private final class Mapped {
        private final float[][] x;
        private final float[][] between;
        private final float[][] z;
        private final float[] norms;
        private final boolean changed;

        Mapped(float[][] x, boolean changed) {
            this.x = x;
            this.changed = changed;
            this.between = new float[x.length][];
            this.z = new float[x.length][];
            this.norms = new float[x.length];
            IntStream.range(0, x.length).parallel().forEach(this::forward);
        }

        private void forward(int i) {
            if (!changed) {
                z[i] = x[i];
                norms[i] = 1;
                return;
            }
            float[] y = Kernel.product(in.w, in.rows, x[i]);
            if (out != null) {
                between[i] = y;
                y = Kernel.product(out.w, out.rows, y);
            }
            Kernel.add(1, x[i], 0, y, stride);
            for (int d = 0; bias != null && d < dimension; d++) {
                y[d] += bias.w[d * bias.stride];
            }
            norms[i] = Rows.normalize(y);
            z[i] = y;
        }

        /** From gradients of the vectors of length 1 to those before. */
        private void back(float[][] gradients) {
            for (int i = 0; i < gradients.length; i++) {
                float along = Kernel.dot(gradients[i], 0, z[i], stride);
                Kernel.add(-along, z[i], 0, gradients[i], stride);
                float scale = norms[i] > 0 ? 1 / norms[i] : 0;
                for (int d = 0; d < stride; d++) {
                    gradients[i][d] *= scale;
                }
            }
        }
    }

    private float[][] vectorsOf(int[] ids, boolean queries) {
        return Arrays.stream(ids)
                .mapToObj(queries ? pairs::query : pairs::document)
                .toArray(float[][]::new);
    }

    /** @return the mean loss of the batch before it was learned */
    private double step(int[] batch, SplitMix random, float rate) {
        int[] queries =
                IntStream.of(batch).map(pairs::queryOf).distinct().sorted().toArray();
        IntStream.Builder hard = IntStream.builder();
        for (int p : batch) {
            int[] irrelevant = pairs.irrelevant(pairs.queryOf(p));
            for (int h = 0; h < settings.hard() && irrelevant.length > 0; h++) {
                hard.add(irrelevant[random.nextInt(irrelevant.length)]);
            }
        }
        int[] documents = IntStream.concat(IntStream.of(batch).map(pairs::documentOf), hard.build())
                .distinct()
                .sorted()
                .toArray();
        Mapped q = new Mapped(vectorsOf(queries, true), settings.sides().queries());
        Mapped d = new Mapped(vectorsOf(documents, false), settings.sides().documents());
        float[][] scores = scores(q, d);
        double[][] slopes = new double[queries.length][documents.length];
        double loss = 0;
        double total = 0;
        double share = settings.symmetric() ? 0.5 : 1;
        for (int p : batch) {
            int i = Arrays.binarySearch(queries, pairs.queryOf(p));
            int j = Arrays.binarySearch(documents, pairs.documentOf(p));
            double weight = pairs.weight(p);
            total += weight;
            loss += share * weight * row(scores, slopes, queries[i], documents, i, j, share * weight);
            if (settings.symmetric()) {
                loss += share * weight * column(scores, slopes, queries, documents[j], i, j, share * weight);
            }
        }
        float[][] queryGradients = new float[queries.length][stride];
        float[][] documentGradients = new float[documents.length][stride];
        for (int i = 0; i < queries.length; i++) {
            for (int j = 0; j < documents.length; j++) {
                float slope = (float) (slopes[i][j] / total / settings.temperature());
                if (slope != 0) {
                    Kernel.add(slope, d.z[j], 0, queryGradients[i], stride);
                    Kernel.add(slope, q.z[i], 0, documentGradients[j], stride);
                }
            }
        }
        steps++;
        learn(q, queryGradients, d, documentGradients, rate);
        return loss / total;
    }

    private void learn(Mapped q, float[][] queryGradients, Mapped d, float[][] documentGradients, float rate) {
        List<float[]> gradients = new ArrayList<>();
        List<float[]> inputs = new ArrayList<>();
        List<float[]> between = new ArrayList<>();
        if (q.changed) {
            q.back(queryGradients);
            gradients.addAll(Arrays.asList(queryGradients));
            inputs.addAll(Arrays.asList(q.x));
            between.addAll(Arrays.asList(q.between));
        }
        if (d.changed) {
            d.back(documentGradients);
            gradients.addAll(Arrays.asList(documentGradients));
            inputs.addAll(Arrays.asList(d.x));
            between.addAll(Arrays.asList(d.between));
        }
        float[][] g = gradients.toArray(float[][]::new);
        float[][] x = inputs.toArray(float[][]::new);
        float corrected = rate * Kernel.correction(steps);
        float decay = rate * (float) settings.decay();
        if (out == null) {
            in.learn(g, x, corrected, decay);
        } else {
            float[][] below = new float[g.length][];
            IntStream.range(0, g.length).parallel().forEach(i -> below[i] = out.back(g[i]));
            out.learn(g, between.toArray(float[][]::new), corrected, decay);
            // The product is drawn to zero by one factor; without the other nothing could be learned any more.
            in.learn(below, x, corrected, 0);
        }
        if (bias != null) {
            float[] one = new float[bias.stride];
            one[0] = 1;
            float[][] ones = new float[g.length][];
            Arrays.fill(ones, one);
            bias.learn(g, ones, corrected, decay);
        }
    }

    /** Divided by the temperature. */
    private float[][] scores(Mapped q, Mapped d) {
        float[][] scores = new float[q.z.length][d.z.length];
        IntStream.range(0, q.z.length).parallel().forEach(i -> {
            float[] scratch = Kernel.scratch();
            for (int j = 0; j < d.z.length; j++) {
                scores[i][j] = Kernel.dot(q.z[i], 0, d.z[j], stride, scratch) / (float) settings.temperature();
            }
        });
        return scores;
    }

    /**
     * The loss of query i with its document j among all documents that are not relevant to it.
     *
     * @param slopes null, or where the weighted derivatives by the scores are added
     */
    private double row(float[][] scores, double[][] slopes, int query, int[] documents, int i, int j, double weight) {
        double most = scores[i][j];
        boolean[] counts = new boolean[documents.length];
        for (int k = 0; k < documents.length; k++) {
            counts[k] = k == j || !pairs.relevant(query, documents[k]);
            most = counts[k] ? Math.max(most, scores[i][k]) : most;
        }
        double sum = 0;
        for (int k = 0; k < documents.length; k++) {
            sum += counts[k] ? Math.exp(scores[i][k] - most) : 0;
        }
        for (int k = 0; slopes != null && k < documents.length; k++) {
            if (counts[k]) {
                slopes[i][k] += weight * (Math.exp(scores[i][k] - most) / sum - (k == j ? 1 : 0));
            }
        }
        return Math.log(sum) + most - scores[i][j];
    }

    /** The other way round: the document is to find its query. */
    private double column(
            float[][] scores, double[][] slopes, int[] queries, int document, int i, int j, double weight) {
        double most = scores[i][j];
        boolean[] counts = new boolean[queries.length];
        for (int k = 0; k < queries.length; k++) {
            counts[k] = k == i || !pairs.relevant(queries[k], document);
            most = counts[k] ? Math.max(most, scores[k][j]) : most;
        }
        double sum = 0;
        for (int k = 0; k < queries.length; k++) {
            sum += counts[k] ? Math.exp(scores[k][j] - most) : 0;
        }
        for (int k = 0; k < queries.length; k++) {
            if (counts[k]) {
                slopes[k][j] += weight * (Math.exp(scores[k][j] - most) / sum - (k == i ? 1 : 0));
            }
        }
        return Math.log(sum) + most - scores[i][j];
    }

    /** Mean over the pairs held out, each among all candidates. */
    private double heldOutLoss() {
        int[] queries =
                IntStream.of(heldOut).map(pairs::queryOf).distinct().sorted().toArray();
        int[] documents = candidates.clone();
        Arrays.sort(documents);
        Mapped q = new Mapped(vectorsOf(queries, true), settings.sides().queries());
        Mapped d = new Mapped(vectorsOf(documents, false), settings.sides().documents());
        float[][] scores = scores(q, d);
        double[] losses = new double[heldOut.length];
        IntStream.range(0, heldOut.length).parallel().forEach(p -> {
            int query = pairs.queryOf(heldOut[p]);
            int i = Arrays.binarySearch(queries, query);
            int j = Arrays.binarySearch(documents, pairs.documentOf(heldOut[p]));
            losses[p] = row(scores, null, query, documents, i, j, 0);
        });
        double loss = 0;
        double total = 0;
        for (int p = 0; p < losses.length; p++) {
            loss += pairs.weight(heldOut[p]) * losses[p];
            total += pairs.weight(heldOut[p]);
        }
        return loss / total;
    }
}
