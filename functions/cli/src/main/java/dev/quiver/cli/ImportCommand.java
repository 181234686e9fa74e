package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.Collection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "import",
        description =
                "Load records with vectors from NDJSON or Parquet, as export writes them, or words with their vectors, all together; records with the same ids are replaced. They need not fit into memory.",
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "Created if it does not exist.")
    private String name;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Standard input if absent.")
    private Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "ndjson or parquet, or vectors of words: word2vec (text or binary), glove or fasttext (.bin). If absent, the file shows which of the first two it is.")
    private Format format;

    @Option(
            names = "--metric",
            description =
                    "Of a new collection: cosine, dot or euclidean. If absent, what the file says, or else cosine.")
    private MetricName metric;

    @Option(
            names = "--model",
            description = "Of a new collection: the model that made the vectors. If absent, what the file says.")
    private String model;

    @ArgGroup(
            exclusive = false,
            validate = false,
            heading =
                    "%nParquet of others (further columns of strings, numbers, booleans, dates, or lists of these become attributes):%n")
    private Columns columns = new Columns();

    @Spec
    private CommandSpec spec;

    /** Which columns of a Parquet file are what. */
    static final class Columns {
        @Option(names = "--id-column", paramLabel = "NAME", description = "Strings, integers or UUIDs (default: id).")
        String id;

        @Option(
                names = "--vector-column",
                paramLabel = "NAME",
                description = "Lists of float or double (default: vector).")
        String vector;

        @Option(names = "--text-column", paramLabel = "NAME", description = "Strings (default: text, if there is one).")
        String text;

        @Option(
                names = "--attributes-column",
                paramLabel = "NAME",
                description = "JSON objects, or a struct (default: attributes, if there is one).")
        String attributes;

        @Option(names = "--skip-columns", paramLabel = "NAME", split = ",", description = "Not to be read.")
        Set<String> skipped = Set.of();

        boolean given() {
            return id != null || vector != null || text != null || attributes != null || !skipped.isEmpty();
        }
    }

    @Override
    public Integer call() throws IOException {
        Format as = Format.ofInput(format, file);
        if (as == Format.PARQUET && file == null) {
            throw new ParameterException(spec.commandLine(), "Parquet is read from its end. Name the file.");
        }
        if (as.ofWords() && file == null) {
            throw new ParameterException(
                    spec.commandLine(), "What a file of words promises is held against its size. Name the file.");
        }
        if (as != Format.PARQUET && columns.given()) {
            throw new ParameterException(spec.commandLine(), "Columns can be chosen in Parquet only, see --format.");
        }
        try (Quiver quiver = Main.open();
                RecordInput records = open(as)) {
            RecordInput.Origin origin = records.origin();
            if (!records.hasNext() && origin.dimension() == null) {
                throw new IllegalArgumentException(
                        "There is no record in " + (file == null ? "standard input" : file) + ".");
            }
            Collection collection = quiver.database().exists(name)
                    ? existing(quiver, origin)
                    : quiver.collections().openOrCreate(name, settings(records));
            records.expect(collection.schema());
            long count = collection.load(records);
            System.out.printf("%,d records into %s%n", count, name);
        }
        return 0;
    }

    private RecordInput open(Format as) throws IOException {
        return switch (as) {
            case PARQUET -> new ParquetInput(file, columns);
            case WORD2VEC, GLOVE, FASTTEXT -> new WordInput(file, as);
            case NDJSON ->
                file == null
                        ? new NdjsonInput(
                                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                                "standard input")
                        : new NdjsonInput(Files.newBufferedReader(file), file.toString());
        };
    }

    private Collection existing(Quiver quiver, RecordInput.Origin origin) {
        Collection collection = quiver.database().collection(name);
        String own = collection.schema().model();
        if (own != null && origin.model() != null && !own.equals(origin.model())) {
            throw new ProblemException(
                    Kind.MODEL_MISMATCH,
                    "The vectors in " + file + " were made by the model '" + origin.model()
                            + "', those of the collection '" + name + "' by '" + own
                            + "'. They cannot be compared: import into another collection.");
        }
        return collection;
    }

    private CreateSettings settings(RecordInput records) {
        RecordInput.Origin origin = records.origin();
        String by = model != null ? model : origin.model();
        Integer dimension = origin.dimension() != null ? origin.dimension() : records.dimensionOfNext();
        return new CreateSettings(by == null ? dimension : null, metric != null ? metric : origin.metric(), by);
    }
}
