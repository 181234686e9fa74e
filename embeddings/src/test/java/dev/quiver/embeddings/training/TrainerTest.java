package dev.quiver.embeddings.training;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.TestFiles;
import dev.quiver.embeddings.words.FastTextModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {
    private static final Path TEXT = TestFiles.of("words/corpus.txt");
    private static final String[] FRUIT = {"apple", "banana", "cherry", "grape", "melon", "plum"};
    private static final String[] METAL = {"iron", "copper", "silver", "nickel", "zinc", "lead"};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Architecture.class,
            names = {"SKIPGRAM", "CBOW"})
    void wordsOfOneSubjectBecomeNear(Architecture architecture) throws Exception {
        for (TrainingSettings settings :
                List.of(TrainingSettings.word2vec(), TrainingSettings.fastText().withSubwords(3, 6, 5000))) {
            FastTextModel model = WordTraining.train(
                    List.of(subjects()),
                    settings.withArchitecture(architecture)
                            .withDim(20)
                            .withEpoch(10)
                            .withT(0)
                            .withThread(2),
                    TrainingOutput.in(folder));
            for (String fruit : FRUIT) {
                for (String other : FRUIT) {
                    for (String metal : METAL) {
                        assertThat(similarity(model, fruit, other))
                                .as("%s, %s, %s", fruit, other, metal)
                                .isGreaterThan(similarity(model, fruit, metal));
                    }
                }
            }
        }
        assertThat(Files.readString(folder.resolve("model.json")))
                .contains("\"family\" : \"fasttext\"", "\"sha256\"", "\"name\" : \"vectors.vec\"");
        try (var files = Files.list(folder)) {
            assertThat(files.map(f -> f.getFileName().toString()))
                    .as("nothing else is left")
                    .containsExactlyInAnyOrder("model.json", "model.bin", "vectors.vec", "subjects.txt");
        }
    }

    private static double similarity(FastTextModel model, String a, String b) {
        return TestFiles.similarity(
                model.vector(a).orElseThrow(), model.vector(b).orElseThrow());
    }

    private Path subjects() throws IOException {
        Random random = new Random(5);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            String[] words = i % 2 == 0 ? FRUIT : METAL;
            StringBuilder line = new StringBuilder();
            for (int w = 0; w < 10; w++) {
                line.append(random.nextInt(4) == 0 ? "and" : words[random.nextInt(words.length)])
                        .append(' ');
            }
            lines.add(line.toString());
        }
        return Files.write(folder.resolve("subjects.txt"), lines);
    }

    @Test
    void aSeedReproducesEveryBitOnOneThread() throws Exception {
        TrainingSettings settings =
                TrainingSettings.fastText().withSubwords(2, 4, 1000).withDim(24).withThread(1);
        byte[] first = bytes(settings, "a");
        assertThat(bytes(settings, "b")).isEqualTo(first);
        assertThat(bytes(settings.withSeed(1), "c")).isNotEqualTo(first);
    }

    private byte[] bytes(TrainingSettings settings, String name) throws Exception {
        Path to = folder.resolve(name);
        WordTraining.train(List.of(TEXT), settings, TrainingOutput.in(to));
        return Files.readAllBytes(to.resolve(WordTraining.MODEL));
    }

    static final TrainingSettings LONG = TrainingSettings.fastText()
            .withSubwords(3, 6, 2000)
            .withDim(48)
            .withEpoch(250)
            .withThread(1);

    /** In a process of its own, to be killed. */
    public static void main(String[] args) throws Exception {
        WordTraining.train(
                List.of(Path.of(args[0])),
                LONG,
                new TrainingOutput(Path.of(args[1]), Duration.ofMillis(1), null, null, null));
    }

    @Test
    void aTrainingThatWasKilledEndsWithTheSameBits() throws Exception {
        Path killed = folder.resolve("killed");
        Path checkpoint = killed.resolve("checkpoint.bin");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TrainerTest.class.getName(),
                        TEXT.toString(),
                        killed.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        while (!Files.exists(checkpoint) && process.isAlive()) {
            Thread.sleep(5);
        }
        process.destroyForcibly().waitFor();
        assertThat(checkpoint).as(Files.readString(folder.resolve("output"))).exists();
        assertThat(killed.resolve("model.json")).doesNotExist();

        assertThatThrownBy(() -> WordTraining.train(List.of(TEXT), LONG.withDim(50), output(killed)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("other settings");
        List<TrainingStatus> told = new ArrayList<>();
        WordTraining.train(
                List.of(TEXT), LONG, new TrainingOutput(killed, Duration.ofHours(1), "CC0", "here", told::add));
        WordTraining.train(List.of(TEXT), LONG, output(folder.resolve("whole")));
        assertThat(Files.readAllBytes(killed.resolve(WordTraining.MODEL)))
                .isEqualTo(Files.readAllBytes(folder.resolve("whole").resolve(WordTraining.MODEL)));
        assertThat(checkpoint).as("is of no use any more").doesNotExist();
        assertThat(told.getLast().done()).isEqualTo(1);
        assertThat(Files.readString(killed.resolve("model.json"))).contains("\"licence\" : \"CC0\"");
        try (var files = Files.list(killed)) {
            // What the killed process was about to write when it ended.
            assertThat(files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".ids")))
                    .isEmpty();
        }
    }

    private static TrainingOutput output(Path folder) {
        return new TrainingOutput(folder, Duration.ofHours(1), null, null, null);
    }

    @Test
    void aDamagedCheckpointIsRefused() throws Exception {
        Path to = Files.createDirectories(folder.resolve("damaged"));
        Files.writeString(to.resolve("checkpoint.bin"), "x".repeat(500));
        assertThatThrownBy(() -> WordTraining.train(List.of(TEXT), LONG, output(to)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("Delete it");
    }

    @Test
    void fastTextReadsOurModels() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/fasttext")), "Debian's fasttext is not installed");
        FastTextModel model = WordTraining.train(
                List.of(TEXT),
                TrainingSettings.fastText().withSubwords(2, 5, 700).withDim(16),
                TrainingOutput.in(folder));
        Process process = new ProcessBuilder(
                        "/usr/bin/fasttext",
                        "print-word-vectors",
                        folder.resolve(WordTraining.MODEL).toString())
                .start();
        try (OutputStream in = process.getOutputStream()) {
            in.write("vectors\nvectorisation\nÜberfluß\n".getBytes(StandardCharsets.UTF_8));
        }
        List<String> lines = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).isZero();
        assertThat(lines).hasSize(3);
        for (String line : lines) {
            String[] fields = line.split(" ");
            float[] vector = model.vector(fields[0]).orElseThrow();
            for (int i = 0; i < vector.length; i++) {
                assertThat((double) Float.parseFloat(fields[i + 1]))
                        .isCloseTo(vector[i], org.assertj.core.api.Assertions.withinPercentage(0.01));
            }
        }
    }

    @Test
    void aCorpusWithNothingToLearnFromIsRefused() throws Exception {
        refused("", "no word in");
        refused(" \n\t\n ", "minCount");
        refused("a b c d", "minCount");
        refused("same ".repeat(100), "'same'");
        refused("x".repeat(70_000) + " y", "with spaces between");
        assertThatThrownBy(() -> WordTraining.train(
                        List.of(folder.resolve("nowhere")), TrainingSettings.word2vec(), TrainingOutput.in(folder)))
                .hasMessageContaining("is no file");
        assertThatThrownBy(() -> TrainingSettings.word2vec().withDim(0)).hasMessageContaining("dim is 0");
        assertThatThrownBy(() -> TrainingSettings.word2vec().withLr(Double.NaN)).hasMessageContaining("lr is NaN");
        assertThatThrownBy(() -> TrainingSettings.fastText().withSubwords(6, 3, 10))
                .hasMessageContaining("minn");
        assertThatThrownBy(() -> WordTraining.train(
                        List.of(TEXT),
                        TrainingSettings.fastText().withDim(4096).withSubwords(3, 6, 400_000_000),
                        TrainingOutput.in(folder)))
                .hasMessageContaining("MiB");
    }

    private void refused(String text, String why) throws IOException {
        Path file = Files.writeString(folder.resolve("corpus.txt"), text);
        assertThatThrownBy(
                        () -> WordTraining.train(List.of(file), TrainingSettings.word2vec(), TrainingOutput.in(folder)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
    }

    /** word2vec and fastText would look for a negative for ever, or nearly. */
    @Test
    void twoWordsOfWhichOneIsNearlyAllThereIsEndInTime() throws Exception {
        Path file = Files.writeString(folder.resolve("corpus.txt"), "a ".repeat(200_000) + "b b b b b");
        FastTextModel model = WordTraining.train(
                List.of(file), TrainingSettings.word2vec().withT(0).withPower(2), TrainingOutput.in(folder));
        assertThat(model.words().size()).isEqualTo(2);
    }
}
