package dev.quiver.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CostSectionTest {
    @Test
    void thePageHasWhatTheProgramComputes() throws IOException {
        Report report = new Report();
        new CostSection().write(report);
        assertThat(Files.readString(Path.of("../docs/cost.md")))
                .as("after a change: ./quiver bench --only cost --update")
                .contains(report.markdown().strip());
    }

    @Test
    void dollarsAreNotMoreExactThanTheyAre() {
        assertThat(CostSection.dollars(0)).isEqualTo("0.00");
        assertThat(CostSection.dollars(0.004)).isEqualTo("< 0.01");
        assertThat(CostSection.dollars(3.456)).isEqualTo("3.46");
        assertThat(CostSection.dollars(1234.5)).isEqualTo("1,235");
    }
}
