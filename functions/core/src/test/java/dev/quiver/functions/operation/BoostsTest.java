package dev.quiver.functions.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.functions.operation.Messages.Boost;
import dev.quiver.functions.operation.Messages.DecayName;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.record.DeclaredFields;
import dev.quiver.index.record.Record;
import dev.quiver.index.vector.Metric;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What boosts add is what their documentation says, number by number. */
class BoostsTest {
    private static final Instant NOW = Instant.parse("2026-11-23T00:00:00Z");

    private static double added(Boost boost, Map<String, Object> attributes) {
        Hit hit = new Hit(new Record("a", new float[] {1, 0}, null, attributes), 1);
        return Boosts.of(List.of(boost), NOW, DeclaredFields.NONE)
                        .scores(List.of(hit), Metric.COSINE)
                        .get("a")
                - 1;
    }

    private static Boost decay(DecayName decay, Object origin, Object scale, Object offset, Double midpoint) {
        return new Boost("f", decay, origin, scale, offset, midpoint, null, null);
    }

    @ParameterizedTest
    @CsvSource({
        // Distances 0, 10 (the offset), 30 (the scale beyond it), 50.
        "EXP,    100, 1",
        "EXP,    110, 1",
        "EXP,    130, 0.5",
        "EXP,     70, 0.5",
        "EXP,    150, 0.25",
        "GAUSS,   90, 1",
        "GAUSS,  130, 0.5",
        "GAUSS,  150, 0.0625",
        "LINEAR, 110, 1",
        "LINEAR, 130, 0.5",
        "LINEAR, 140, 0.25",
        "LINEAR, 150, 0",
        "LINEAR, 900, 0"
    })
    void numbersDecayAroundTheirOrigin(DecayName decay, int value, double expected) {
        assertThat(added(decay(decay, 100, 20, 10, null), Map.of("f", value))).isCloseTo(expected, within(1e-12));
    }

    /** The formulas of Elasticsearch's documentation, in its own terms. */
    @Property
    void decaysAreThoseOfElasticsearch(
            @ForAll @DoubleRange(min = 0, max = 500) double distance,
            @ForAll @DoubleRange(min = 0.5, max = 100) double scale,
            @ForAll @DoubleRange(min = 0.01, max = 0.99) double midpoint) {
        double variance = -scale * scale / (2 * Math.log(midpoint));
        assertThat(Boosts.value(DecayName.GAUSS, distance, scale, midpoint))
                .isCloseTo(Math.exp(-distance * distance / (2 * variance)), within(1e-9));
        double lambda = Math.log(midpoint) / scale;
        assertThat(Boosts.value(DecayName.EXP, distance, scale, midpoint))
                .isCloseTo(Math.exp(lambda * distance), within(1e-9));
        double zero = scale / (1 - midpoint);
        assertThat(Boosts.value(DecayName.LINEAR, distance, scale, midpoint))
                .isCloseTo(Math.max((zero - distance) / zero, 0), within(1e-9));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-11-23,                0",
        "2026-11-22T00:00:00Z,      1",
        "2026-11-22T02:00:00+02:00, 1",
        "2026-11-21T00:00:00,       2",
        "2026-11-24T00:00Z,         1",
    })
    void datesDecayFromNowOn(String date, int days) {
        Boost boost = decay(DecayName.EXP, null, "P1D", null, 0.1);
        assertThat(added(boost, Map.of("f", date))).isCloseTo(Math.pow(0.1, days), within(1e-12));
        long seconds = NOW.getEpochSecond() - 86_400L * days;
        assertThat(added(boost, Map.of("f", seconds))).isCloseTo(Math.pow(0.1, days), within(1e-12));
        assertThat(added(boost, Map.of("f", 1000 * seconds))).isCloseTo(Math.pow(0.1, days), within(1e-12));
        assertThat(added(decay(DecayName.EXP, date, "P1D", null, 0.1), Map.of("f", date)))
                .isEqualTo(1);
    }

    @Test
    void whatIsNotThereAddsNothingAndOfAListTheNearestCounts() {
        Boost number = decay(DecayName.LINEAR, 0, 10, null, null);
        assertThat(added(number, Map.of())).isZero();
        assertThat(added(number, Map.of("f", "0"))).isZero();
        assertThat(added(number, Map.of("f", true))).isZero();
        assertThat(added(number, Map.of("f", List.of(90, "x", -10)))).isEqualTo(0.5);
        assertThat(added(decay(DecayName.EXP, null, "P1D", null, null), Map.of("f", "yesterday")))
                .isZero();
        Boost pinned = new Boost(null, null, null, null, null, null, Map.of("p", true), -2.0);
        assertThat(added(pinned, Map.of("p", true))).isEqualTo(-2);
        assertThat(added(pinned, Map.of("p", false))).isZero();
    }

    @Test
    void nearnessIsANumberThatGrowsWithIt() {
        assertThat(Boosts.relevance(Metric.COSINE, -1)).isZero();
        assertThat(Boosts.relevance(Metric.COSINE, 0.5)).isEqualTo(0.75);
        assertThat(Boosts.relevance(Metric.DOT, -1)).isEqualTo(0.5);
        assertThat(Boosts.relevance(Metric.DOT, 3)).isEqualTo(4);
        assertThat(Boosts.relevance(Metric.EUCLIDEAN, 0)).isEqualTo(1);
        assertThat(Boosts.relevance(Metric.EUCLIDEAN, 2)).isEqualTo(0.2);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            5     |       | 2     | /boost/0/scale
            5     |       | 2     | /boost/0/scale
            x     | 2     |       | /boost/0/origin
                  | 2     |       | /boost/0/origin
            5     | 0     |       | /boost/0/scale
            5     | -1    |       | /boost/0/scale
            5     | 1     | -1    | /boost/0/offset
            5     | 1     | P1D   | /boost/0/offset
            5     | P1M   |       | /boost/0/scale
            5     | P1D   | 1     | /boost/0/offset
            x     | P1D   |       | /boost/0/origin
            5     | PT0S  |       | /boost/0/scale
            """)
    void whatCannotBeReadIsRefusedAtItsPlace(String origin, String scale, String offset, String pointer) {
        Boost boost = decay(DecayName.EXP, value(origin), scale == null ? true : value(scale), value(offset), null);
        ProblemException e =
                catchThrowableOfType(ProblemException.class, () -> Boosts.of(List.of(boost), NOW, DeclaredFields.NONE));
        assertThat(e.problem().errors()).extracting(x -> x.pointer()).containsExactly(pointer);
    }

    private static Object value(String text) {
        return text != null && text.matches("-?\\d+") ? (Object) Integer.valueOf(text) : text;
    }
}
