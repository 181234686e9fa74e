package dev.quiver.embeddings.documents;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.training.Architecture;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.TrainingSettings;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class Doc2VecTest {
    private static final String[][] SUBJECTS = {
        {"sail", "harbour", "wind", "tide", "anchor", "mast", "reef", "crew"},
        {"oven", "flour", "butter", "knead", "dough", "yeast", "crust", "loaf"},
        {"orbit", "planet", "comet", "gravity", "moon", "telescope", "star", "rocket"}
    };

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(
            value = Architecture.class,
            names = {"DOCUMENT_WORDS", "DOCUMENT_CONTEXT"})
    void documentsOfOneSubjectAreNearAndUnseenOnesFindTheirPlace(Architecture architecture) throws Exception {
        Random random = new Random(11);
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            lines.add("doc-" + i + "\t" + text(random, i % 3));
        }
        Path file = Files.write(folder.resolve("documents.txt"), lines);
        TrainingSettings settings = Doc2Vec.defaults()
                .withArchitecture(architecture)
                .withDim(20)
                .withT(0)
                .withEpoch(40)
                .withThread(1);
        Doc2Vec trained = Doc2Vec.train(List.of(file), true, settings, TrainingOutput.in(folder.resolve("model")));
        Doc2Vec model = Doc2Vec.read(folder.resolve("model"));
        WordVectors documents =
                WordVectors.read(folder.resolve("model").resolve(Doc2Vec.DOCUMENTS), WordVectorFormat.WORD2VEC_TEXT);
        assertThat(documents.vocabulary().size()).isEqualTo(600);

        int right = 0;
        for (int i = 0; i < 60; i++) {
            String unseen = text(random, i % 3);
            float[] vector = model.infer(unseen).orElseThrow();
            assertThat(vector)
                    .as("the same each time, and after reading")
                    .isEqualTo(trained.infer(unseen).orElseThrow());
            int nearest = 0;
            for (int d = 1; d < 600; d++) {
                if (similarity(vector, documents.vectors().row(d))
                        > similarity(vector, documents.vectors().row(nearest))) {
                    nearest = d;
                }
            }
            right += documents.vocabulary().text(nearest).equals("doc-" + nearest) && nearest % 3 == i % 3 ? 1 : 0;
        }
        // By chance 20.
        assertThat(right).isGreaterThanOrEqualTo(50);
        assertThat(model.infer("nothing known")).isEmpty();
    }

    private static String text(Random random, int subject) {
        StringBuilder text = new StringBuilder();
        for (int w = 0; w < 30; w++) {
            String[] words = SUBJECTS[random.nextInt(6) == 0 ? random.nextInt(3) : subject];
            text.append(words[random.nextInt(words.length)]).append(' ');
        }
        return text.toString();
    }

    @Test
    void linesWithoutAnIdAreRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("documents.txt"), "a\tb c\nd e f\n");
        assertThatThrownBy(() -> Doc2Vec.train(List.of(file), true, Doc2Vec.defaults(), TrainingOutput.in(folder)))
                .hasMessageContaining("Line 2");
        assertThatThrownBy(() ->
                        Doc2Vec.train(List.of(file), false, TrainingSettings.word2vec(), TrainingOutput.in(folder)))
                .hasMessageContaining("DOCUMENT_WORDS");
    }

    @Test
    void linesAreNumberedEmptyOnesToo() throws Exception {
        Path file = Files.writeString(folder.resolve("documents.txt"), "a b\n\nb a a\n");
        Doc2Vec.train(List.of(file), false, Doc2Vec.defaults().withMinCount(1).withDim(4), TrainingOutput.in(folder));
        assertThat(Files.readAllLines(folder.resolve(Doc2Vec.DOCUMENTS)))
                .hasSize(3)
                .satisfies(lines -> assertThat(lines.get(1)).startsWith("1 "))
                .satisfies(lines -> assertThat(lines.get(2)).startsWith("3 "));
    }
}
