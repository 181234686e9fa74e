package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.documents.Folder;
import dev.quiver.functions.documents.Ingestor;
import dev.quiver.functions.documents.Ingestor.Outcome;
import dev.quiver.functions.embedding.OnnxTextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.RecordOperations;
import dev.quiver.index.Collection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "ingest",
        description =
                "Put the documents of a folder (.md .txt .html .pdf .docx) into a collection, which is created if need be. Unchanged files are skipped.",
        mixinStandardHelpOptions = true)
final class IngestCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "The collection, such as docs.")
    private String name;

    @Parameters(index = "1", paramLabel = "FOLDER", description = "A folder, or one file.")
    private Path folder;

    @Option(names = "--prune", description = "Also remove the documents of this folder that are no longer in it.")
    private boolean prune;

    @Option(names = "--model", paramLabel = "MODEL", description = "The embedding model of a new collection.")
    private String model;

    private int added;
    private int changed;
    private int unchanged;
    private int empty;
    private int removed;
    private int passages;
    private final Map<String, String> failed = new TreeMap<>();

    @Override
    public Integer call() throws Exception {
        if (!Files.exists(folder)) {
            throw new IllegalArgumentException("There is no file or folder " + folder + ".");
        }
        Folder documents = Folder.scan(folder);
        if (prune && Files.isRegularFile(folder)) {
            throw new IllegalArgumentException("--prune is for a folder, " + folder + " is a file.");
        }
        long started = System.nanoTime();
        try (Quiver quiver = Main.open()) {
            Collection collection = quiver.collections().openOrCreate(name, new CreateSettings(null, null, model));
            TextEmbedder embedder =
                    RecordOperations.embedder(quiver.models(), collection.schema(), collection, "/collection");
            Ingestor ingestor = new Ingestor(collection, embedder, documents.origin());
            if (Terminal.interactive()) {
                try (ProgressBar bar = bar(documents.sources().size())) {
                    ingestor.ingest(documents.sources(), listener(bar));
                }
            } else {
                ingestor.ingest(documents.sources(), listener(null));
            }
            if (prune && documents.unreadable().isEmpty()) {
                ingestor.prune(
                        documents.sources().stream().map(s -> s.path()).collect(Collectors.toSet()), listener(null));
            }
            report(documents, quiver, System.nanoTime() - started, embedder);
        }
        return failed.isEmpty() && documents.unreadable().isEmpty() ? 0 : 1;
    }

    private static ProgressBar bar(int files) {
        return new ProgressBarBuilder()
                .setTaskName("Ingesting")
                .setInitialMax(files)
                .setUnit(" files", 1)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(250)
                .setConsumer(new ConsoleProgressBarConsumer(System.out, Terminal.width()))
                .build();
    }

    private Ingestor.Listener listener(ProgressBar bar) {
        return new Ingestor.Listener() {
            @Override
            public void finished(String path, Outcome outcome) {
                switch (outcome) {
                    case Outcome.Added _ -> added++;
                    case Outcome.Changed _ -> changed++;
                    case Outcome.Unchanged _ -> unchanged++;
                    case Outcome.Empty _ -> empty++;
                    case Outcome.Removed _ -> removed++;
                    case Outcome.Failed(String reason) -> failed.put(path, reason);
                }
                if (bar != null) {
                    bar.step();
                }
            }

            @Override
            public void embedded(int count) {
                passages += count;
                if (bar != null) {
                    bar.setExtraMessage(passages + " passages");
                }
            }
        };
    }

    private void report(Folder documents, Quiver quiver, long nanos, TextEmbedder embedder) {
        double seconds = nanos / 1e9;
        System.out.printf(
                "%d added, %d changed, %d unchanged%s%s%s: %d passages in %.1f s (%.0f a second)%n",
                added,
                changed,
                unchanged,
                empty > 0 ? ", " + empty + " without text" : "",
                removed > 0 ? ", " + removed + " removed" : "",
                failed.isEmpty() ? "" : ", " + failed.size() + " failed",
                passages,
                seconds,
                passages / seconds);
        if (embedder instanceof OnnxTextEmbedder onnx && passages > 0) {
            System.out.printf(
                    "%.0f %% of the time of %d cores was in the model %s.%n",
                    100.0 * onnx.sessionNanos() / nanos / onnx.threads(), onnx.threads(), onnx.model());
        }
        failed.forEach((path, reason) -> System.out.println(Terminal.line("  not ingested: " + path + " " + reason)));
        documents
                .unreadable()
                .forEach((path, reason) -> System.out.println(Terminal.line("  not readable: " + path + " " + reason)));
        if (prune && !documents.unreadable().isEmpty()) {
            System.out.println("Nothing was removed: what cannot be read is not known to be gone.");
        }
        if (!documents.skipped().isEmpty()) {
            System.out.println("Left out, of other kinds: "
                    + documents.skipped().entrySet().stream()
                            .map(e -> e.getValue() + " "
                                    + (e.getKey().isEmpty() ? "without extension" : "." + e.getKey()))
                            .collect(Collectors.joining(", ")));
        }
        System.out.println(
                "Collection '" + name + "' in " + quiver.database().store().description());
    }
}
