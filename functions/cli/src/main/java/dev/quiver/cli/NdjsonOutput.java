package dev.quiver.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.index.record.Record;
import java.io.IOException;
import java.io.OutputStream;

/** A JSON object a line, as upsert takes them. */
final class NdjsonOutput implements RecordOutput {
    private final ObjectMapper json = Json.strictMapper();
    private final JsonGenerator line;

    NdjsonOutput(OutputStream out) throws IOException {
        this.line = json.createGenerator(out);
        line.setRootValueSeparator(null);
    }

    @Override
    public void write(Record r) throws IOException {
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

    @Override
    public void close() throws IOException {
        line.close();
    }
}
