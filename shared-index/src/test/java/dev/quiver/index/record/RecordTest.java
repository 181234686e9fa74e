package dev.quiver.index.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.vector.Metric;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a record takes and what it refuses, in words that say what to change; and the last of several operations on an id wins. */
class RecordTest {
    private static final String HALF_PAIR = "a\ud83d";

    @Test
    void anIdHasOneTo512Bytes() {
        assertThatIllegalArgumentException().isThrownBy(() -> withId("")).withMessageContaining("empty");
        assertThat(withId("x".repeat(512)).id()).hasSize(512);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> withId("x".repeat(513)))
                .withMessageContainingAll("513", "512", "hash");
        assertThat(withId("é".repeat(256)).id()).hasSize(256);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> withId("é".repeat(257)))
                .withMessageContainingAll("514", "512");
        assertThatThrownBy(() -> withId(null))
                .isInstanceOf(NullPointerException.class)
                .hasMessageContaining("id");
    }

    @ParameterizedTest
    @ValueSource(strings = {HALF_PAIR, "\ude00", "\ude00\ud83d", "\ud83dx"})
    void halfASurrogatePairIsRefusedEverywhere(String bad) {
        assertThatIllegalArgumentException().isThrownBy(() -> withId(bad)).withMessageContaining("surrogate");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Record("a", null, bad, Map.of()))
                .withMessageContaining("surrogate");
        refused(bad, "x", "surrogate");
        refused("name", bad, "'name'", "surrogate");
        refused("name", List.of("ok", bad), "'name'", "surrogate");
    }

    @Test
    void wholePairsAreTaken() {
        assertThat(new Record("😀", null, "👩‍👩‍👧", Map.of("😀", "😀")).attributes())
                .containsEntry("😀", "😀");
    }

    @Test
    void numbersAreKeptAsLongOrDouble() {
        Map<String, Object> given = Map.of(
                "int",
                1,
                "short",
                (short) 2,
                "byte",
                (byte) 3,
                "long",
                4L,
                "float",
                0.5f,
                "double",
                0.1,
                "list",
                List.of(1, 2L));
        assertThat(Attributes.check(given))
                .isEqualTo(Map.of(
                        "int",
                        1L,
                        "short",
                        2L,
                        "byte",
                        3L,
                        "long",
                        4L,
                        "float",
                        0.5,
                        "double",
                        0.1,
                        "list",
                        List.of(1L, 2L)));
    }

    static Stream<Arguments> badValues() {
        return Stream.of(
                Arguments.of(Double.NaN, "the number NaN"),
                Arguments.of(Double.POSITIVE_INFINITY, "the number Infinity"),
                Arguments.of(Float.NEGATIVE_INFINITY, "the number -Infinity"),
                Arguments.of(new BigInteger("9223372036854775808"), "does not fit 64 bits"),
                Arguments.of(new BigDecimal("1e400"), "does not fit 64 bits"),
                Arguments.of(Map.of("a", 1), "an object"),
                Arguments.of(List.of(List.of(1)), "a list within a list"),
                Arguments.of(List.of(Map.of()), "an object"),
                Arguments.of(Arrays.asList(1, null), "null"),
                Arguments.of('c', "Character"));
    }

    @ParameterizedTest
    @MethodSource("badValues")
    void aValueThatIsNoAttributeIsNamed(Object value, String message) {
        refused("colour", value, "'colour'", message);
    }

    @Test
    void aNullAttributeIsToldHowItIsFilteredFor() {
        Map<String, Object> attributes = new HashMap<>();
        attributes.put("colour", null);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Attributes.check(attributes))
                .withMessageContainingAll("'colour'", "null", "$exists");
    }

    @Test
    void aBadNameIsRefused() {
        refused("", 1, "empty name");
        refused("$gt", 1, "'$gt'", "Rename");
        Map<String, Object> attributes = new HashMap<>();
        attributes.put(null, 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Attributes.check(attributes))
                .withMessageContaining("empty name");
    }

    @Test
    void attributesHaveALimitThatIsTold() {
        assertThat(Attributes.check(Map.of("a", "x".repeat(40_900)))).hasSize(1);
        refused("a", "x".repeat(41_000), "40960", "'text'");
        refused("a", java.util.Collections.nCopies(41_000, true), "40960");
    }

    @Test
    void attributesCannotBeChangedAfterwards() {
        Map<String, Object> given = new HashMap<>(Map.of("a", 1L));
        Record r = new Record("id", null, null, given);
        given.put("b", 2L);
        assertThat(r.attributes()).isEqualTo(Map.of("a", 1L));
        assertThatThrownBy(() -> r.attributes().put("c", 1)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(new Record("id", null, null, null).attributes()).isEmpty();
    }

    @Test
    void theLastOperationOnAnIdWins() {
        Record first = new Record("a", new float[] {1}, "first", Map.of());
        Record second = new Record("a", new float[] {2}, "second", Map.of());
        Record other = new Record("b", new float[] {3}, null, Map.of());
        Batch batch = Batch.builder()
                .upsert(first)
                .upsert(other)
                .upsert(second)
                .delete("c")
                .upsert(new Record("c", new float[] {4}, null, Map.of()))
                .delete("d")
                .delete("d")
                .upsert(new Record("e", new float[] {5}, null, Map.of()))
                .delete("e")
                .build();
        assertThat(batch.upserts().stream().map(Record::text)).containsExactly("second", null, null);
        assertThat(batch.upserts().stream().map(Record::id)).containsExactly("a", "b", "c");
        assertThat(batch.deletes()).containsExactly("d", "e");
        assertThat(batch.superseded()).isEqualTo(4);
        assertThat(batch.isEmpty()).isFalse();
        assertThat(Batch.builder().build().isEmpty()).isTrue();
    }

    @Test
    void aBatchRefusesWhatCannotBeStored() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Batch.builder().upsert(new Record("a", null, null, Map.of())))
                .withMessageContainingAll("'a'", "no vector");
        assertThatIllegalArgumentException().isThrownBy(() -> Batch.builder().delete(""));
    }

    @Test
    void aBuiltBatchDoesNotChange() {
        Batch.Builder builder = Batch.builder().delete("a");
        Batch batch = builder.build();
        builder.delete("b");
        assertThat(batch.deletes()).containsExactly("a");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 4097})
    void aSchemaHasADimensionOfOneTo4096(int dimension) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Schema(dimension, Metric.DOT, null))
                .withMessageContainingAll(Integer.toString(dimension), "4096");
    }

    private static Record withId(String id) {
        return new Record(id, null, null, Map.of());
    }

    private static void refused(String name, Object value, String... message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Attributes.check(Map.of(name, value)))
                .withMessageContainingAll(message);
    }
}
