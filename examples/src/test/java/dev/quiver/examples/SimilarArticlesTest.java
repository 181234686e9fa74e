package dev.quiver.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quiver.functions.embedding.OnnxTextEmbedder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimilarArticlesTest {
    @TempDir
    private Path folder;

    @Test
    void articlesOnTheSameSubjectAreFoundAndCopiesAreTold() throws Exception {
        Path texts = Files.createDirectory(folder.resolve("texts"));
        for (var e : Map.of(
                        "bread",
                                "Knead the dough of flour, water and yeast, let it rise, and bake the bread in a hot oven.",
                        "cake", "Beat butter, sugar and eggs, stir in the flour, and bake the cake until it is golden.",
                        "star", "A star is a ball of plasma in which hydrogen is fused to helium.",
                        "planet", "A planet moves around its star; gas giants consist mostly of hydrogen and helium.",
                        "copy",
                                "Knead the dough of flour, water and yeast, let it rise and bake the bread in a hot oven!")
                .entrySet()) {
            Files.writeString(texts.resolve(e.getKey() + ".txt"), e.getValue());
        }
        Path data = folder.resolve("data");
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 2)) {
            try (SimilarArticles articles = new SimilarArticles(data, embedder)) {
                assertThat(articles.add(texts)).isEqualTo(5);
                assertThat(articles.similar("star.txt").getFirst().other()).isEqualTo("planet.txt");
                assertThat(articles.similar("cake.txt").stream().limit(2).map(SimilarArticles.Similar::other))
                        .containsExactlyInAnyOrder("bread.txt", "copy.txt");
            }
            try (SimilarArticles again = new SimilarArticles(data, embedder)) {
                assertThat(again.add(texts))
                        .as("what is there is not embedded again")
                        .isZero();
                assertThat(again.nearlyTheSame()).singleElement().satisfies(s -> {
                    assertThat(s.article()).isEqualTo("bread.txt");
                    assertThat(s.other()).isEqualTo("copy.txt");
                });
                assertThatIllegalArgumentException().isThrownBy(() -> again.similar("gone.txt"));
            }
        }
    }
}
