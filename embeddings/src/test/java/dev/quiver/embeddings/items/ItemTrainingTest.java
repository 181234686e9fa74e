package dev.quiver.embeddings.items;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.words.WordVectors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ItemTrainingTest {
    @TempDir
    private Path folder;

    @Test
    void itemsThatAreBoughtTogetherBecomeNearWhateverTheirOrder() throws Exception {
        Random random = new Random(1);
        List<String> baskets = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            // Always in the same order, five apart: only a shuffled basket brings the first and the last together.
            int kind = i % 2;
            StringBuilder basket = new StringBuilder();
            for (int item = 0; item < 12; item++) {
                if (random.nextInt(3) > 0) {
                    basket.append(kind == 0 ? "tea" : "nail").append(item).append(' ');
                }
            }
            baskets.add(basket.toString());
        }
        Path file = Files.write(folder.resolve("baskets.txt"), baskets);
        WordVectors items = ItemTraining.train(
                List.of(file), ItemTraining.defaults().withDim(16).withT(0).withWs(3), TrainingOutput.in(folder));
        float[] first = items.vector("tea0").orElseThrow();
        assertThat(similarity(first, items.vector("tea11").orElseThrow()))
                .isGreaterThan(similarity(first, items.vector("nail0").orElseThrow()) + 0.3);
        assertThat(Files.readString(folder.resolve("model.json"))).contains("\"family\" : \"item2vec\"");
    }
}
