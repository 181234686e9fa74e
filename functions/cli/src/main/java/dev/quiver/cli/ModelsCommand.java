package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.embedding.OnnxTextEmbedder.Pooling;
import dev.quiver.functions.models.ModelStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds, lists, shows and removes the models that lie beside the collections. On the store only: a server finds them there. */
@Command(
        name = "models",
        description =
                "Models beside the collections, for 'embed' and for collections. Works on the store (QUIVER_DATA); a Quiver that is deployed on it finds them there.",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "add|list|show|remove",
        subcommands = {
            ModelsCommand.Add.class,
            ModelsCommand.ListModels.class,
            ModelsCommand.Show.class,
            ModelsCommand.Remove.class
        })
final class ModelsCommand implements Runnable {

    @Override
    public void run() {
        picocli.CommandLine.usage(this, System.out);
    }

    private static IllegalArgumentException unknown(Quiver quiver, String name) {
        return new IllegalArgumentException("There is no model '" + name + "' in "
                + quiver.database().store().description() + ". The models there are: "
                + String.join(", ", quiver.stored().names()) + ".");
    }

    @Command(
            name = "add",
            description =
                    "Put a model into the store: a folder with model.json, as './quiver train' writes it, or an ONNX file. It is tried first; what does not work is not added.",
            mixinStandardHelpOptions = true)
    static final class Add implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", index = "0", description = "By which requests and collections call it.")
        private String name;

        @Parameters(
                paramLabel = "FOLDER",
                index = "1",
                arity = "0..1",
                description = "With model.json and the files that it names.")
        private Path folder;

        @ArgGroup(exclusive = false, heading = "Instead of a folder%n")
        private Onnx onnx;

        @Option(names = "--replace", description = "Take the place of a model of this name.")
        private boolean replace;

        private static final class Onnx {
            @Option(names = "--onnx", required = true, paramLabel = "FILE", description = "The encoder.")
            private Path onnx;

            @Option(
                    names = "--tokenizer",
                    paramLabel = "FILE",
                    description = "Its tokenizer.json (default: the one beside it).")
            private Path tokenizer;

            @Option(
                    names = "--dimension",
                    required = true,
                    description = "Components of a vector; fewer than the model gives, if it was trained so.")
            private int dimension;

            @Option(
                    names = "--pooling",
                    defaultValue = "MEAN",
                    description = "One of ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
            private Pooling pooling;

            @Option(names = "--output", description = "The name of the tensor that is read (default: the first).")
            private String output;

            @Option(
                    names = "--window",
                    defaultValue = "512",
                    description = "The longest input in tokens (default: ${DEFAULT-VALUE}).")
            private int window;

            @Option(
                    names = "--long-texts",
                    defaultValue = "cut",
                    description =
                            "cut: of a longer text only the beginning is embedded; mean: the mean of its windows' vectors (default: ${DEFAULT-VALUE}).")
            private String longTexts;

            @Option(
                    names = "--overlap",
                    description = "Tokens that two windows share (default: an eighth of the window).")
            private Integer overlap;

            @Option(names = "--query-prefix", description = "Put before a query.")
            private String queryPrefix;

            @Option(names = "--document-prefix", description = "Put before a document.")
            private String documentPrefix;

            @Option(names = "--no-normalise", description = "Leave vectors as long as they are.")
            private boolean raw;

            @Option(
                    names = "--relevance",
                    defaultValue = "0.3",
                    description =
                            "Less similar texts are as a rule not about the same thing (default: ${DEFAULT-VALUE}).")
            private double relevance;

            @Option(names = "--licence", description = "Of the model.")
            private String licence;

            @Option(names = "--source", description = "Where the model is from.")
            private String source;
        }

        @Override
        public Integer call() throws IOException {
            if ((folder == null) == (onnx == null)) {
                throw new IllegalArgumentException("Give a folder with model.json, or --onnx FILE --dimension N.");
            }
            try (Quiver quiver = Main.open()) {
                if (quiver.models().isTaken(name)) {
                    throw new IllegalArgumentException(
                            "The model '" + name
                                    + "' comes along with Quiver or is configured, so one in the store would never be found. Choose another name.");
                }
                ModelStore.Stored added =
                        folder == null ? addOnnx(quiver) : quiver.stored().add(name, folder, replace, quiver.models());
                System.out.printf("%s, %d dimensions%n", added.reference(), added.dimension());
            }
            return 0;
        }

        /** Its files may lie in different folders, under names of their own. */
        private ModelStore.Stored addOnnx(Quiver quiver) throws IOException {
            Path tokenizer = onnx.tokenizer == null ? onnx.onnx.resolveSibling("tokenizer.json") : onnx.tokenizer;
            for (Path p : List.of(onnx.onnx, tokenizer)) {
                if (!Files.isRegularFile(p)) {
                    throw new IllegalArgumentException("There is no file " + p + ".");
                }
            }
            Path together = Files.createTempDirectory("quiver-model-");
            List<String> files = List.of("model.onnx", "tokenizer.json");
            try {
                Files.createSymbolicLink(together.resolve("model.onnx"), onnx.onnx.toRealPath());
                Files.createSymbolicLink(together.resolve("tokenizer.json"), tokenizer.toRealPath());
                Map<String, Object> settings = new LinkedHashMap<>();
                settings.put("family", "text-onnx");
                settings.put("dimension", onnx.dimension);
                settings.put("pooling", onnx.pooling.name().toLowerCase(Locale.ROOT));
                settings.put("output", onnx.output);
                settings.put("window", onnx.window);
                settings.put("longTexts", onnx.longTexts);
                settings.put("overlap", onnx.overlap);
                settings.put("queryPrefix", onnx.queryPrefix);
                settings.put("documentPrefix", onnx.documentPrefix);
                settings.put("normalise", !onnx.raw);
                settings.put("relevance", onnx.relevance);
                settings.put("licence", onnx.licence);
                settings.put("source", onnx.source);
                ModelStore.describe(together, files, settings);
                return quiver.stored().add(name, together, replace, quiver.models());
            } finally {
                for (String f : List.of("model.onnx", "tokenizer.json", "model.json")) {
                    Files.deleteIfExists(together.resolve(f));
                }
                Files.deleteIfExists(together);
            }
        }
    }

    @Command(name = "list", description = "The models in the store.", mixinStandardHelpOptions = true)
    static final class ListModels implements Callable<Integer> {
        @Override
        public Integer call() {
            try (Quiver quiver = Main.open()) {
                for (String name : quiver.stored().names()) {
                    quiver.stored()
                            .describe(name)
                            .ifPresent(m -> System.out.printf(
                                    "%-40s  %-9s  %4d dimensions  %,14d bytes  %s%n",
                                    m.reference(),
                                    m.family(),
                                    m.dimension(),
                                    m.bytes(),
                                    m.licence() == null ? "" : m.licence()));
                }
                System.out.println(
                        Terminal.faint("in " + quiver.database().store().description()));
            }
            return 0;
        }
    }

    @Command(name = "show", description = "The model.json of a model.", mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        @Parameters(paramLabel = "NAME")
        private String name;

        @Override
        public Integer call() {
            try (Quiver quiver = Main.open()) {
                System.out.println(quiver.stored()
                        .describe(name)
                        .orElseThrow(() -> unknown(quiver, name))
                        .json());
            }
            return 0;
        }
    }

    @Command(
            name = "remove",
            description = "Take a model out of the store. Refused while a collection is made with it.",
            mixinStandardHelpOptions = true)
    static final class Remove implements Callable<Integer> {
        @Parameters(paramLabel = "NAME")
        private String name;

        @Option(
                names = "--force",
                description = "Also if collections are made with it; they take and search no texts any more.")
        private boolean force;

        @Override
        public Integer call() {
            try (Quiver quiver = Main.open()) {
                List<String> users = force ? List.of() : ModelStore.usedBy(quiver.database(), name);
                if (!users.isEmpty()) {
                    throw new IllegalArgumentException("The model '" + name + "' is that of "
                            + String.join(", ", users)
                            + ", which would take and search no texts any more. Delete them first, or say --force.");
                }
                List<String> adapters = force ? List.of() : quiver.stored().adaptersOn(name);
                if (!adapters.isEmpty()) {
                    throw new IllegalArgumentException("The model '" + name + "' is what " + String.join(", ", adapters)
                            + " builds on. Remove that first, or say --force.");
                }
                if (!quiver.stored().remove(name)) {
                    throw unknown(quiver, name);
                }
            }
            return 0;
        }
    }
}
