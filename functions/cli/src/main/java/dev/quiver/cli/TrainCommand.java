package dev.quiver.cli;

import dev.quiver.embeddings.adapters.AdapterPairs;
import dev.quiver.embeddings.adapters.AdapterSettings;
import dev.quiver.embeddings.adapters.AdapterTraining;
import dev.quiver.embeddings.adapters.PairFile;
import dev.quiver.embeddings.adapters.Sides;
import dev.quiver.embeddings.documents.Doc2Vec;
import dev.quiver.embeddings.graphs.Graph;
import dev.quiver.embeddings.graphs.GraphSage;
import dev.quiver.embeddings.graphs.GraphSageTraining;
import dev.quiver.embeddings.graphs.GraphSageTraining.Settings;
import dev.quiver.embeddings.graphs.NodeTraining;
import dev.quiver.embeddings.items.ItemTraining;
import dev.quiver.embeddings.training.Architecture;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.training.TrainingStatus;
import dev.quiver.embeddings.training.WordTraining;
import dev.quiver.embeddings.words.WordVectors;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.embedding.TextEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ./quiver train FAMILY DATA FOLDER}: embeddings learned from one's own data. */
@Command(
        name = "train",
        description =
                "Learn embeddings from your data, on all cores. Vectors are written in the field's own formats, with a model.json; ./quiver import --format word2vec makes a collection of them.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "FAMILY",
        subcommands = {
            TrainCommand.Word2Vec.class,
            TrainCommand.FastText.class,
            TrainCommand.DocumentVectors.class,
            TrainCommand.DeepWalk.class,
            TrainCommand.Node2Vec.class,
            TrainCommand.Sage.class,
            TrainCommand.Item2Vec.class,
            TrainCommand.AdapterOf.class
        })
final class TrainCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "What is to be trained? Name a family.");
    }

    /** From where to where. */
    static class Place {
        @Parameters(
                index = "0",
                paramLabel = "DATA",
                description = "A file of text, UTF-8, with spaces between the words. See the family.")
        Path data;

        @Parameters(index = "1", paramLabel = "FOLDER", description = "Where the model goes. Created if need be.")
        Path folder;

        @Option(
                names = "--checkpoint",
                paramLabel = "SECONDS",
                defaultValue = "300",
                description =
                        "How often a state is kept, from which the same command goes on after it was stopped; 0 for never (default: ${DEFAULT-VALUE}).")
        long checkpoint;

        @Option(names = "--licence", paramLabel = "NAME", description = "Of the data, for model.json.")
        String licence;

        @Option(names = "--source", paramLabel = "TEXT", description = "Where the data are from, for model.json.")
        String source;

        TrainingOutput output() {
            if (checkpoint < 0 || checkpoint > 1_000_000) {
                throw new IllegalArgumentException("--checkpoint is " + checkpoint + "; let it be 0 or more seconds.");
            }
            return new TrainingOutput(
                    folder,
                    checkpoint == 0 ? null : Duration.ofSeconds(checkpoint),
                    licence,
                    source == null ? data.getFileName().toString() : source,
                    new Progress());
        }
    }

    /** What those by negative sampling share. The settings have fastText's names, with two hyphens as here or one as there. */
    static final class Common extends Place {
        @Option(
                names = {"--dim", "-dim"},
                paramLabel = "N",
                description = "Size of the vectors.")
        Integer dim;

        @Option(
                names = {"--ws", "-ws"},
                paramLabel = "N",
                description = "Size of the context window.")
        Integer ws;

        @Option(
                names = {"--epoch", "-epoch"},
                paramLabel = "N",
                description = "How often the data are read.")
        Integer epoch;

        @Option(
                names = {"--neg", "-neg"},
                paramLabel = "N",
                description = "Negatives for each example.")
        Integer neg;

        @Option(
                names = {"--lr", "-lr"},
                paramLabel = "X",
                description = "Learning rate at the start.")
        Double lr;

        @Option(
                names = {"--power", "-power"},
                paramLabel = "X",
                description = "Of the frequencies with which negatives are drawn.")
        Double power;

        @Option(
                names = {"--thread", "-thread"},
                paramLabel = "N",
                description = "Default: as many as there are cores. With 1, a seed reproduces every bit.")
        Integer thread;

        @Option(
                names = {"--seed", "-seed"},
                paramLabel = "N")
        Long seed;

        TrainingSettings settings(TrainingSettings s) {
            s = dim == null ? s : s.withDim(dim);
            s = ws == null ? s : s.withWs(ws);
            s = epoch == null ? s : s.withEpoch(epoch);
            s = neg == null ? s : s.withNeg(neg);
            s = lr == null ? s : s.withLr(lr);
            s = power == null ? s : s.withPower(power);
            s = thread == null ? s : s.withThread(thread);
            return seed == null ? s : s.withSeed(seed);
        }
    }

    /** Options of families whose data are words of which rare ones are left out. */
    static final class Counted {
        @Option(
                names = {"--min-count", "-minCount"},
                paramLabel = "N",
                description = "What occurs less often is left out.")
        Integer minCount;

        @Option(
                names = {"--t", "-t"},
                paramLabel = "X",
                description = "Frequency above which words are left out at times; 0 keeps all.")
        Double t;

        TrainingSettings settings(TrainingSettings s) {
            s = minCount == null ? s : s.withMinCount(minCount);
            return t == null ? s : s.withT(t);
        }
    }

    /** One line that changes for a person, and a line now and then for a file. */
    private static final class Progress implements TrainingStatus.Listener {
        private static final int SECONDS_A_LINE = 30;

        private long calls;
        private boolean ended;

        @Override
        public void at(TrainingStatus s) {
            boolean interactive = Terminal.interactive();
            boolean last = s.done() >= 1;
            if (ended || !interactive && !last && calls++ % SECONDS_A_LINE != 0) {
                return;
            }
            ended = last;
            String line = String.format(
                    Locale.ROOT,
                    "%5.1f %%  %,.0f/s  lr %.4f  loss %s  %s",
                    100 * s.done(),
                    s.tokensPerSecond(),
                    s.rate(),
                    Double.isNaN(s.loss()) ? "-" : String.format(Locale.ROOT, "%.3f", s.loss()),
                    last ? "" : "ETA " + eta(s.remaining()));
            System.err.print(interactive ? "\r" + line + "   " + (last ? "\n" : "") : line + "\n");
            System.err.flush();
        }

        private static String eta(Duration d) {
            return d.toHours() > 0
                    ? d.toHours() + " h " + d.toMinutesPart() + " min"
                    : d.toMinutes() > 0 ? d.toMinutes() + " min " + d.toSecondsPart() + " s" : d.toSeconds() + " s";
        }
    }

    /** Word vectors, and what they have in common. */
    private abstract static class Words implements Callable<Integer> {
        @Mixin
        Common common;

        @Mixin
        Counted counted;

        @Option(names = "--cbow", description = "CBOW instead of skip-gram.")
        boolean cbow;

        Integer train(TrainingSettings defaults) throws Exception {
            TrainingSettings settings = counted.settings(common.settings(defaults));
            var model = WordTraining.train(
                    List.of(common.data),
                    cbow ? settings.withArchitecture(Architecture.CBOW) : settings,
                    common.output());
            System.out.printf("%,d words × %d in %s%n", model.words().size(), model.dimension(), common.folder);
            return 0;
        }
    }

    @Command(
            name = "word2vec",
            description = "Vectors of words, from a text: vectors.vec and, as fastText reads it, model.bin.",
            mixinStandardHelpOptions = true)
    static final class Word2Vec extends Words {
        @Override
        public Integer call() throws Exception {
            return train(TrainingSettings.word2vec());
        }
    }

    @Command(
            name = "fasttext",
            description =
                    "Vectors of words and of their n-grams, so that unknown words have some, too: vectors.vec and model.bin.",
            mixinStandardHelpOptions = true)
    static final class FastText extends Words {
        @Option(
                names = {"--minn", "-minn"},
                paramLabel = "N",
                description = "Shortest n-gram, in characters.")
        Integer minn;

        @Option(
                names = {"--maxn", "-maxn"},
                paramLabel = "N",
                description = "Longest n-gram.")
        Integer maxn;

        @Option(
                names = {"--bucket", "-bucket"},
                paramLabel = "N",
                description = "Buckets of n-grams.")
        Integer bucket;

        @Override
        public Integer call() throws Exception {
            TrainingSettings s = TrainingSettings.fastText();
            return train(s.withSubwords(
                    minn == null ? s.minn() : minn,
                    maxn == null ? s.maxn() : maxn,
                    bucket == null ? s.bucket() : bucket));
        }
    }

    @Command(
            name = "doc2vec",
            description =
                    "Vectors of documents, a line each, and of unseen ones: documents.vec and model.bin. PV-DBOW, or PV-DM.",
            mixinStandardHelpOptions = true)
    static final class DocumentVectors implements Callable<Integer> {
        @Mixin
        Common common;

        @Mixin
        Counted counted;

        @Option(names = "--dm", description = "PV-DM instead of PV-DBOW.")
        boolean dm;

        @Option(names = "--ids", description = "Lines begin with an id and a tab; if not, ids are the lines' numbers.")
        boolean ids;

        @Override
        public Integer call() throws Exception {
            TrainingSettings settings = counted.settings(common.settings(Doc2Vec.defaults()));
            Doc2Vec.train(
                    List.of(common.data),
                    ids,
                    dm ? settings.withArchitecture(Architecture.DOCUMENT_CONTEXT) : settings,
                    common.output());
            System.out.printf("Documents and words in %s%n", common.folder);
            return 0;
        }
    }

    /** Random walks, and what they have in common. */
    private abstract static class Nodes implements Callable<Integer> {
        @Mixin
        Common common;

        @Option(
                names = "--length",
                paramLabel = "N",
                defaultValue = "80",
                description = "Nodes of a walk (default: ${DEFAULT-VALUE}). An epoch is a walk from each node.")
        int length;

        @Option(names = "--directed", description = "Edges lead one way only.")
        boolean directed;

        Integer train(double p, double q) throws Exception {
            Graph graph = Graph.read(common.data, directed);
            NodeTraining.train(graph, length, p, q, common.settings(NodeTraining.defaults()), common.output());
            System.out.printf(
                    "%,d nodes, %,d edges%s in %s%n",
                    graph.nodes(),
                    directed ? graph.edges() : graph.edges() / 2,
                    graph.selfLoops() > 0 ? " (" + graph.selfLoops() + " self loops left out)" : "",
                    common.folder);
            return 0;
        }
    }

    @Command(
            name = "deepwalk",
            description =
                    "Vectors of nodes by random walks, from a list of edges: two names and, at will, a weight in each line.",
            mixinStandardHelpOptions = true)
    static final class DeepWalk extends Nodes {
        @Override
        public Integer call() throws Exception {
            return train(1, 1);
        }
    }

    @Command(
            name = "node2vec",
            description = "The same by walks that stay near or go far.",
            mixinStandardHelpOptions = true)
    static final class Node2Vec extends Nodes {
        @Option(
                names = "-p",
                paramLabel = "X",
                defaultValue = "1",
                description = "Return parameter: low walks go back (default: ${DEFAULT-VALUE}).")
        double p;

        @Option(
                names = "-q",
                paramLabel = "X",
                defaultValue = "0.5",
                description = "In-out parameter: low walks go far (default: ${DEFAULT-VALUE}).")
        double q;

        @Override
        public Integer call() throws Exception {
            return train(p, q);
        }
    }

    @Command(
            name = "item2vec",
            description =
                    "Vectors of items, from baskets: a line each, with its items, which have no spaces. Their order does not matter.",
            mixinStandardHelpOptions = true)
    static final class Item2Vec implements Callable<Integer> {
        @Mixin
        Common common;

        @Mixin
        Counted counted;

        @Override
        public Integer call() throws Exception {
            TrainingSettings settings = counted.settings(common.settings(ItemTraining.defaults()));
            var items = ItemTraining.train(List.of(common.data), settings, common.output());
            System.out.printf(
                    "%,d items × %d in %s%n",
                    items.model().words().size(), items.model().dimension(), common.folder);
            return 0;
        }
    }

    @Command(
            name = "graphsage",
            description =
                    "Vectors of nodes from their features and those of their neighbours, from a list of edges; also, with --model, of nodes that were never seen.",
            mixinStandardHelpOptions = true)
    static final class Sage implements Callable<Integer> {
        @Mixin
        Place place;

        @Option(
                names = "--features",
                paramLabel = "FILE",
                required = true,
                description = "A line a node: its name and its values, as GloVe and word2vec write words.")
        Path features;

        @Option(
                names = "--model",
                paramLabel = "FOLDER",
                description = "Learn nothing, but make the vectors of this graph by the model in that folder.")
        Path model;

        @Option(names = "--directed", description = "Edges lead one way only.")
        boolean directed;

        @Option(names = "--dim", paramLabel = "N", description = "Size of the vectors.")
        int dim = Settings.defaults().dim();

        @Option(names = "--hidden", paramLabel = "N", description = "Size of the layer between.")
        int hidden = Settings.defaults().hidden();

        @Option(names = "--first", paramLabel = "N", description = "Neighbours that are sampled.")
        int first = Settings.defaults().first();

        @Option(names = "--second", paramLabel = "N", description = "And of each of them.")
        int second = Settings.defaults().second();

        @Option(names = "--walk", paramLabel = "N", description = "So many steps away nodes still are to be near.")
        int walk = Settings.defaults().walk();

        @Option(names = "--neg", paramLabel = "N", description = "Negatives for each example.")
        int neg = Settings.defaults().neg();

        @Option(names = "--epoch", paramLabel = "N", description = "Examples for each node.")
        int epoch = Settings.defaults().epoch();

        @Option(names = "--lr", paramLabel = "X", description = "Learning rate at the start.")
        double lr = Settings.defaults().lr();

        @Option(names = "--seed", paramLabel = "N")
        long seed;

        @Override
        public Integer call() throws Exception {
            Graph graph = Graph.read(place.data, directed);
            WordVectors values = WordVectors.read(features, null);
            if (model != null) {
                GraphSage learned = GraphSage.read(model.resolve(GraphSageTraining.MODEL));
                Files.createDirectories(place.folder);
                GraphSageTraining.write(learned, graph, values, place.folder.resolve(WordTraining.VECTORS));
            } else {
                GraphSageTraining.train(
                        graph,
                        values,
                        new Settings(dim, hidden, first, second, walk, neg, epoch, lr, seed),
                        place.output());
            }
            System.out.printf("%,d nodes in %s%n", graph.nodes(), place.folder);
            return 0;
        }
    }

    @Command(
            name = "adapter",
            description =
                    "A linear map behind a model of texts, from pairs of a query and what was relevant to it: adapter.safetensors. 'models add' puts it into the store, 'evaluate' says whether it helps.",
            mixinStandardHelpOptions = true)
    static final class AdapterOf implements Callable<Integer> {
        @Mixin
        Place place;

        @Option(
                names = "--base",
                paramLabel = "MODEL",
                description = "The model whose vectors are mapped (default: quiver.embedding.model).")
        String base;

        @Option(
                names = "--sides",
                paramLabel = "SIDES",
                description =
                        "One of ${COMPLETION-CANDIDATES}: of queries alone, documents stay as they are in their collection (default: ${DEFAULT-VALUE}).",
                defaultValue = "BOTH")
        Sides sides;

        @Option(
                names = "--rank",
                paramLabel = "N",
                description = "Of a low-rank map, for few pairs (default: 0, a map of full rank).")
        int rank;

        @Option(names = "--bias", description = "Add a vector as well.")
        boolean bias;

        @Option(
                names = "--temperature",
                paramLabel = "X",
                description = "A smaller one looks at the nearest wrong documents only.")
        double temperature = AdapterSettings.defaults().temperature();

        @Option(names = "--asymmetric", description = "Documents need not find their queries.")
        boolean asymmetric;

        @Option(names = "--epoch", paramLabel = "N", description = "How often the pairs are read at most.")
        int epoch = AdapterSettings.defaults().epoch();

        @Option(names = "--batch", paramLabel = "N", description = "Pairs in a step.")
        int batch = AdapterSettings.defaults().batch();

        @Option(
                names = "--hard",
                paramLabel = "N",
                description = "Known irrelevant documents (weight 0) drawn for each pair.")
        int hard = AdapterSettings.defaults().hard();

        @Option(names = "--lr", paramLabel = "X", description = "Learning rate at the start.")
        double lr = AdapterSettings.defaults().lr();

        @Option(names = "--decay", paramLabel = "X", description = "How strongly it is drawn to changing nothing.")
        double decay = AdapterSettings.defaults().decay();

        @Option(names = "--held-out", paramLabel = "X", description = "Share of the queries that tell when to stop.")
        double heldOut = AdapterSettings.defaults().heldOut();

        @Option(names = "--patience", paramLabel = "N", description = "Epochs without progress on them.")
        int patience = AdapterSettings.defaults().patience();

        @Option(names = "--seed", paramLabel = "N")
        long seed;

        @Override
        public Integer call() throws Exception {
            AdapterSettings settings = new AdapterSettings(
                    rank,
                    bias,
                    sides,
                    temperature,
                    !asymmetric,
                    epoch,
                    batch,
                    hard,
                    lr,
                    decay,
                    heldOut,
                    patience,
                    seed);
            PairFile file = PairFile.read(place.data);
            try (Quiver quiver = Main.open()) {
                TextEmbedder model = quiver.models().get(base, "");
                Texts texts = new Texts(model);
                AdapterPairs pairs = file.embed(model.dimension(), texts::queries, texts::documents);
                AdapterTraining.train(pairs, model.model(), settings, place.output());
                System.out.printf(
                        "%,d pairs of %,d queries and %,d documents; %s maps the vectors of %s%n",
                        pairs.pairs(), pairs.queries(), pairs.documents(), place.folder, model.model());
            }
            return 0;
        }
    }
}
