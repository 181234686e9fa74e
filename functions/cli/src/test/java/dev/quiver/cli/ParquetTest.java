package dev.quiver.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.quiver.functions.Json;
import dev.quiver.functions.operation.Messages.MetricName;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out as Parquet comes in again, and what other writers (see fixtures.mjs beside the files) put into it, too. */
class ParquetTest {
    private static final Schema SCHEMA = new Schema(3, Metric.DOT, null);

    @TempDir
    private Path folder;

    @Test
    void whatGoesOutComesIn() throws IOException {
        List<Record> records = List.of(
                record(
                        "a",
                        1,
                        "Ein Text",
                        Map.of("n", 1L, "x", 1.0, "b", true, "s", "ä", "list", List.of("x", 2L, false))),
                record("ü/東京/😀", 2, null, Map.of("東京 😀", "\"\\\u0001\n\u2028")),
                record(
                        "c",
                        Float.MIN_VALUE,
                        "",
                        Map.of("empty", List.of(), "most", Long.MAX_VALUE, "tiny", Double.MIN_VALUE)),
                record("d", -0.0f, "null \u0000 byte", Map.of()));
        assertThat(read(write(SCHEMA, records)))
                .usingRecursiveFieldByFieldElementComparator()
                .isEqualTo(records);
    }

    @Test
    void whatGoesOutIsReadByAnotherLibrary() throws IOException {
        List<Record> records = List.of(
                record("ü/😀", 1.5f, "Ein Text", Map.of("n", 1L, "list", List.of("x", 2L))),
                record("b", 2, null, Map.of()));
        Path file = write(new Schema(3, Metric.DOT, "a-model"), records);
        try (ParquetFileReader reader = ParquetFileReader.open(InputFile.of(file));
                RowReader rows = reader.rowReader()) {
            assertThat(reader.getFileMetaData().keyValueMetadata())
                    .containsAllEntriesOf(
                            Map.of("quiver.dimension", "3", "quiver.metric", "dot", "quiver.model", "a-model"));
            for (Record r : records) {
                rows.next();
                assertThat(rows.getString("id")).isEqualTo(r.id());
                assertThat(rows.getList("vector").floats())
                        .containsExactly(r.vector()[0], r.vector()[1], r.vector()[2]);
                assertThat(rows.getString("text")).isEqualTo(r.text());
                assertThat(rows.getString("attributes"))
                        .isEqualTo(Json.strictMapper().writeValueAsString(r.attributes()));
            }
            assertThat(rows.hasNext()).isFalse();
        }
    }

    @Test
    void manyGroupsOfRowsAndPagesComeInInTheirOrder() throws IOException {
        Schema schema = new Schema(512, Metric.COSINE, null);
        List<Record> records = IntStream.range(0, 40_000)
                .mapToObj(i -> {
                    float[] vector = new float[512];
                    for (int k = 0; k < vector.length; k++) {
                        vector[k] = i + 1f / (k + 1);
                    }
                    return new Record("r" + i, vector, i % 3 == 0 ? null : "text ".repeat(i % 50), Map.of("i", i));
                })
                .toList();
        Path file = write(schema, records);
        try (ParquetInput in = new ParquetInput(file, new ImportCommand.Columns())) {
            for (Record expected : records) {
                Record r = in.next();
                assertThat(r.id()).isEqualTo(expected.id());
                assertThat(r.vector()).isEqualTo(expected.vector());
                assertThat(r.text()).isEqualTo(expected.text());
                assertThat(r.attributes()).isEqualTo(expected.attributes());
            }
            assertThat(in.hasNext()).isFalse();
        }
    }

    @Test
    void theFileTellsWhatTheCollectionWas() throws IOException {
        Path file = write(new Schema(384, Metric.EUCLIDEAN, "all-minilm-l6-v2"), List.of());
        try (ParquetInput in = new ParquetInput(file, new ImportCommand.Columns())) {
            assertThat(in.origin()).isEqualTo(new RecordInput.Origin(384, MetricName.EUCLIDEAN, "all-minilm-l6-v2"));
            assertThat(in.hasNext()).isFalse();
        }
        try (ParquetInput in = new ParquetInput(fixture("arrow-v2"), new ImportCommand.Columns())) {
            assertThat(in.origin()).isEqualTo(RecordInput.Origin.UNKNOWN);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"snappy", "zstd", "gzip", "lz4_raw", "uncompressed"})
    void furtherColumnsOfOthersBecomeAttributes(String codec) throws Exception {
        List<Record> records = read(fixture("duckdb-" + codec), foreign());
        assertThat(records).extracting(r -> r.id()).containsExactly("0", "1", "2", "3", "4");
        assertThat(records.get(3).vector()).containsExactly(3, 3.5f, -3);
        assertThat(records).extracting(r -> r.text()).startsWith("Text ü 😀 0", null, "Text ü 😀 2");
        assertThat(records.get(3).attributes())
                .isEqualTo(Map.ofEntries(
                        Map.entry("lang", "de"),
                        Map.entry("ok", true),
                        Map.entry("u8", 203L),
                        Map.entry("price", 3.75),
                        Map.entry("whole", 3L),
                        Map.entry("day", "2026-01-05"),
                        Map.entry("at", "2026-01-02T03:04:05.123456"),
                        Map.entry("utc", "2026-01-02T03:04:05Z"),
                        Map.entry("clock", "12:34:56"),
                        Map.entry("uuid", "11111111-2222-3333-4444-555555555555"),
                        Map.entry("tags", List.of("a", "b3")),
                        Map.entry("numbers", List.of(3L, 4L)),
                        Map.entry("score", 1.5),
                        Map.entry("small", 0.25)));
    }

    @Test
    void pagesOfVersion2AndListsOfFixedSizeAreRead() throws Exception {
        List<Record> records = read(fixture("arrow-v2"));
        assertThat(records).extracting(r -> r.id()).containsExactly("r0", "r1", "r2");
        assertThat(records).extracting(r -> r.text()).containsExactly("one", null, "drei ü");
        assertThat(records.get(2).vector()).containsExactly(2, 1);
        assertThat(records)
                .extracting(r -> r.attributes())
                .containsExactly(Map.of("year", 2024L), Map.of(), Map.of("year", 2026L));
    }

    @Test
    void theFieldsOfAStructAreAttributes() throws Exception {
        ImportCommand.Columns columns = new ImportCommand.Columns();
        columns.skipped = Set.of("deep", "pairs", "raw");
        assertThat(read(fixture("duckdb-struct"), columns))
                .extracting(r -> r.attributes())
                .startsWith(
                        Map.of("year", 2020L, "tags", List.of("p", "q")),
                        Map.of("year", 2021L, "lang", "de", "tags", List.of("p", "q")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                    null-vector    | Row 3 of | Column 'vector': There is no vector.
                    null-component | Row 3 of | Column 'vector': A component of the vector is null.
                    ragged         | Row 4 of | Column 'vector': The vector has 1 components, the collection holds vectors of 2.
                    overflow       | Row 5 of | Column 'vector': Component 0 of the vector is Infinity.
                    null-id        | Row 2 of | Column 'id': There is no id.
                    nan            | Row 2 of | 'score' is the number NaN
                    no-object      | Row 2 of | Column 'attributes': It is not a JSON object but the JSON array [1].
                    """)
    void whatIsWrongIsToldWithRowAndColumn(String file, String row, String what) {
        assertThatThrownBy(() -> {
                    try (ParquetInput in = new ParquetInput(fixture("duckdb-" + file), new ImportCommand.Columns())) {
                        in.expect(new Schema(2, Metric.DOT, null));
                        in.forEachRemaining(_ -> {});
                    }
                })
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(row)
                .hasMessageContaining(file)
                .hasMessageContaining(what)
                .hasNoCause();
    }

    @Test
    void whatTheColumnsCannotBeIsToldBeforeARowIsRead() {
        assertRefused("duckdb-zstd", new ImportCommand.Columns(), "no column 'id'", "--id-column", "doc_id, embedding");
        ImportCommand.Columns columns = foreign();
        columns.vector = "score";
        assertRefused("duckdb-zstd", columns, "'score'", "DOUBLE, not lists of float or double", "--vector-column");
        columns = foreign();
        columns.text = "missing";
        assertRefused("duckdb-zstd", columns, "no column 'missing'", "--text-column");
        columns = foreign();
        columns.skipped = Set.of("lnag");
        assertRefused("duckdb-zstd", columns, "no column 'lnag'", "--skip-columns");
        columns = foreign();
        columns.text = "lang";
        columns.id = "lang";
        assertRefused("duckdb-zstd", columns, "chosen for two things");
        assertRefused("duckdb-struct", new ImportCommand.Columns(), "'deep'", "a struct", "--skip-columns deep");
        columns = new ImportCommand.Columns();
        columns.skipped = Set.of("deep", "raw");
        assertRefused("duckdb-struct", columns, "'pairs'", "MAP", "--skip-columns pairs");
        assertRefused("duckdb-brotli", foreign(), "BROTLI", "zstd");
    }

    @Test
    void aNumberThatDoesNotFitIsNotCut() {
        assertThatThrownBy(() -> read(fixture("duckdb-u64"), foreign()))
                .hasMessageContaining("Row 1 of")
                .hasMessageContaining("'u64'")
                .hasMessageContaining("18000000000000000000");
    }

    @Test
    void everyDamageIsTold() throws IOException {
        Schema schema = new Schema(8, Metric.DOT, null);
        List<Record> records = IntStream.range(0, 20)
                .mapToObj(i -> new Record("r" + i, new float[] {i, 1, 2, 3, 4, 5, 6, 7}, "text " + i, Map.of("i", i)))
                .toList();
        byte[] whole = Files.readAllBytes(write(schema, records));
        Path damaged = folder.resolve("damaged.parquet");
        // In front of the footer: what the pages hold.
        int footer = whole.length
                - 8
                - ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt(whole.length - 8);
        for (int at = 4; at < footer; at++) {
            byte[] bytes = whole.clone();
            bytes[at] ^= 0x10;
            Files.write(damaged, bytes);
            try {
                // Headers have no checksum, and indexes are not needed.
                assertThat(read(damaged))
                        .usingRecursiveFieldByFieldElementComparator()
                        .isEqualTo(records);
            } catch (UncheckedIOException e) {
                assertThat(e).hasMessageContaining("damaged.parquet").hasMessageContaining("is damaged");
            }
        }
        for (int length = 0; length < whole.length; length += 7) {
            Files.write(damaged, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> read(damaged))
                    .as("cut at %d", length)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("Not a whole Parquet file");
        }
    }

    private static void assertRefused(String file, ImportCommand.Columns columns, String... parts) {
        assertThatThrownBy(() -> new ParquetInput(fixture(file), columns).close())
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    private static ImportCommand.Columns foreign() {
        ImportCommand.Columns columns = new ImportCommand.Columns();
        columns.id = "doc_id";
        columns.vector = "embedding";
        columns.text = "body";
        return columns;
    }

    private static Path fixture(String name) {
        try {
            return Path.of(ParquetTest.class
                    .getResource("/parquet/" + name + ".parquet")
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Record record(String id, float x, String text, Map<String, Object> attributes) {
        return new Record(id, new float[] {x, 0.1f, -1e30f}, text, attributes);
    }

    private Path write(Schema schema, List<Record> records) throws IOException {
        Path file = folder.resolve("out.parquet");
        try (ParquetOutput out = new ParquetOutput(file, schema)) {
            for (Record r : records) {
                out.write(r);
            }
        }
        return file;
    }

    private static List<Record> read(Path file) throws IOException {
        return read(file, new ImportCommand.Columns());
    }

    private static List<Record> read(Path file, ImportCommand.Columns columns) throws IOException {
        List<Record> records = new ArrayList<>();
        try (ParquetInput in = new ParquetInput(file, columns)) {
            in.forEachRemaining(records::add);
        }
        return records;
    }
}
