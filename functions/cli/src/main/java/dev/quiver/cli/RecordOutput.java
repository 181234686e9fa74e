package dev.quiver.cli;

import dev.quiver.index.record.Record;
import java.io.Closeable;
import java.io.IOException;

/** Where records go, one after the other. What was written is whole when this is closed. */
interface RecordOutput extends Closeable {
    void write(Record record) throws IOException;
}
