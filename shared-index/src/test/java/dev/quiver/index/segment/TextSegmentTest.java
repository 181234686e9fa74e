package dev.quiver.index.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.TextField;
import dev.quiver.index.search.Calibrator;
import dev.quiver.index.text.TextIndex;
import dev.quiver.index.text.TextQuery;
import dev.quiver.index.text.TextQuery.Matching;
import dev.quiver.index.text.TextSearch;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The words of a segment as they lie in its file. */
class TextSegmentTest {
    /** A folder: this version's files are written there, to become fixtures. */
    private static final String WRITE = System.getenv("QUIVER_FIXTURES");

    private static final int ROWS = 300;
    private static final List<TextField> FIELDS =
            List.of(new TextField("text", "english", 1), new TextField("title", "standard", 2));

    @TempDir
    Path folder;

    private static final RowSource SOURCE = new RowSource() {
        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public byte[] id(int row) {
            return ("id-" + row).getBytes(UTF_8);
        }

        @Override
        public float[] vector(int row) {
            return new float[] {row, 1};
        }

        @Override
        public byte[] document(int row) {
            return DocumentCodec.encode(
                    "Every row is counted. Row " + row + (row % 7 == 0 ? " sails the seven seas." : "."),
                    row % 2 == 0 ? Map.of("title", "Number " + row) : Map.of());
        }
    };

    private byte[] write() throws IOException {
        Path file = folder.resolve("text.seg");
        SegmentWriter.write(file, SOURCE, 2, Metric.COSINE, FIELDS, Calibrator::measure);
        return Files.readAllBytes(file);
    }

    private static Set<Integer> search(TextIndex index, String text) {
        TextSearch search = new TextSearch(TextQuery.of(text, FIELDS, Matching.ALL), Optional.empty());
        TextSearch.Found found = search.look(index);
        search.decide(List.of(found));
        search.fetch(found);
        Set<Integer> rows = new TreeSet<>();
        search.search(found, null, new TextSearch.Best() {
            @Override
            public float threshold() {
                return Float.NEGATIVE_INFINITY;
            }

            @Override
            public void add(int row, float score) {
                rows.add(row);
            }
        });
        return rows;
    }

    private static void assertIsWhole(TextIndex index) {
        assertThat(index.has(FIELDS)).isTrue();
        assertThat(index.has(List.of(new TextField("text", "german", 1)))).isFalse();
        assertThat(search(index, "counting rows")).hasSize(ROWS);
        assertThat(search(index, "\"seven sea\"")).hasSize(43).contains(0, 7, 294);
        assertThat(search(index, "number 28*")).containsExactly(28, 280, 282, 284, 286, 288);
        assertThat(search(index, "sail 35")).containsExactly(35);
        assertThat(search(index, "the")).as("no word in English").isEmpty();
        assertThat(search(index, "absent")).isEmpty();
    }

    @Test
    void filesOfEveryReleasedVersionAreRead() throws IOException {
        String name = "v1-text-300-rows.seg";
        if (WRITE != null) {
            Files.write(Path.of(WRITE, name), write());
        }
        try (InputStream in = TextSegmentTest.class.getResourceAsStream("/segments/" + name)) {
            assertIsWhole(Segments.load("fixture", in.readAllBytes()).text().orElseThrow());
        }
        assertIsWhole(Segments.load("new", write()).text().orElseThrow());
    }

    @Test
    void aSegmentWithoutWordsHasNone() {
        assertThat(Segments.load("none", Segments.write(SOURCE, 2, Metric.COSINE))
                        .text())
                .isEmpty();
    }

    @Test
    void aSectionThatIsDamagedIsRefused() throws IOException {
        byte[] bytes = write();
        TextIndex whole = Segments.load("whole", bytes).text().orElseThrow();
        assertIsWhole(whole);
        // The words lie at the end.
        for (int i = bytes.length - 1000; i < bytes.length; i += 97) {
            byte[] damaged = bytes.clone();
            damaged[i] ^= 4;
            assertThatThrownBy(() -> Segments.load("damaged", damaged)).isInstanceOf(CorruptDataException.class);
        }
    }
}
