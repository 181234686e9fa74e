package dev.quiver.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.UpsertRecord;
import dev.quiver.functions.problem.Problems;
import dev.quiver.index.record.Record;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.Map;

/** A JSON object a line, as upsert takes them. */
final class NdjsonInput extends RecordInput {
    private final ObjectMapper json = Json.strictMapper();
    private final BufferedReader in;
    private final String source;
    private long number;

    NdjsonInput(BufferedReader in, String source) {
        this.in = in;
        this.source = source;
    }

    @Override
    Record read() throws IOException {
        for (String line; (line = in.readLine()) != null; ) {
            number++;
            if (!line.isBlank()) {
                return record(line);
            }
        }
        return null;
    }

    private Record record(String line) {
        UpsertRecord r;
        try {
            r = json.readValue(line, UpsertRecord.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(Problems.ofJson(e).detail(), e);
        }
        if (r.vector() == null) {
            throw new IllegalArgumentException("The record has no vector.");
        }
        if (r.ifAbsent() != null || r.ifVersion() != null) {
            throw new IllegalArgumentException("Conditions cannot be imported. Leave ifAbsent and ifVersion out.");
        }
        return new Record(r.id(), r.vector(), r.text(), r.attributes() == null ? Map.of() : r.attributes());
    }

    @Override
    String place() {
        return "Line " + number + " of " + source + ": ";
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
