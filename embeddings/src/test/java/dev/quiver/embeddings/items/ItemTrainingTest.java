package dev.quiver.embeddings.items;

import static dev.quiver.embeddings.TestFiles.similarity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.items.ItemRecommender.Recommendation;
import dev.quiver.embeddings.training.TrainingOutput;
import dev.quiver.embeddings.training.WordTraining;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
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
        ItemRecommender items = ItemTraining.train(
                List.of(file),
                ItemTraining.defaults().withDim(16).withT(0).withWs(3).withThread(1),
                TrainingOutput.in(folder));
        // Over many pairs: two vectors alone may be near or far by chance.
        assertThat(similarityOfItemsFarApart(items, "tea", "tea"))
                .isGreaterThan(similarityOfItemsFarApart(items, "tea", "nail") + 0.2);

        List<Recommendation> recommended = ItemRecommender.read(folder.resolve(WordTraining.MODEL))
                .recommend(List.of("nail3", "new", "nail4"), 10);
        assertThat(recommended).hasSize(10).allSatisfy(r -> assertThat(r.item()).startsWith("nail"));
        assertThat(recommended)
                .isSortedAccordingTo(
                        Comparator.comparing(Recommendation::probability).reversed());
        assertThat(recommended.stream().map(Recommendation::item)).doesNotContain("nail3", "nail4");
        assertThat(recommended.stream().mapToDouble(Recommendation::probability).sum())
                .as("all of ten out of twelve, of which none is likelier than another")
                .isBetween(0.7, 1.0);
        assertThat(items.recommend(List.of("new"), 10)).isEmpty();
        assertThatThrownBy(() -> items.recommend(List.of("tea0"), 0)).hasMessageContaining("0");
        assertThat(Files.readString(folder.resolve("model.json"))).contains("\"family\" : \"item2vec\"");
    }

    private static double similarityOfItemsFarApart(ItemRecommender items, String kind, String other) {
        return IntStream.range(0, 6)
                .boxed()
                .flatMapToDouble(i -> IntStream.range(i + 6, 12)
                        .mapToDouble(j -> similarity(
                                items.model().vector(kind + i).orElseThrow(),
                                items.model().vector(other + j).orElseThrow())))
                .average()
                .orElseThrow();
    }
}
