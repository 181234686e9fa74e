package dev.quiver.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.Quiver;
import dev.quiver.index.Consistency;
import dev.quiver.index.record.Record;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "export",
        description = "Write the records of a collection as NDJSON, one state of it, whatever is written meanwhile.",
        mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "COLLECTION")
    private String name;

    @Parameters(index = "1", arity = "0..1", paramLabel = "FILE", description = "Standard output if absent.")
    private Path file;

    @Option(names = "--as-of", paramLabel = "SEQUENCE", description = "An earlier state, within the retention.")
    private Long asOf;

    @Override
    public Integer call() throws IOException {
        Consistency state = asOf == null ? Consistency.STRONG : new Consistency.AsOfSequence(asOf);
        try (Quiver quiver = Main.open();
                Stream<Record> records = quiver.database().collection(name).records(state)) {
            if (file == null) {
                write(records.iterator(), System.out);
                return 0;
            }
            // Nobody takes half of it for all.
            Path partial = Path.of(file + ".part");
            long count;
            try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(partial), 1 << 20)) {
                count = write(records.iterator(), out);
            }
            Files.move(partial, file, StandardCopyOption.REPLACE_EXISTING);
            System.out.printf("%,d records in %s%n", count, file);
        }
        return 0;
    }

    private static long write(Iterator<Record> records, OutputStream out) throws IOException {
        ObjectMapper json = Json.strictMapper();
        long count = 0;
        try (JsonGenerator line = json.createGenerator(out).disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)) {
            line.setRootValueSeparator(null);
            for (; records.hasNext(); count++) {
                Record r = records.next();
                line.writeStartObject();
                line.writeStringField("id", r.id());
                line.writeArrayFieldStart("vector");
                for (float x : r.vector()) {
                    line.writeNumber(x);
                }
                line.writeEndArray();
                if (r.text() != null) {
                    line.writeStringField("text", r.text());
                }
                line.writeFieldName("attributes");
                json.writeValue(line, r.attributes());
                line.writeEndObject();
                line.writeRaw('\n');
            }
        }
        return count;
    }
}
