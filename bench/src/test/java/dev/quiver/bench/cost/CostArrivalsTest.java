package dev.quiver.bench.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CostArrivalsTest {
    /** One in ten minutes. */
    private final Arrivals rare = new Arrivals(1 / 600.0);

    @Test
    void theShareAfterAnIdleTimeIsExponential() {
        assertThat(rare.afterIdle(600)).isCloseTo(0.3679, within(1e-4));
        assertThat(rare.awake(600)).isCloseTo(0.6321, within(1e-4));
        assertThat(new Arrivals(1).afterIdle(600)).isCloseTo(0, within(1e-100));
    }

    @Test
    void theFirstAfterAnIdleTimeAreThoseThatFollowWithoutOne() {
        assertThat(rare.amongFirst(1, 600)).isCloseTo(rare.afterIdle(600), within(1e-12));
        // The second one is when the one before it was a first one and it came in time.
        assertThat(rare.amongFirst(2, 600)).isCloseTo(0.3679 + 0.3679 * 0.6321, within(1e-4));
        assertThat(rare.amongFirst(1000, 600)).isCloseTo(1, within(1e-12));
    }

    @Test
    void whatIsRememberedForFiveSecondsIsLookedUpOnceInFiveSecondsAndAWait() {
        // Two a second: one look, then ten that need none.
        assertThat(new Arrivals(2).lookups(5)).isCloseTo(1 / 11.0, within(1e-12));
        assertThat(new Arrivals(1e-9).lookups(5)).isCloseTo(1, within(1e-6));
    }

    @Test
    void atOnceIsTheMeanAndSome() {
        assertThat(rare.atOnce(0.066)).isEqualTo(1);
        // Four on average, three deviations of two.
        assertThat(new Arrivals(40).atOnce(0.1)).isEqualTo(10);
    }
}
