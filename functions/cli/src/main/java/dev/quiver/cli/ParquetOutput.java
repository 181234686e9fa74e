package dev.quiver.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A Parquet file that pandas, DuckDB, Spark and LanceDB read as it is. Attributes are one column of JSON, because the records of a collection need not
 * have the same ones, nor of one type. The key-value metadata keep what the collection was: {@value #DIMENSION}, {@value #METRIC}, and
 * {@value #MODEL} if it had one.
 */
final class ParquetOutput implements RecordOutput {
    static final String DIMENSION = "quiver.dimension";
    static final String METRIC = "quiver.metric";
    static final String MODEL = "quiver.model";

    private static final MessageType COLUMNS = MessageTypeParser.parseMessageType("""
            message record {
              required binary id (STRING);
              required group vector (LIST) { repeated group list { required float element; } }
              optional binary text (STRING);
              required binary attributes (JSON);
            }
            """);

    /** What is held in memory, about: the file is a sequence of groups of rows, each written when it is full. */
    private static final long GROUP_BYTES = 32 << 20;

    private final ParquetWriter<Record> writer;

    ParquetOutput(Path file, Schema schema) throws IOException {
        Map<String, String> origin = new HashMap<>();
        origin.put(DIMENSION, Integer.toString(schema.dimension()));
        origin.put(METRIC, schema.metric().name().toLowerCase(Locale.ROOT));
        if (schema.model() != null) {
            origin.put(MODEL, schema.model());
        }
        // What hardly ever repeats has no use for a dictionary.
        writer = new Builder(new LocalOutputFile(file), new Rows(origin))
                .withConf(new PlainParquetConfiguration())
                .withWriteMode(ParquetFileWriter.Mode.OVERWRITE)
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .withRowGroupSize(GROUP_BYTES)
                .withDictionaryEncoding("id", false)
                .withDictionaryEncoding("vector.list.element", false)
                .withDictionaryEncoding("text", false)
                .build();
    }

    @Override
    public void write(Record r) throws IOException {
        try {
            writer.write(r);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    @Override
    public void close() throws IOException {
        writer.close();
    }

    private static final class Builder extends ParquetWriter.Builder<Record, Builder> {
        private final Rows rows;

        Builder(OutputFile file, Rows rows) {
            super(file);
            this.rows = rows;
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        @Deprecated
        protected WriteSupport<Record> getWriteSupport(Configuration conf) {
            return rows;
        }

        @Override
        protected WriteSupport<Record> getWriteSupport(ParquetConfiguration conf) {
            return rows;
        }
    }

    /** Takes a record apart into the columns. */
    private static final class Rows extends WriteSupport<Record> {
        private final ObjectMapper json = Json.strictMapper();
        private final Map<String, String> metadata;
        private RecordConsumer out;

        Rows(Map<String, String> metadata) {
            this.metadata = metadata;
        }

        @Override
        @Deprecated
        public WriteContext init(Configuration conf) {
            return new WriteContext(COLUMNS, metadata);
        }

        @Override
        public WriteContext init(ParquetConfiguration conf) {
            return new WriteContext(COLUMNS, metadata);
        }

        @Override
        public void prepareForWrite(RecordConsumer consumer) {
            out = consumer;
        }

        @Override
        public void write(Record r) {
            out.startMessage();
            write(0, Binary.fromString(r.id()));
            write(r.vector());
            if (r.text() != null) {
                write(2, Binary.fromString(r.text()));
            }
            try {
                write(3, Binary.fromConstantByteArray(json.writeValueAsBytes(r.attributes())));
            } catch (JsonProcessingException e) {
                throw new UncheckedIOException(e);
            }
            out.endMessage();
        }

        private void write(int column, Binary value) {
            String name = COLUMNS.getFieldName(column);
            out.startField(name, column);
            out.addBinary(value);
            out.endField(name, column);
        }

        private void write(float[] vector) {
            out.startField("vector", 1);
            out.startGroup();
            out.startField("list", 0);
            for (float x : vector) {
                out.startGroup();
                out.startField("element", 0);
                out.addFloat(x);
                out.endField("element", 0);
                out.endGroup();
            }
            out.endField("list", 0);
            out.endGroup();
            out.endField("vector", 1);
        }
    }
}
