package dev.quiver.cli;

import dev.quiver.functions.Quiver;
import dev.quiver.index.Collection;
import dev.quiver.index.Consistency;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        description =
                "Write the records of a collection as NDJSON or Parquet, one state of it, whatever is written meanwhile.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION")
    private String name;

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Standard output if absent; Parquet needs a file.")
    private Path file;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "The same, as an option.")
    private Path output;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description =
                    "ndjson or parquet. If absent, a FILE that ends with .parquet becomes Parquet: the columns id, vector (list<float>), text and attributes (JSON).")
    private Format format;

    @Option(names = "--as-of", paramLabel = "SEQUENCE", description = "An earlier state, within the retention.")
    private Long asOf;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (file != null && output != null) {
            throw new ParameterException(spec.commandLine(), "FILE is given twice: " + file + " and " + output + ".");
        }
        Path to = output == null ? file : output;
        Format as = Format.ofOutput(format, to);
        if (as.ofWords()) {
            throw new ParameterException(
                    spec.commandLine(), "Records are more than words and vectors. Export as ndjson or parquet.");
        }
        if (as == Format.PARQUET && to == null) {
            throw new ParameterException(spec.commandLine(), "Parquet goes into a file. Name it with -o.");
        }
        Consistency state = asOf == null ? Consistency.STRONG : new Consistency.AsOfSequence(asOf);
        try (Quiver quiver = Main.open()) {
            Collection collection = quiver.database().collection(name);
            if (to == null) {
                write(collection, state, new NdjsonOutput(System.out));
                return 0;
            }
            // Nobody takes half of it for all.
            Path partial = Path.of(to + ".part");
            try {
                long count = write(collection, state, open(as, partial, collection.schema()));
                Files.move(partial, to, StandardCopyOption.REPLACE_EXISTING);
                System.out.printf("%,d records in %s%n", count, to);
            } finally {
                Files.deleteIfExists(partial);
            }
        }
        return 0;
    }

    private static RecordOutput open(Format as, Path to, Schema schema) throws IOException {
        return switch (as) {
            case NDJSON -> new NdjsonOutput(new BufferedOutputStream(Files.newOutputStream(to), 1 << 20));
            case PARQUET -> new ParquetOutput(to, schema);
            case WORD2VEC, GLOVE, FASTTEXT -> throw new IllegalStateException(as + " is not written.");
        };
    }

    private static long write(Collection collection, Consistency state, RecordOutput to) throws IOException {
        long count = 0;
        try (to;
                Stream<Record> records = collection.records(state)) {
            for (Iterator<Record> r = records.iterator(); r.hasNext(); count++) {
                to.write(r.next());
            }
        }
        return count;
    }
}
