package dev.quiver.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.functions.embedding.OnnxTextEmbedder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindAnomaliesTest {
    @TempDir
    private Path folder;

    @Test
    void advertisementsStandOutOfMailAboutAProgram() {
        List<String> usual = new ArrayList<>();
        for (String part :
                List.of("parser", "scheduler", "network driver", "file system", "test suite", "build script")) {
            usual.add("The patch for the " + part + " fails to compile with the new compiler, see the log.");
            usual.add("I have reviewed the change of the " + part + "; please rename the variable and send it again.");
            usual.add("The " + part + " crashes with a null pointer when the configuration file is empty.");
            usual.add("Can somebody with commit access merge the branch with the " + part + " before the release?");
        }
        List<String> unusual = List.of(
                "Lose weight fast with our herbal pills, order now and get a bottle for free!",
                "You have won a holiday for two in the Bahamas, call us today.",
                "Lowest mortgage rates ever, refinance your home without a credit check.",
                "Earn five thousand dollars a month at home, no experience needed.");
        try (OnnxTextEmbedder embedder = new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, 2)) {
            assertThat(FindAnomalies.area(usual, unusual, embedder)).isGreaterThan(0.9);
        }
    }

    @Test
    void ofAMailTheBodyIsRead() throws Exception {
        Files.write(
                folder.resolve("1.txt"),
                "From: someone\r\nSubject: x\r\n\r\n<b>Caf\u00e9</b> at\nnoon\r\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
        Files.writeString(folder.resolve("2.txt"), "Subject: nothing\n\n");
        Files.writeString(folder.resolve("3.json"), "{}");
        assertThatThrownBy(() -> FindAnomalies.read(folder)).hasMessageContaining("has 1 texts");
        for (int i = 4; i < 8; i++) {
            Files.writeString(folder.resolve(i + ".txt"), "body " + i);
        }
        assertThat(FindAnomalies.read(folder)).hasSize(5).contains("Café at noon", "body 7");
    }
}
