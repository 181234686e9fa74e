package dev.quiver.bench;

import dev.quiver.bench.data.Commands;
import dev.quiver.bench.data.DebianPackages;
import dev.quiver.bench.data.DebianTags;
import dev.quiver.bench.data.JdkSentences;
import dev.quiver.bench.data.UnavailableException;
import dev.quiver.bench.data.WordNet;
import dev.quiver.embeddings.evaluation.Auroc;
import dev.quiver.embeddings.graphs.Graph;
import dev.quiver.embeddings.graphs.GraphSageTraining;
import dev.quiver.embeddings.graphs.NodeTraining;
import dev.quiver.embeddings.items.ItemRecommender;
import dev.quiver.embeddings.items.ItemTraining;
import dev.quiver.embeddings.training.Architecture;
import dev.quiver.embeddings.training.SplitMix;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectors;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Embeddings that are learned here: beside Debian's fastText in speed and quality, links of a graph that were held out, and what else belongs into a basket. */
final class TrainingSection implements Section {
    private static final String FASTTEXT = "fasttext";
    private static final int MIN_COUNT = 5;
    /** The most frequent ones are features of packages. */
    private static final int TAGS = 64;

    @Override
    public String name() {
        return "training";
    }

    @Override
    public String title() {
        return "Training";
    }

    @Override
    public void measure(Options options, Report report) throws IOException, InterruptedException {
        try (TemporaryFolder folder = new TemporaryFolder()) {
            words(options, report, folder.path());
            try {
                Map<String, List<String>> packages = DebianPackages.dependencies();
                links(options, report, packages, folder.path());
                baskets(options, report, packages, folder.path());
            } catch (UnavailableException e) {
                report.paragraph("Graphs and baskets were not measured: %s.", e.getMessage());
            }
        }
    }

    /** One way to train, as both programs know it. */
    private record Setup(String name, TrainingSettings settings) {
        List<String> command(Path corpus, Path output) {
            return List.of(
                    FASTTEXT,
                    settings.architecture() == Architecture.CBOW ? "cbow" : "skipgram",
                    "-input",
                    corpus.toString(),
                    "-output",
                    output.toString(),
                    "-dim",
                    Integer.toString(settings.dim()),
                    "-ws",
                    Integer.toString(settings.ws()),
                    "-epoch",
                    Integer.toString(settings.epoch()),
                    "-minCount",
                    Integer.toString(settings.minCount()),
                    "-neg",
                    Integer.toString(settings.neg()),
                    "-minn",
                    Integer.toString(settings.minn()),
                    "-maxn",
                    Integer.toString(settings.maxn()),
                    "-bucket",
                    Integer.toString(Math.max(1, settings.bucket())),
                    "-thread",
                    Integer.toString(Runtime.getRuntime().availableProcessors()));
        }
    }

    private void words(Options options, Report report, Path folder) throws IOException, InterruptedException {
        List<WordNet.SynonymSet> wordNet;
        try {
            wordNet = WordNet.read();
        } catch (UnavailableException e) {
            report.paragraph("Words were not measured: WordNet could not be had: %s.", e.getMessage());
            return;
        }
        Path corpus = folder.resolve("corpus.txt");
        long tokens = corpus(corpus, wordNet);
        boolean peer = Commands.exists(FASTTEXT);
        int epochs = options.quick() ? 2 : 5;
        int rounds = options.quick() ? 1 : 3;
        TrainingSettings plain =
                TrainingSettings.fastText().withSubwords(0, 0, 0).withEpoch(epochs);
        TrainingSettings grams =
                TrainingSettings.fastText().withSubwords(3, 6, 200_000).withEpoch(epochs);
        List<Setup> setups = List.of(
                new Setup("skip-gram", plain),
                new Setup("skip-gram, n-grams", grams),
                new Setup("CBOW", plain.withArchitecture(Architecture.CBOW)),
                new Setup("CBOW, n-grams", grams.withArchitecture(Architecture.CBOW)));
        report.paragraph("""
                %,d words of the JDK's documentation and WordNet's glosses, in lower case; %d epochs, all cores, otherwise fastText's defaults with its draw of negatives (n-grams in 200,000 buckets). \
                Words a second are those of all epochs over the time from start to end, with reading and writing. Questions are made of WordNet's sets: of a word, is its synonym nearer than another word that is \
                as frequent? Half of them right is chance. Mean of %d rounds, in which both take their turn; ± is half the range.""", tokens, epochs, rounds);
        List<List<String>> table = new ArrayList<>();
        for (Setup setup : setups) {
            double[][] speeds = new double[2][rounds];
            double[][] right = new double[2][rounds];
            List<Question> questions = null;
            for (int round = 0; round < rounds; round++) {
                Path ours = folder.resolve("ours");
                long started = System.nanoTime();
                WordTraining.train(List.of(corpus), setup.settings.withSeed(round), TrainingOutput.in(ours));
                speeds[0][round] = tokens * (double) epochs / ((System.nanoTime() - started) / 1e9);
                WordVectors vectors =
                        WordVectors.read(ours.resolve(WordTraining.VECTORS), WordVectorFormat.WORD2VEC_TEXT);
                questions = questions == null ? questions(wordNet, vectors) : questions;
                right[0][round] = right(questions, vectors);
                if (peer) {
                    Path theirs = folder.resolve("theirs");
                    List<String> command = new ArrayList<>(setup.command(corpus, theirs));
                    started = System.nanoTime();
                    Commands.run(folder, Map.of(), command);
                    speeds[1][round] = tokens * (double) epochs / ((System.nanoTime() - started) / 1e9);
                    right[1][round] = right(
                            questions, WordVectors.read(folder.resolve("theirs.vec"), WordVectorFormat.WORD2VEC_TEXT));
                }
                Main.progress("training: %s, round %d", setup.name, round + 1);
            }
            double speed = mean(speeds[0]);
            table.add(List.of(
                    setup.name,
                    Report.format("%,.0f", speed),
                    peer ? Report.format("%,.0f", mean(speeds[1])) : "",
                    peer ? Report.format("%.1f×", speed / mean(speeds[1])) : "",
                    Report.format("%.3f ± %.3f", mean(right[0]), range(right[0])),
                    peer ? Report.format("%.3f ± %.3f", mean(right[1]), range(right[1])) : "",
                    Report.format("%,d", questions.size())));
            if (peer) {
                double noise = Math.max(0.015, range(right[0]) + range(right[1]));
                report.target(
                        setup.name + ": at least as fast as fastText, quality equal within noise",
                        speed >= mean(speeds[1]) && mean(right[0]) >= mean(right[1]) - noise,
                        "%.1f× the words/s, %.3f right beside %.3f",
                        speed / mean(speeds[1]),
                        mean(right[0]),
                        mean(right[1]));
            }
        }
        if (!peer) {
            report.paragraph("fastText is not installed here (Debian's package `fasttext`): Quiver stands alone.");
        }
        report.table(List.of("", "words/s", "fastText", "", "questions right", "fastText", "questions"), table);
    }

    private static long corpus(Path file, List<WordNet.SynonymSet> wordNet) throws IOException {
        List<String> lines = new ArrayList<>(JdkSentences.read());
        wordNet.forEach(set -> lines.add(set.gloss()));
        Collections.shuffle(lines, new Random(3));
        long tokens = 0;
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (String line : lines) {
                String words = line.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N}]+", " ")
                        .strip();
                if (!words.isEmpty()) {
                    out.write(words);
                    out.write('\n');
                    tokens += words.split(" ").length + 1;
                }
            }
        }
        return tokens;
    }

    private record Question(String word, String synonym, String other) {}

    /** The other word is one within a few ranks of the synonym that shares no set with the word. */
    private static List<Question> questions(List<WordNet.SynonymSet> wordNet, WordVectors vectors) {
        Map<String, Set<String>> synonyms = new HashMap<>();
        for (WordNet.SynonymSet set : wordNet) {
            for (String word : set.words()) {
                synonyms.computeIfAbsent(word, _ -> new HashSet<>()).addAll(set.words());
            }
        }
        Random random = new Random(7);
        List<Question> questions = new ArrayList<>();
        int size = vectors.vocabulary().size();
        for (WordNet.SynonymSet set : wordNet) {
            for (String word : set.words()) {
                for (String synonym : set.words()) {
                    int rank = vectors.vocabulary().find(synonym);
                    if (word.equals(synonym) || rank < 0 || vectors.vocabulary().find(word) < 0) {
                        continue;
                    }
                    int other = Math.clamp(rank + random.nextInt(-50, 51), 1, size - 1);
                    String text = vectors.vocabulary().text(other);
                    if (synonyms.containsKey(text) && !synonyms.get(word).contains(text)) {
                        questions.add(new Question(word, synonym, text));
                    }
                }
            }
        }
        return questions;
    }

    private static double right(List<Question> questions, WordVectors vectors) {
        int asked = 0;
        int right = 0;
        for (Question q : questions) {
            float[] word = vectors.vector(q.word).orElse(null);
            float[] synonym = vectors.vector(q.synonym).orElse(null);
            float[] other = vectors.vector(q.other).orElse(null);
            if (word != null && synonym != null && other != null) {
                asked++;
                right += cosine(word, synonym) > cosine(word, other) ? 1 : 0;
            }
        }
        return (double) right / asked;
    }

    /** A tenth of the edges is held out: are they nearer than pairs of packages that do not depend on one another? */
    private void links(Options options, Report report, Map<String, List<String>> packages, Path folder)
            throws IOException, InterruptedException {
        List<String[]> edges = new ArrayList<>();
        packages.forEach((name, wanted) -> wanted.forEach(w -> edges.add(new String[] {name, w})));
        Collections.shuffle(edges, new Random(5));
        int heldOut = edges.size() / 10;
        Graph.Builder builder = new Graph.Builder(false);
        for (String[] edge : edges.subList(heldOut, edges.size())) {
            builder.edge(edge[0], edge[1]);
        }
        Graph graph = builder.build();
        List<int[]> present = new ArrayList<>();
        for (String[] edge : edges.subList(0, heldOut)) {
            int a = graph.names().find(edge[0]);
            int b = graph.names().find(edge[1]);
            if (a >= 0 && b >= 0 && !graph.connected(a, b)) {
                present.add(new int[] {a, b});
            }
        }
        List<int[]> absent = new ArrayList<>();
        List<int[]> hard = new ArrayList<>();
        Random random = new Random(6);
        Set<Long> known = new HashSet<>();
        present.forEach(e -> known.add((long) Math.min(e[0], e[1]) << 32 | Math.max(e[0], e[1])));
        while (absent.size() < present.size()) {
            int a = random.nextInt(graph.nodes());
            int b = random.nextInt(graph.nodes());
            if (a != b && !graph.connected(a, b)) {
                absent.add(new int[] {a, b});
            }
        }
        // The same packages with another's dependency: popularity alone does not tell these apart.
        while (hard.size() < present.size()) {
            int a = present.get(hard.size())[0];
            int b = present.get(random.nextInt(present.size()))[1];
            if (a != b && !graph.connected(a, b) && !known.contains((long) Math.min(a, b) << 32 | Math.max(a, b))) {
                hard.add(new int[] {a, b});
            }
        }
        report.paragraph("""
                The dependencies of %,d Debian packages, %,d edges; a tenth is held out. AUC is the share of pairs of a held-out edge and one that is not there in which the first has the higher score (cosine for \
                vectors), against pairs at random, and against the same package with another's dependency.""", graph.nodes(), edges.size());
        List<List<String>> table = new ArrayList<>();
        table.add(List.of(
                "popularity (product of degrees)",
                auc(present, absent, (a, b) -> (double) graph.degree(a) * graph.degree(b)),
                auc(present, hard, (a, b) -> (double) graph.degree(a) * graph.degree(b))));
        table.add(List.of(
                "neighbours in common (Adamic-Adar)",
                auc(present, absent, (a, b) -> adamicAdar(graph, a, b)),
                auc(present, hard, (a, b) -> adamicAdar(graph, a, b))));
        TrainingSettings settings =
                NodeTraining.defaults().withDim(options.quick() ? 64 : 128).withEpoch(options.quick() ? 2 : 10);
        for (double[] pq : new double[][] {{1, 1}, {1, 0.5}, {0.5, 2}}) {
            WordVectors vectors =
                    NodeTraining.train(graph, 80, pq[0], pq[1], settings, TrainingOutput.in(folder.resolve("graph")));
            float[][] rows = rows(vectors);
            table.add(List.of(
                    pq[0] == 1 && pq[1] == 1 ? "DeepWalk" : Report.format("node2vec, p %s, q %s", pq[0], pq[1]),
                    auc(present, absent, (a, b) -> cosine(rows[a], rows[b])),
                    auc(present, hard, (a, b) -> cosine(rows[a], rows[b]))));
            Main.progress("training: walks with p %s, q %s", pq[0], pq[1]);
        }
        Path tags = folder.resolve("tags.txt");
        DebianTags.write(tags, TAGS);
        WordVectors features = WordVectors.read(tags, WordVectorFormat.GLOVE_TEXT);
        GraphSageTraining.Settings sage = sage(options);
        float[][] z = GraphSageTraining.train(graph, features, sage, TrainingOutput.in(folder.resolve("sage")))
                .vectors(graph, features);
        table.add(List.of(
                "GraphSAGE, tags as features",
                auc(present, absent, (a, b) -> cosine(z[a], z[b])),
                auc(present, hard, (a, b) -> cosine(z[a], z[b]))));
        report.table(List.of("", "AUC, random pairs", "AUC, same package"), table);
        unseen(report, graph, features, sage, List.of(present, absent, hard), folder);
    }

    private static GraphSageTraining.Settings sage(Options options) {
        GraphSageTraining.Settings s = GraphSageTraining.Settings.defaults();
        return new GraphSageTraining.Settings(
                s.dim(), s.hidden(), s.first(), s.second(), 1, s.neg(), options.quick() ? 2 : 10, s.lr(), s.seed());
    }

    /** A fifth of the packages is not there while it learns, nor is an edge of theirs. Pairs with such a package are asked for afterwards. */
    private static void unseen(
            Report report,
            Graph graph,
            WordVectors features,
            GraphSageTraining.Settings settings,
            List<List<int[]>> pairs,
            Path folder)
            throws IOException, InterruptedException {
        Random random = new Random(9);
        boolean[] gone = new boolean[graph.nodes()];
        for (int v = 0; v < gone.length; v++) {
            gone[v] = random.nextInt(5) == 0;
        }
        Graph.Builder builder = new Graph.Builder(false);
        for (int v = 0; v < gone.length; v++) {
            for (int i = 0; i < graph.degree(v); i++) {
                int w = graph.neighbour(v, i);
                if (v < w && !gone[v] && !gone[w]) {
                    builder.edge(graph.names().text(v), graph.names().text(w));
                }
            }
        }
        float[][] z = GraphSageTraining.train(
                        builder.build(), features, settings, TrainingOutput.in(folder.resolve("unseen")))
                .vectors(graph, features);
        List<List<int[]>> asked = pairs.stream()
                .map(all -> all.stream().filter(e -> gone[e[0]] || gone[e[1]]).toList())
                .toList();
        report.paragraph(
                "GraphSAGE, learned without a fifth of the packages and their edges, of %,d held-out edges to or from one of these: AUC %s against random pairs, %s against the same package's (features alone %s and %s).",
                asked.get(0).size(),
                auc(asked.get(0), asked.get(1), (a, b) -> cosine(z[a], z[b])),
                auc(asked.get(0), asked.get(2), (a, b) -> cosine(z[a], z[b])),
                auc(asked.get(0), asked.get(1), (a, b) -> features(features, graph, a, b)),
                auc(asked.get(0), asked.get(2), (a, b) -> features(features, graph, a, b)));
    }

    private static double features(WordVectors features, Graph graph, int a, int b) {
        float[] x = features.vector(graph.names().text(a)).orElse(null);
        float[] y = features.vector(graph.names().text(b)).orElse(null);
        return x == null || y == null ? 0 : cosine(x, y);
    }

    private static float[][] rows(WordVectors vectors) {
        float[][] rows = new float[vectors.vocabulary().size()][];
        Arrays.setAll(rows, vectors.vectors()::row);
        return rows;
    }

    private interface Score {
        double of(int a, int b);
    }

    private static double adamicAdar(Graph graph, int a, int b) {
        int small = graph.degree(a) < graph.degree(b) ? a : b;
        int large = small == a ? b : a;
        double sum = 0;
        for (int i = 0; i < graph.degree(small); i++) {
            int common = graph.neighbour(small, i);
            if (graph.connected(large, common)) {
                sum += 1 / Math.log(1 + graph.degree(common));
            }
        }
        return sum;
    }

    private static String auc(List<int[]> present, List<int[]> absent, Score score) {
        return Report.format(
                "%.3f",
                Auroc.of(
                        present.stream().mapToDouble(e -> score.of(e[0], e[1])).toArray(),
                        absent.stream().mapToDouble(e -> score.of(e[0], e[1])).toArray()));
    }

    /** A package's dependencies are a basket; one is taken out, and is to be among the ten that are recommended for the rest. */
    private void baskets(Options options, Report report, Map<String, List<String>> packages, Path folder)
            throws IOException, InterruptedException {
        List<List<String>> all = new ArrayList<>();
        packages.values().stream().filter(b -> b.size() >= 3).forEach(b -> all.add(new ArrayList<>(b)));
        Collections.shuffle(all, new Random(8));
        int asked = Math.min(all.size() / 10, options.quick() ? 300 : 2000);
        List<List<String>> tests = all.subList(0, asked);
        List<List<String>> training = all.subList(asked, all.size());
        Path file = folder.resolve("baskets.txt");
        Files.write(file, (Iterable<String>) training.stream().map(b -> String.join(" ", b))::iterator);
        ItemRecommender recommender = ItemTraining.train(
                List.of(file),
                ItemTraining.defaults().withMinCount(3).withDim(64).withEpoch(options.quick() ? 5 : 20),
                TrainingOutput.in(folder.resolve("items")));
        WordVectors items =
                WordVectors.of(recommender.model().words(), recommender.model().input());
        int n = items.vocabulary().size();
        float[][] rows = rows(items);
        for (float[] row : rows) {
            double norm = Math.sqrt(dot(row, row));
            for (int i = 0; i < row.length; i++) {
                row[i] /= (float) norm;
            }
        }
        List<List<Integer>> holders = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            holders.add(new ArrayList<>());
        }
        int[][] numbered = new int[training.size()][];
        for (int b = 0; b < numbered.length; b++) {
            numbered[b] = training.get(b).stream()
                    .mapToInt(items.vocabulary()::find)
                    .filter(i -> i >= 0)
                    .toArray();
            for (int i : numbered[b]) {
                holders.get(i).add(b);
            }
        }
        int hitsOfVectors = 0;
        int hitsOfProbability = 0;
        int hitsOfNeighbours = 0;
        int hitsOfPopularity = 0;
        int counted = 0;
        SplitMix random = new SplitMix(4);
        for (List<String> basket : tests) {
            int[] known = basket.stream()
                    .mapToInt(items.vocabulary()::find)
                    .filter(i -> i >= 0)
                    .toArray();
            if (known.length < 2) {
                continue;
            }
            counted++;
            int out = known[random.nextInt(known.length)];
            int[] rest = Arrays.stream(known).filter(i -> i != out).toArray();
            double[] byVectors = new double[n];
            double[] byNeighbours = new double[n];
            double[] byPopularity = new double[n];
            for (int i = 0; i < n; i++) {
                byPopularity[i] = holders.get(i).size();
            }
            for (int r : rest) {
                for (int i = 0; i < n; i++) {
                    byVectors[i] += dot(rows[r], rows[i]);
                }
                for (int b : holders.get(r)) {
                    for (int i : numbered[b]) {
                        byNeighbours[i] += 1
                                / Math.sqrt((double) holders.get(r).size()
                                        * holders.get(i).size());
                    }
                }
            }
            List<String> names =
                    Arrays.stream(rest).mapToObj(items.vocabulary()::text).toList();
            String wanted = items.vocabulary().text(out);
            hitsOfProbability += recommender.recommend(names, 10).stream()
                            .anyMatch(r -> r.item().equals(wanted))
                    ? 1
                    : 0;
            hitsOfVectors += hit(byVectors, rest, out) ? 1 : 0;
            hitsOfNeighbours += hit(byNeighbours, rest, out) ? 1 : 0;
            hitsOfPopularity += hit(byPopularity, rest, out) ? 1 : 0;
        }
        report.paragraph("""
                %,d packages' dependencies as baskets, %,d for the test: one dependency is taken out of each, and the others ask for ten.""", all.size(), counted);
        report.table(
                List.of("", "hit@10"),
                List.of(
                        List.of("popularity", Report.format("%.3f", (double) hitsOfPopularity / counted)),
                        List.of(
                                "item-kNN (cosine of baskets)",
                                Report.format("%.3f", (double) hitsOfNeighbours / counted)),
                        List.of("item2vec, nearest vectors", Report.format("%.3f", (double) hitsOfVectors / counted)),
                        List.of("item2vec, probability", Report.format("%.3f", (double) hitsOfProbability / counted))));
    }

    private static boolean hit(double[] scores, int[] known, int wanted) {
        for (int k : known) {
            scores[k] = Double.NEGATIVE_INFINITY;
        }
        return java.util.stream.IntStream.range(0, scores.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer i) -> -scores[i]))
                .limit(10)
                .anyMatch(i -> i == wanted);
    }

    private static double dot(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static double cosine(float[] a, float[] b) {
        return dot(a, b) / Math.sqrt(Math.max(1e-30, dot(a, a) * dot(b, b)));
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double range(double[] values) {
        return (Arrays.stream(values).max().orElseThrow()
                        - Arrays.stream(values).min().orElseThrow())
                / 2;
    }
}
