package dev.quiver.index.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.vector.InvalidVectorException.Reason;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A vector that cannot be compared is refused at the border, with a reason for code and advice for people; scores and similarities agree. */
class VectorsTest {

    @Test
    void anotherDimensionIsRefusedWithBothNumbers() {
        refused(new float[3], 4, Metric.DOT, Reason.DIMENSION, "3", "4", "model");
        refused(new float[0], 4, Metric.DOT, Reason.DIMENSION, "0", "4");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aComponentThatIsNoNumberIsNamed(float x) {
        refused(new float[] {1, 2, x}, 3, Metric.COSINE, Reason.NOT_FINITE, "Component 2", String.valueOf(x));
    }

    @Test
    void aZeroVectorHasNoCosine() {
        refused(new float[5], 5, Metric.COSINE, Reason.ZERO, "zero", "dot or euclidean");
        refused(new float[] {1e-30f, 0}, 2, Metric.COSINE, Reason.ZERO, "zero");
        assertThatCode(() -> Vectors.check(new float[5], 5, Metric.DOT)).doesNotThrowAnyException();
        assertThatCode(() -> Vectors.check(new float[5], 5, Metric.EUCLIDEAN)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void aVectorThatWouldOverflowIsRefused(Metric metric) {
        refused(new float[] {5e18f, 0}, 2, metric, Reason.TOO_LONG, "norm", "Scale the vectors down");
        float[] longest = {4.5e18f, 0};
        assertThatCode(() -> Vectors.check(longest, 2, metric)).doesNotThrowAnyException();
        // The farthest apart that two can be is still a finite number.
        assertThat(4 * 4.6e18f * 4.6e18f).isFinite();
    }

    @Test
    void theNormIsSummedInDouble() {
        float[] x = new float[4096];
        Arrays.fill(x, 1e-30f);
        assertThat(Vectors.norm(x)).isBetween(6.39e-29, 6.41e-29);
        Arrays.fill(x, 1e30f);
        assertThat(Vectors.norm(x)).isBetween(6.39e31, 6.41e31);
    }

    @ParameterizedTest
    @EnumSource(Metric.class)
    void aMetricIsFoundByItsCode(Metric metric) {
        assertThat(Metric.ofCode(metric.code())).isEqualTo(metric);
    }

    @Test
    void anUnknownMetricIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> Metric.ofCode(0)).withMessageContaining("0");
    }

    /** A row whose distance was answered is found again when that distance is the limit. */
    @Property(tries = 2000)
    void theLimitOfADistanceIsInclusive(@ForAll @FloatRange(min = 0, max = 1e38f) float squared) {
        float score = Metric.EUCLIDEAN.score(-squared);
        assertThat(Metric.EUCLIDEAN.similarity(score)).isLessThanOrEqualTo(-squared);
        // …and no more than the rows of the next distance.
        assertThat(Metric.EUCLIDEAN.score(Metric.EUCLIDEAN.similarity(score))).isLessThanOrEqualTo(Math.nextUp(score));
    }

    @Test
    void noRowIsNearerThanANegativeDistance() {
        assertThat(Metric.EUCLIDEAN.similarity(-1f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(Metric.EUCLIDEAN.similarity(0f)).isEqualTo(-0f);
    }

    private static void refused(float[] vector, int dimension, Metric metric, Reason reason, String... message) {
        assertThatThrownBy(() -> Vectors.check(vector, dimension, metric))
                .isInstanceOfSatisfying(InvalidVectorException.class, e -> assertThat(e.reason())
                        .isEqualTo(reason))
                .hasMessageContainingAll(message);
    }
}
