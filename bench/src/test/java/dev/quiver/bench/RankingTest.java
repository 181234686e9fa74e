package dev.quiver.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.bench.Ranking.Estimate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The measures of quality against values worked out by hand. */
class RankingTest {
    private final Map<String, Integer> grades = Map.of("a", 3, "b", 1, "c", 2, "d", 0);

    @Test
    void theBestRankingHasAnNdcgOfOne() {
        assertThat(Ranking.ndcg(List.of("a", "c", "b"), grades, 10)).isCloseTo(1, within(1e-12));
    }

    @Test
    void gainsAreGradesAndDiscountsAreLogarithms() {
        // found 0/1 + 1/1.58496 + 3/2, best 3/1 + 2/1.58496 + 1/2
        double expected = (1 / 1.5849625007 + 3 / 2.0) / (3 + 2 / 1.5849625007 + 1 / 2.0);
        assertThat(Ranking.ndcg(List.of("d", "b", "a"), grades, 10)).isCloseTo(expected, within(1e-9));
    }

    @Test
    void onlyTheFirstOnesCount() {
        assertThat(Ranking.ndcg(List.of("x", "a"), grades, 1)).isZero();
        assertThat(Ranking.ndcg(List.of("b", "a"), grades, 1)).isCloseTo(1 / 3.0, within(1e-12));
    }

    @Test
    void recallIsOfTheRelevantOnes() {
        assertThat(Ranking.recall(List.of("a", "d", "x", "b"), grades, 3)).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(Ranking.recall(List.of("a", "d", "x", "b"), grades, 4)).isCloseTo(2 / 3.0, within(1e-12));
    }

    @Test
    void theIntervalIsThatOfTheMean() {
        double[] values = new double[400];
        java.util.Arrays.setAll(values, i -> i % 2);
        Estimate e = Ranking.bootstrap(values);
        // The standard error of this mean is 0.025.
        assertThat(e.mean()).isEqualTo(0.5);
        assertThat(e.low()).isCloseTo(0.5 - 1.96 * 0.025, within(0.005));
        assertThat(e.high()).isCloseTo(0.5 + 1.96 * 0.025, within(0.005));
    }
}
