package dev.quiver.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.index.record.Record;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Records from a Parquet file: what {@link ParquetOutput} writes, and files of others. An id and a vector there must be; further columns become
 * attributes. What the columns are is checked before the first row is read.
 */
final class ParquetInput extends RecordInput {
    private static final int NONE = -1;

    private final ObjectMapper json = Json.strictMapper();
    private final Path file;
    private final FileChannel channel;
    private final Origin origin;
    private final MessageType columns;
    private final int id;
    private final int vector;
    private final int text;
    private final int attributes;
    private final MessageColumnIO assembly;
    private final List<BlockMetaData> groups;
    private int nextGroup;
    private RecordReader<Object[]> rows;
    private long rowsLeft;
    private long row;

    ParquetInput(Path file, ImportCommand.Columns chosen) throws IOException {
        this.file = file;
        ParquetMetadata footer = footer(file);
        MessageType all = footer.getFileMetaData().getSchema();
        chosen.skipped.forEach(name -> existing(all, name, "--skip-columns"));
        List<Type> kept = all.getFields().stream()
                .filter(t -> !chosen.skipped.contains(t.getName()))
                .toList();
        this.columns = new MessageType(all.getName(), kept);
        this.id = required(chosen.id, "id", "--id-column", "strings, integers or UUIDs", ParquetValues::isId);
        this.vector = required(
                chosen.vector, "vector", "--vector-column", "lists of float or double", ParquetValues::isVector);
        this.text = optional(chosen.text, "text", "--text-column", "strings", ParquetValues::isString);
        this.attributes = optional(
                chosen.attributes,
                "attributes",
                "--attributes-column",
                "JSON objects or structs",
                t -> ParquetValues.isString(t) || ParquetValues.isStruct(t));
        long different = IntStream.of(id, vector, text, attributes)
                .filter(c -> c >= 0)
                .distinct()
                .count();
        if (different
                < IntStream.of(id, vector, text, attributes).filter(c -> c >= 0).count()) {
            throw new IllegalArgumentException("A column of " + file + " is chosen for two things.");
        }
        checkAttributes();
        this.origin = origin(footer.getFileMetaData().getKeyValueMetaData());
        this.groups = footer.getBlocks();
        groups.forEach(this::check);
        this.assembly = new ColumnIOFactory(footer.getFileMetaData().getCreatedBy()).getColumnIO(columns, all);
        this.channel = FileChannel.open(file);
    }

    private static ParquetMetadata footer(Path file) throws IOException {
        ParquetReadOptions options =
                ParquetReadOptions.builder(new PlainParquetConfiguration()).build();
        try (ParquetFileReader reader = ParquetFileReader.open(new LocalInputFile(file), options)) {
            return reader.getFooter();
        } catch (RuntimeException e) {
            throw new IOException(
                    "Not a whole Parquet file: " + file + " (" + e.getMessage() + "). Was it copied to its end?", e);
        }
    }

    private static Origin origin(Map<String, String> metadata) {
        Integer dimension = null;
        MetricName metric = null;
        for (MetricName m : MetricName.values()) {
            if (m.toString().equals(metadata.get(ParquetOutput.METRIC))) {
                metric = m;
            }
        }
        try {
            dimension = Integer.valueOf(metadata.get(ParquetOutput.DIMENSION));
        } catch (NumberFormatException e) {
            // Others may call something else so.
        }
        return new Origin(dimension, metric, metadata.get(ParquetOutput.MODEL));
    }

    private int existing(MessageType in, String name, String option) {
        if (!in.containsField(name)) {
            throw new IllegalArgumentException("There is no column '" + name + "' in " + file + ", see " + option
                    + ". Its columns are: " + names(in) + ".");
        }
        return in.getFieldIndex(name);
    }

    private static String names(MessageType in) {
        return in.getFields().stream().map(t -> t.getName()).collect(Collectors.joining(", "));
    }

    private int required(String name, String otherwise, String option, String what, Predicate<Type> fits) {
        if (name == null && !columns.containsField(otherwise)) {
            throw new IllegalArgumentException("There is no column '" + otherwise + "' in " + file
                    + ". Name the one with " + what + " by " + option + "; its columns are: " + names(columns) + ".");
        }
        return fitting(name == null ? otherwise : name, option, what, fits);
    }

    /** A column that only has the usual name need not be what it is usually. */
    private int optional(String name, String otherwise, String option, String what, Predicate<Type> fits) {
        if (name != null) {
            return fitting(name, option, what, fits);
        }
        int column = columns.containsField(otherwise) ? columns.getFieldIndex(otherwise) : NONE;
        return column != NONE && fits.test(columns.getType(column)) ? column : NONE;
    }

    private int fitting(String name, String option, String what, Predicate<Type> fits) {
        int column = existing(columns, name, option);
        Type type = columns.getType(column);
        if (!fits.test(type)) {
            throw new IllegalArgumentException("The column '" + name + "' of " + file + " holds "
                    + ParquetValues.describe(type) + ", not " + what + ". Choose another by " + option + ".");
        }
        return column;
    }

    private void checkAttributes() {
        for (int i = 0; i < columns.getFieldCount(); i++) {
            Type column = columns.getType(i);
            if (i == attributes && !column.isPrimitive()) {
                column.asGroupType().getFields().forEach(f -> checkAttribute(f, column.getName()));
            } else if (i != id && i != vector && i != text && i != attributes) {
                checkAttribute(column, column.getName());
            }
        }
    }

    private void checkAttribute(Type type, String column) {
        if (!ParquetValues.isAttribute(type)) {
            String name = type.getName().equals(column) ? column : column + "." + type.getName();
            throw new IllegalArgumentException("The column '" + name + "' of " + file + " holds "
                    + ParquetValues.describe(type)
                    + ", which cannot be an attribute: those are strings, numbers, booleans, dates, and lists of these. Leave it out with --skip-columns "
                    + column + ".");
        }
    }

    private void check(BlockMetaData group) {
        for (ColumnChunkMetaData chunk : group.getColumns()) {
            if (columns.containsField(chunk.getPath().toArray()[0]) && !ParquetPages.reads(chunk.getCodec())) {
                throw new IllegalArgumentException(file + " is compressed with " + chunk.getCodec()
                        + ", which is not read here. Write it with zstd, snappy, gzip, lz4_raw or none.");
            }
        }
    }

    @Override
    Origin origin() {
        return origin;
    }

    @Override
    Record read() throws IOException {
        Object[] stored = stored();
        if (stored == null) {
            return null;
        }
        row++;
        String recordId = null;
        String recordText = null;
        float[] components = null;
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < stored.length; i++) {
            Type column = columns.getType(i);
            try {
                if (i == id) {
                    recordId = id(column, stored[i]);
                } else if (i == vector) {
                    components = vector(stored[i]);
                } else if (i == text) {
                    recordText = (String) ParquetValues.attribute(column, stored[i]);
                } else if (i == attributes) {
                    attributes(column, stored[i]).forEach((name, v) -> put(values, name, v));
                } else {
                    put(values, column.getName(), ParquetValues.attribute(column, stored[i]));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("Column '" + column.getName() + "': " + e.getMessage(), e);
            }
        }
        return new Record(recordId, components, recordText, values);
    }

    private static void put(Map<String, Object> values, String name, Object value) {
        if (value != null && values.put(name, value) != null) {
            throw new IllegalArgumentException("There are two attributes '" + name + "'.");
        }
    }

    private static String id(Type column, Object stored) {
        if (stored == null) {
            throw new IllegalArgumentException("There is no id.");
        }
        String s = String.valueOf(ParquetValues.attribute(column, stored));
        Record.checkId(s);
        return s;
    }

    private static float[] vector(Object stored) {
        return switch (stored) {
            case null -> throw new IllegalArgumentException("There is no vector.");
            case float[] v -> v;
            default -> throw new IllegalArgumentException("A component of the vector is null.");
        };
    }

    private Map<String, Object> attributes(Type column, Object stored) {
        Map<String, Object> values = new LinkedHashMap<>();
        if (stored instanceof Map<?, ?> struct) {
            GroupType type = column.asGroupType();
            struct.forEach(
                    (name, v) -> values.put((String) name, ParquetValues.attribute(type.getType((String) name), v)));
        } else if (stored != null) {
            try {
                JsonNode node = json.readTree(ParquetValues.string((byte[]) stored));
                if (!node.isObject() && !node.isNull()) {
                    throw new IllegalArgumentException("It is not a JSON object but the JSON "
                            + node.getNodeType().toString().toLowerCase(java.util.Locale.ROOT) + " "
                            + shorten(node.toString()) + ".");
                }
                if (node.isObject()) {
                    values.putAll(json.convertValue(node, new TypeReference<Map<String, Object>>() {}));
                }
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("It is not a JSON object: " + e.getOriginalMessage(), e);
            }
        }
        return values;
    }

    private static String shorten(String s) {
        return s.length() <= 40 ? s : s.substring(0, 40) + "…";
    }

    /** The next row as it is stored; null after the last. */
    private Object[] stored() throws IOException {
        try {
            while (rowsLeft == 0) {
                if (nextGroup == groups.size()) {
                    return null;
                }
                BlockMetaData group = groups.get(nextGroup++);
                rowsLeft = group.getRowCount();
                rows = assembly.getRecordReader(new ParquetPages(channel, group), new Rows(columns));
            }
            rowsLeft--;
            return rows.read();
        } catch (RuntimeException e) {
            throw new IOException(
                    file + " cannot be read from row " + (row + 1) + " on, it is damaged: " + innermost(e), e);
        } catch (OutOfMemoryError e) {
            throw new IOException(
                    "A page of " + file + " at row " + (row + 1)
                            + " does not fit into memory. Write the file with smaller pages, or give more memory: JAVA_TOOL_OPTIONS=-Xmx4g.",
                    e);
        }
    }

    private static String innermost(Throwable e) {
        Throwable t = e;
        while (t.getCause() != null) {
            t = t.getCause();
        }
        return t.getMessage() == null ? t.toString() : t.getMessage();
    }

    @Override
    String place() {
        return "Row " + row + " of " + file + ": ";
    }

    @Override
    String placeOfVector() {
        return place() + "Column '" + columns.getFieldName(vector) + "': ";
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** Puts the values of a row side by side. */
    private final class Rows extends RecordMaterializer<Object[]> {
        private final List<Converter> converters = new ArrayList<>();
        private Object[] cells;

        Rows(MessageType columns) {
            for (int i = 0; i < columns.getFieldCount(); i++) {
                int cell = i;
                Type column = columns.getType(i);
                converters.add(
                        i == vector
                                ? new ParquetValues.Components(column.asGroupType(), v -> cells[cell] = v)
                                : ParquetValues.collector(column, v -> cells[cell] = v));
            }
        }

        @Override
        public Object[] getCurrentRecord() {
            return cells;
        }

        @Override
        public GroupConverter getRootConverter() {
            return new GroupConverter() {
                @Override
                public Converter getConverter(int field) {
                    return converters.get(field);
                }

                @Override
                public void start() {
                    cells = new Object[converters.size()];
                }

                @Override
                public void end() {}
            };
        }
    }
}
