package dev.quiver.embeddings.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.TestFiles;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FastTextModelTest {
    private static final Path SKIPGRAM = TestFiles.of("words/skipgram.bin");
    private static final Path CBOW = TestFiles.of("words/cbow.bin");

    @TempDir
    private Path folder;

    @Test
    void everyWordGetsFastTextsOwnAnswerKnownOrNot() throws IOException {
        FastTextModel model = FastTextModel.read(SKIPGRAM, false);
        int checked = 0;
        for (String line : Files.readAllLines(TestFiles.of("words/skipgram.answers"))) {
            assertSameDigits(
                    line, model.vector(line.substring(0, line.indexOf(' '))).orElseThrow());
            checked++;
        }
        assertThat(checked).isEqualTo(12);
        assertThat(model.words().find("unheardof")).isNegative();
        assertThat(model.words().find("collection")).isNotNegative();
    }

    @Test
    void theListOfVectorsThatFastTextWroteBesideAModelIsTheModels() throws IOException {
        FastTextModel model = FastTextModel.read(CBOW, true);
        int words = 0;
        for (String line : Files.readAllLines(TestFiles.of("words/cbow.vec")).stream()
                .skip(1)
                .toList()) {
            assertSameDigits(
                    line, model.vector(line.substring(0, line.indexOf(' '))).orElseThrow());
            assertThat(model.words().text(words)).isEqualTo(line.substring(0, line.indexOf(' ')));
            words++;
        }
        assertThat(words).isEqualTo(model.words().size());
        assertThat(model.vector("unheardof"))
                .as("without n-grams it is not known")
                .isEmpty();
    }

    /** fastText prints five digits of each value. */
    static void assertSameDigits(String line, float[] vector) {
        String[] fields = line.strip().split(" ");
        assertThat(vector).hasSize(fields.length - 1);
        for (int i = 0; i < vector.length; i++) {
            assertThat(new BigDecimal(vector[i]).round(new MathContext(5, RoundingMode.HALF_EVEN)))
                    .as(line)
                    .isEqualByComparingTo(new BigDecimal(fields[i + 1]));
        }
    }

    @Test
    void whatIsWrittenIsReadAsItWas() throws IOException {
        FastTextModel model = FastTextModel.read(SKIPGRAM, true);
        Path copy = folder.resolve("copy.bin");
        model.write(copy);
        FastTextModel again = FastTextModel.read(copy, true);
        assertThat(again.arguments()).isEqualTo(model.arguments());
        assertThat(again.words().size()).isEqualTo(model.words().size());
        for (int w = 0; w < model.words().size(); w++) {
            assertThat(again.words().word(w)).isEqualTo(model.words().word(w));
            assertThat(again.words().count(w)).isEqualTo(model.words().count(w));
            assertThat(again.output().row(w)).isEqualTo(model.output().row(w));
        }
        assertThat(again.vector("unheardof").orElseThrow())
                .isEqualTo(model.vector("unheardof").orElseThrow());
        assertThat(Files.exists(Path.of(copy + ".part"))).isFalse();
    }

    @Test
    void aModelThatIsCutOffAnywhereIsRefused() throws IOException {
        byte[] whole = Files.readAllBytes(CBOW);
        Path cut = folder.resolve("cut.bin");
        for (int length = 1; length < whole.length; length += 1 + length / 40) {
            Files.write(cut, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> FastTextModel.read(cut, true))
                    .as("%d bytes", length)
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("cut.bin");
        }
    }

    @Test
    void absurdNumbersAreRefusedBeforeThereIsMemoryForThem() throws IOException {
        byte[] whole = Files.readAllBytes(SKIPGRAM);
        Path wrong = folder.resolve("wrong.bin");
        // dim, bucket and the number of entries; each is an int32 of the head.
        for (int at : new int[] {8, 40, 64}) {
            for (int value : new int[] {-1, 0, Integer.MAX_VALUE, 1 << 30}) {
                byte[] changed = whole.clone();
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
                Files.write(wrong, changed);
                assertThatThrownBy(() -> FastTextModel.read(wrong, true))
                        .as("%d at %d", value, at)
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
        byte[] quantized = whole.clone();
        ByteBuffer.wrap(quantized).order(ByteOrder.LITTLE_ENDIAN).putLong(84, 3);
        Files.write(wrong, quantized);
        assertThatThrownBy(() -> FastTextModel.read(wrong, false)).hasMessageContaining("the model it was made from");
        Files.writeString(wrong, "2 2\na 1 2\nb 3 4\n");
        assertThatThrownBy(() -> FastTextModel.read(wrong, false)).hasMessageContaining("word2vec or glove");
    }

    @Test
    void thePagesSnippetIsThis() throws IOException {
        Path file = SKIPGRAM;
        List<String> sample = Files.readAllLines(TestFiles.of("words/corpus.txt"));
        // begin words
        FastTextModel words = FastTextModel.read(file, false);
        Optional<float[]> unknown = words.vector("unheardof");

        SmoothInverseFrequency sentences = SmoothInverseFrequency.fit(words, sample);
        Optional<float[]> sentence = sentences.vector("How do I restore a collection?");
        // end words
        assertThat(unknown).isPresent();
        assertThat(sentence).isPresent();
        List<String> lines =
                Files.readAllLines(Path.of("src/test/java/dev/quiver/embeddings/words/FastTextModelTest.java")).stream()
                        .map(String::strip)
                        .toList();
        List<String> snippet = lines.subList(lines.indexOf("// begin words") + 1, lines.indexOf("// end words"));
        assertThat(Files.readString(Path.of("../docs/embeddings.md"))).contains(String.join("\n", snippet));
    }

    @Test
    void sentencesLoseWhatTheyAllHaveInCommon() throws IOException {
        FastTextModel model = FastTextModel.read(SKIPGRAM, false);
        SmoothInverseFrequency sentences = SmoothInverseFrequency.fit(
                model, Files.readAllLines(TestFiles.of("words/corpus.txt")).subList(0, 200));
        float[] component = sentences.component();
        double length = 0;
        for (float c : component) {
            length += c * c;
        }
        assertThat(length).isBetween(0.999, 1.001);
        Optional<float[]> vector = sentences.vector("The Collection of vectors");
        double along = 0;
        for (int i = 0; i < component.length; i++) {
            along += component[i] * vector.orElseThrow()[i];
        }
        assertThat(along).as("the common component is gone").isBetween(-1e-4, 1e-4);
        assertThat(sentences.vector(" ... ")).isEmpty();
        assertThat(SmoothInverseFrequency.of(model, component).vector("a query").orElseThrow())
                .isEqualTo(sentences.vector("a query").orElseThrow());
    }
}
