package dev.quiver.cli;

import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.InvalidVectorException;
import dev.quiver.index.vector.Vectors;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Records from outside, read as they are asked for. What is wrong with one is told with the place where it stands. */
abstract class RecordInput implements Iterator<Record>, Closeable {
    private Record next;
    private Schema schema;

    /**
     * What the input tells of the collection that its records were in.
     *
     * @param dimension null if it does not say
     * @param metric null if it does not say
     * @param model null if it does not say, or there was none
     */
    record Origin(Integer dimension, MetricName metric, String model) {
        static final Origin UNKNOWN = new Origin(null, null, null);
    }

    Origin origin() {
        return Origin.UNKNOWN;
    }

    /**
     * The next record, or null after the last.
     *
     * @throws IllegalArgumentException if it cannot be one, saying why, without its place
     */
    abstract Record read() throws IOException;

    /** Where the record that was read last stands, as a sentence begins: "Line 3 of FILE: ". */
    abstract String place();

    /** The same for its vector. */
    String placeOfVector() {
        return place();
    }

    /** Of the record that comes next. */
    final int dimensionOfNext() {
        return next.vector().length;
    }

    /** From now on vectors must fit. */
    final void expect(Schema expected) {
        schema = expected;
    }

    @Override
    public final boolean hasNext() {
        if (next == null) {
            try {
                next = read();
            } catch (IllegalArgumentException e) {
                // Without the cause, which would be told in its place.
                throw new IllegalArgumentException(place() + e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e.getMessage(), e);
            }
        }
        return next != null;
    }

    @Override
    public final Record next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        Record r = next;
        next = null;
        if (schema != null) {
            try {
                Vectors.check(r.vector(), schema.dimension(), schema.metric());
            } catch (InvalidVectorException e) {
                throw new IllegalArgumentException(placeOfVector() + e.getMessage());
            }
        }
        return r;
    }
}
