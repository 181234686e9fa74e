package dev.quiver.functions.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LambdaMemoryTest {

    /** Sizes in MiB. */
    @ParameterizedTest
    @CsvSource({
        "128, true, 32",
        "512, true, 179",
        "512, false, 71",
        "1769, true, 971",
        "1769, false, 863",
        "10240, true, 6307"
    })
    void segmentsGetWhatHeapAndCodeLeave(int size, boolean image, long expected) {
        assertThat(LambdaMemory.segments(size, image)).isEqualTo(expected);
        assertThat(LambdaMemory.segments(size, image)).isLessThanOrEqualTo(size * 7L / 10);
    }
}
