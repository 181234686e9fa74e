package dev.quiver.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.embeddings.evaluation.Evaluation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecommendItemsTest {
    @TempDir
    private Path folder;

    /** Baskets of one of five departments, with something that everybody buys. */
    private static List<List<String>> baskets() {
        Random random = new Random(5);
        List<List<String>> baskets = new ArrayList<>();
        for (int b = 0; b < 1500; b++) {
            Set<String> basket = new LinkedHashSet<>();
            int department = random.nextInt(5);
            while (basket.size() < 4) {
                basket.add("item" + department + "-" + random.nextInt(12));
            }
            if (random.nextBoolean()) {
                basket.add("bag");
            }
            baskets.add(List.copyOf(basket));
        }
        return baskets;
    }

    @Test
    void itemsOfTheSameKindAreRecommended() throws Exception {
        Map<String, Evaluation> hits = RecommendItems.measure(baskets(), folder, 40);
        assertThat(hits).containsOnlyKeys("popularity", "item-kNN", "item2vec");
        double popularity = hits.get("popularity").mean().mean();
        assertThat(hits.get("item-kNN").mean().mean()).isGreaterThan(2 * popularity);
        assertThat(hits.get("item2vec").mean().mean()).isGreaterThan(2 * popularity);
    }

    @Test
    void ratingsAreReadInAllLayoutsOfMovieLens() throws Exception {
        List<List<String>> liked = List.of(List.of("10", "30"), List.of("10"));
        for (String ratings : List.of(
                "userId,movieId,rating,timestamp\n1,10,4.0,9\n1,20,2.5,9\n1,30,5.0,9\n2,10,4.5,9\n",
                "1\t10\t4\t9\n1\t20\t2\t9\n1\t30\t5\t9\n2\t10\t4\t9\n",
                "1::10::4::9\n1::20::2::9\n1::30::5::9\n2::10::4::9\n")) {
            assertThat(Baskets.ofRatings(Files.writeString(folder.resolve("ratings"), ratings)))
                    .isEqualTo(liked);
        }
        Path file = Files.writeString(folder.resolve("ratings"), "1,10,4.0,9\n1;20;4\n");
        assertThatThrownBy(() -> Baskets.ofRatings(file)).hasMessageContaining("Line 2 of");
    }

    @Test
    void tooFewBasketsAreRefused() {
        assertThatThrownBy(() -> RecommendItems.measure(baskets().subList(0, 10), folder, 1))
                .hasMessageContaining("20 are the least");
    }
}
