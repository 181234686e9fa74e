package dev.quiver.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.bench.peers.Curve.Point;
import java.util.List;
import org.junit.jupiter.api.Test;

class CurveTest {
    private final Curve curve =
            new Curve(List.of(new Point(10, 0.8, 100, 1), new Point(20, 0.9, 200, 1), new Point(40, 0.98, 800, 1)));

    @Test
    void betweenTwoPointsTheLogarithmOfTheCostIsEven() {
        assertThat(curve.cpuMicrosAt(0.85)).hasValueCloseTo(Math.sqrt(100 * 200.0), within(1e-9));
        assertThat(curve.cpuMicrosAt(0.94)).hasValueCloseTo(400.0, within(1e-9));
    }

    @Test
    void atAPointItIsThePoints() {
        assertThat(curve.cpuMicrosAt(0.9)).hasValueCloseTo(200.0, within(1e-9));
        assertThat(curve.cpuMicrosAt(0.98)).hasValueCloseTo(800.0, within(1e-9));
    }

    @Test
    void belowTheFirstPointItsCostIsABound() {
        assertThat(curve.cpuMicrosAt(0.5)).hasValueCloseTo(100.0, within(1e-9));
        assertThat(curve.startsAbove(0.5)).isTrue();
        assertThat(curve.startsAbove(0.8)).isFalse();
    }

    @Test
    void whatIsNeverReachedHasNoCost() {
        assertThat(curve.cpuMicrosAt(0.99)).isEmpty();
    }

    /** A sweep of quantised vectors may lose a little as it goes on. */
    @Test
    void theFirstPairThatReachesItCounts() {
        Curve bent = new Curve(List.of(
                new Point(1, 0.90, 10, 1),
                new Point(2, 0.94, 20, 1),
                new Point(3, 0.93, 40, 1),
                new Point(4, 0.95, 80, 1)));
        assertThat(bent.cpuMicrosAt(0.92)).hasValueCloseTo(Math.sqrt(200), within(1e-9));
        assertThat(bent.cpuMicrosAt(0.94)).hasValueCloseTo(20.0, within(1e-9));
        assertThat(bent.cpuMicrosAt(0.95)).hasValueCloseTo(80.0, within(1e-9));
    }
}
