package dev.quiver.embeddings.words;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.InvalidModelException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordVectorFilesTest {
    private static final List<String> WORDS = List.of("one", "größe", "日本語", "12", "-0.5", "a.b");

    @TempDir
    private Path folder;

    @Property
    void numbersAreReadAsTheJdkReadsThem(@ForAll float value, @ForAll double large, @ForAll long whole) {
        for (String text : List.of(
                Float.toString(value),
                Double.toString(large),
                Long.toString(whole),
                String.format(java.util.Locale.ROOT, "%.6f", value),
                String.format(java.util.Locale.ROOT, "%e", large))) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            assertThat(Decimals.parse(bytes, 0, bytes.length)).as(text).isEqualTo(Float.parseFloat(text));
        }
    }

    @Test
    void whatIsNoNumberIsNone() {
        for (String text : List.of("", "-", ".", "1e", "e5", "1.2.3", "12x", "--1", "1e+", "0x")) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> Decimals.parse(bytes, 0, bytes.length))
                    .as(text)
                    .isInstanceOf(NumberFormatException.class);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FASTTEXT_BINARY")
    void whatIsWrittenIsReadBitForBitAndRecognized(WordVectorFormat format) throws IOException {
        Path file = folder.resolve("vectors");
        WordVectorWriter.write(
                file,
                format,
                WORDS.size(),
                5,
                i -> WORDS.get(i).getBytes(StandardCharsets.UTF_8),
                WordVectorFilesTest::vector);
        assertThat(WordVectorFormat.of(file)).isEqualTo(format);
        int words = 0;
        try (WordVectorReader in = WordVectorReader.open(file, null)) {
            assertThat(in.dimension()).isEqualTo(5);
            for (; in.next(); words++) {
                assertThat(in.word()).isEqualTo(WORDS.get(words));
                assertThat(in.vector()).isEqualTo(vector(words));
            }
        }
        assertThat(words).isEqualTo(WORDS.size());
        WordVectors all = WordVectors.read(file, format);
        assertThat(all.vector("größe").orElseThrow()).isEqualTo(vector(1));
        assertThat(all.vector("grösse")).isEmpty();
        assertThat(all.frequency("one")).isGreaterThan(all.frequency("a.b")).isLessThan(1);
    }

    private static float[] vector(int i) {
        return new float[] {i, -1.5f / (i + 1), 1e-7f * i, 3.4e38f, (float) Math.PI};
    }

    @Test
    void wordsOfGloveMayHaveSpaces() throws IOException {
        Path file = write("the 1 2 3\n. . . 4 5 6\n");
        try (WordVectorReader in = WordVectorReader.open(file, null)) {
            in.next();
            in.next();
            assertThat(in.word()).isEqualTo(". . .");
            assertThat(in.vector()).containsExactly(4, 5, 6);
        }
    }

    @Test
    void filesThatAreDamagedAreRefusedWithTheirPlace() throws IOException {
        refused("3 2\na 1 2\nb 3 4\n", "after 2 of the 3");
        refused("1 2\na 1 2\nb 3 4\n", "Line 3");
        refused("2 2\na 1 2\nb 3\n", "Line 3");
        refused("2 2\na 1 2\nb 3 x\n", "'x'");
        refused("2 2\na 1 2\nb 3 NaN\n", "NaN");
        refused("2 2\na 1 2\n 3 4\n", "no word");
        refused("2000000000 300\na 1 2\n", "cannot hold");
        refused("1 99999\na 1 2\n", "cannot hold");
        refused("1 0\na\n", "cannot hold");
        refused("word\n", "no values");
        refused("", "empty");
    }

    private void refused(String text, String why) throws IOException {
        Path file = write(text);
        assertThatThrownBy(() -> {
                    try (WordVectorReader in = WordVectorReader.open(file, null)) {
                        while (in.next()) {
                            assertThat(in.vector()).isNotNull();
                        }
                    }
                })
                .as(text)
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("vectors.txt");
    }

    private Path write(String text) throws IOException {
        return Files.writeString(folder.resolve("vectors.txt"), text);
    }

    @Test
    void aBinaryFileThatIsCutOffIsRefused() throws IOException {
        Path file = folder.resolve("vectors.txt");
        WordVectorWriter.write(
                file,
                WordVectorFormat.WORD2VEC_BINARY,
                WORDS.size(),
                5,
                i -> WORDS.get(i).getBytes(StandardCharsets.UTF_8),
                WordVectorFilesTest::vector);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 1; length < whole.length - 1; length++) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> WordVectors.read(file, WordVectorFormat.WORD2VEC_BINARY))
                    .isInstanceOf(InvalidModelException.class);
        }
        // Without line ends after the vectors, as some write it.
        List<byte[]> parts = new ArrayList<>(List.of("2 1\n".getBytes(StandardCharsets.US_ASCII)));
        parts.add(new byte[] {'a', ' ', 0, 0, (byte) 0x80, 0x3F, 'b', ' ', 0, 0, 0, 0x40});
        Files.write(file, parts.getFirst());
        Files.write(file, parts.getLast(), java.nio.file.StandardOpenOption.APPEND);
        WordVectors two = WordVectors.read(file, WordVectorFormat.WORD2VEC_BINARY);
        assertThat(two.vector("b").orElseThrow()).containsExactly(2);
    }

    @Test
    void aVocabularyForgetsTheRarestWhenItIsFull() {
        VocabularyBuilder builder = new VocabularyBuilder(100);
        byte[] often = "often".getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i < 10_000; i++) {
            byte[] rare = ("rare" + i).getBytes(StandardCharsets.US_ASCII);
            builder.add(rare, 0, rare.length);
            builder.add(often, 0, often.length);
        }
        assertThat(builder.pruned()).isTrue();
        assertThat(builder.size()).isLessThanOrEqualTo(100);
        Vocabulary vocabulary = builder.build(100);
        assertThat(vocabulary.size()).isOne();
        assertThat(vocabulary.text(0)).isEqualTo("often");
        assertThat(vocabulary.count(0)).isEqualTo(10_000);
    }
}
