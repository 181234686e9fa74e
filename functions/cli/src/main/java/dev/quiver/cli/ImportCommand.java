package dev.quiver.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.operation.Messages.CreateSettings;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.functions.operation.Messages.UpsertRecord;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.Collection;
import dev.quiver.index.record.Record;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description =
                "Load records with vectors from NDJSON, as export writes it, all together; records with the same ids are replaced. They need not fit into memory.",
        mixinStandardHelpOptions = true)
final class ImportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION", description = "Created if it does not exist.")
    private String name;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Standard input if absent.")
    private Path file;

    @Option(names = "--metric", description = "Of a new collection: cosine, dot or euclidean.", defaultValue = "cosine")
    private String metric;

    @Option(names = "--model", description = "Of a new collection: the model that made the vectors.")
    private String model;

    @Override
    public Integer call() throws IOException {
        try (Quiver quiver = Main.open();
                BufferedReader in = file == null
                        ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
                        : Files.newBufferedReader(file)) {
            Lines lines = new Lines(in, file == null ? "standard input" : file.toString());
            if (!lines.hasNext()) {
                throw new IllegalArgumentException("There is no record in " + lines.source + ".");
            }
            boolean exists = quiver.database().exists(name);
            Collection collection = exists
                    ? quiver.database().collection(name)
                    : quiver.collections()
                            .openOrCreate(
                                    name,
                                    new CreateSettings(
                                            model == null ? lines.next.vector().length : null,
                                            MetricName.valueOf(metric.toUpperCase(java.util.Locale.ROOT)),
                                            model));
            long count = collection.load(lines);
            System.out.printf("%,d records into %s%n", count, name);
        }
        return 0;
    }

    /** Records, read as they are asked for. */
    private static final class Lines implements Iterator<Record> {
        private final ObjectMapper json = Json.strictMapper();
        private final BufferedReader in;
        private final String source;
        private long number;
        private Record next;

        Lines(BufferedReader in, String source) {
            this.in = in;
            this.source = source;
        }

        @Override
        public boolean hasNext() {
            try {
                for (String line; next == null && (line = in.readLine()) != null; ) {
                    number++;
                    if (!line.isBlank()) {
                        next = record(line);
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return next != null;
        }

        private Record record(String line) {
            try {
                UpsertRecord r = json.readValue(line, UpsertRecord.class);
                if (r.vector() == null) {
                    throw new IllegalArgumentException("The record has no vector.");
                }
                if (r.ifAbsent() != null || r.ifVersion() != null) {
                    throw new IllegalArgumentException(
                            "Conditions cannot be imported. Leave ifAbsent and ifVersion out.");
                }
                return new Record(r.id(), r.vector(), r.text(), r.attributes() == null ? Map.of() : r.attributes());
            } catch (JacksonException e) {
                // Without the cause, which would be told in its place.
                throw new IllegalArgumentException(at() + Problems.ofJson(e).detail());
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(at() + e.getMessage(), e);
            }
        }

        private String at() {
            return "Line " + number + " of " + source + ": ";
        }

        @Override
        public Record next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            Record r = next;
            next = null;
            return r;
        }
    }
}
