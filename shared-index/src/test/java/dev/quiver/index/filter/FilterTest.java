package dev.quiver.index.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quiver.index.filter.Filter.All;
import dev.quiver.index.filter.Filter.And;
import dev.quiver.index.filter.Filter.Compare;
import dev.quiver.index.filter.Filter.Exists;
import dev.quiver.index.filter.Filter.In;
import dev.quiver.index.filter.Filter.Not;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.filter.Filter.Or;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The meaning of filters: numbers by value, lists by any element, no match across types, and negations that are exact opposites. */
class FilterTest {
    private static final Map<String, Object> ROW = Map.of(
            "long",
            5L,
            "double",
            2.5,
            "whole",
            5.0,
            "big",
            (1L << 53) + 1,
            "text",
            "quiver",
            "yes",
            true,
            "tags",
            List.of("red", "green"),
            "mixed",
            List.of(1L, "one", 1.5, true),
            "empty",
            List.of());

    @ParameterizedTest
    @CsvSource({
        // attribute, operator, value, matches
        "long,   EQ,  5,   true",
        "long,   EQ,  5.0, true",
        "long,   EQ,  5.1, false",
        "long,   GT,  5,   false",
        "long,   GT,  4.9, true",
        "long,   GTE, 5,   true",
        "long,   GTE, 5.0, true",
        "long,   LT,  5,   false",
        "long,   LT,  5.1, true",
        "long,   LTE, 5,   true",
        "long,   LTE, 4,   false",
        "whole,  EQ,  5,   true",
        "whole,  GT,  4,   true",
        "whole,  LT,  5,   false",
        "double, EQ,  2.5, true",
        "double, GT,  2,   true",
        "double, LT,  3,   true",
        "double, GTE, 3,   false",
        "big,    EQ,  9007199254740992,   false",
        "big,    EQ,  9007199254740993,   true",
        "big,    EQ,  9007199254740992.0, false",
        "big,    GT,  9007199254740992.0, true",
        "mixed,  EQ,  1,   true",
        "mixed,  EQ,  1.0, true",
        "mixed,  GT,  1,   true",
        "mixed,  GT,  1.5, false",
        "mixed,  LT,  1,   false",
        "text,   EQ,  5,   false",
        "text,   GT,  5,   false",
        "text,   LTE, 5,   false",
        "yes,    EQ,  1,   false",
        "yes,    GT,  0,   false",
        "empty,  EQ,  1,   false",
        "absent, EQ,  1,   false",
        "absent, LT,  1,   false",
    })
    void numbersCompareByValue(String name, Operator operator, String value, boolean matches) {
        Object number = value.contains(".") ? (Object) Double.valueOf(value) : (Object) Long.valueOf(value);
        assertThat(new Compare(name, operator, number).matches(ROW)).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({
        "text,   EQ,          quiver, true",
        "text,   EQ,          Quiver, false",
        "text,   GT,          quive,  true",
        "text,   LT,          quiver, false",
        "text,   LTE,         quiver, true",
        "text,   STARTS_WITH, qui,    true",
        "text,   STARTS_WITH, '',     true",
        "text,   STARTS_WITH, iver,   false",
        "text,   CONTAINS,    iv,     true",
        "text,   CONTAINS,    vi,     false",
        "tags,   EQ,          green,  true",
        "tags,   EQ,          gre,    false",
        "tags,   STARTS_WITH, gre,    true",
        "tags,   CONTAINS,    ree,    true",
        "tags,   GT,          green,  true",
        "mixed,  EQ,          one,    true",
        "mixed,  CONTAINS,    n,      true",
        "long,   EQ,          5,      false",
        "long,   CONTAINS,    5,      false",
        "yes,    EQ,          true,   false",
        "empty,  CONTAINS,    '',     false",
        "absent, CONTAINS,    '',     false",
    })
    void textComparesWithText(String name, Operator operator, String value, boolean matches) {
        assertThat(new Compare(name, operator, value).matches(ROW)).isEqualTo(matches);
    }

    @Test
    void booleansAreEqualOrNot() {
        assertThat(new Compare("yes", Operator.EQ, true).matches(ROW)).isTrue();
        assertThat(new Compare("yes", Operator.EQ, false).matches(ROW)).isFalse();
        assertThat(new Compare("yes", Operator.GTE, true).matches(ROW)).isFalse();
        assertThat(new Compare("mixed", Operator.EQ, true).matches(ROW)).isTrue();
        assertThat(new In("yes", List.of(false, true)).matches(ROW)).isTrue();
    }

    @Test
    void zeroAndMinusZeroAreEqual() {
        Map<String, Object> row = Map.of("zero", 0.0, "minus", -0.0);
        for (String name : row.keySet()) {
            for (Object zero : List.of(0.0, -0.0, 0L)) {
                assertThat(new Compare(name, Operator.EQ, zero).matches(row)).isTrue();
                assertThat(new Compare(name, Operator.LT, zero).matches(row)).isFalse();
                assertThat(new In(name, List.of(zero)).matches(row)).isTrue();
            }
        }
    }

    @Test
    void smallNumberTypesAreTakenAsAttributesTakeThem() {
        assertThat(new Compare("long", Operator.EQ, 5).matches(ROW)).isTrue();
        assertThat(new Compare("long", Operator.GT, (short) 4).matches(ROW)).isTrue();
        assertThat(new Compare("long", Operator.EQ, (byte) 5).matches(ROW)).isTrue();
        assertThat(new Compare("double", Operator.EQ, 2.5f).matches(ROW)).isTrue();
        assertThat(new In("long", List.of(1, 5)).matches(ROW)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void aNumberThatNoAttributeCanBeIsRefused(double value) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Compare("price", Operator.GT, value))
                .withMessageContainingAll("'price'", Double.toString(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new In("price", List.of(1L, value)));
        assertThatIllegalArgumentException().isThrownBy(() -> new Compare("price", Operator.GT, (float) value));
    }

    @Test
    void inMatchesAnyOfItsValues() {
        assertThat(new In("tags", List.of("blue", "green")).matches(ROW)).isTrue();
        assertThat(new In("tags", List.of("blue")).matches(ROW)).isFalse();
        assertThat(new In("long", List.of("5", 5.0)).matches(ROW)).isTrue();
        assertThat(new In("long", List.of()).matches(ROW)).isFalse();
        assertThat(new In("absent", List.of("x")).matches(ROW)).isFalse();
        assertThat(new In("empty", List.of("x")).matches(ROW)).isFalse();
        assertThat(new In("text", Arrays.asList("x", null)).matches(ROW)).isFalse();
    }

    @Test
    void nothingIsEqualToNull() {
        assertThat(new Compare("text", Operator.EQ, null).matches(ROW)).isFalse();
        assertThat(new Compare("absent", Operator.EQ, null).matches(ROW)).isFalse();
    }

    @Test
    void existsAsksForTheAttributeNotItsValue() {
        assertThat(new Exists("empty").matches(ROW)).isTrue();
        assertThat(new Exists("absent").matches(ROW)).isFalse();
    }

    /** $ne and $nin are made of Not: they match rows that lack the attribute, and lists none of whose elements is equal. */
    @Test
    void negationsAreExactOpposites() {
        assertThat(not(new Compare("absent", Operator.EQ, 1L))).isTrue();
        assertThat(not(new Compare("tags", Operator.EQ, "red"))).isFalse();
        assertThat(not(new Compare("tags", Operator.EQ, "blue"))).isTrue();
        assertThat(not(new Compare("empty", Operator.EQ, "blue"))).isTrue();
        assertThat(not(new Compare("text", Operator.EQ, 5L))).isTrue();
        assertThat(not(new In("absent", List.of("x")))).isTrue();
        assertThat(not(new In("tags", List.of("x", "red")))).isFalse();
        assertThat(not(new In("tags", List.of()))).isTrue();
        assertThat(not(new Exists("absent"))).isTrue();
    }

    private static boolean not(Filter filter) {
        return new Not(filter).matches(ROW);
    }

    @Test
    void andOfNothingIsTrueAndOrOfNothingIsFalse() {
        assertThat(new All().matches(Map.of())).isTrue();
        assertThat(new And(List.of()).matches(ROW)).isTrue();
        assertThat(new Or(List.of()).matches(ROW)).isFalse();
    }

    @Provide
    Arbitrary<Filter> filters() {
        Arbitrary<String> names = Arbitraries.of("long", "double", "text", "tags", "mixed", "empty", "yes", "absent");
        Arbitrary<Object> values = Arbitraries.of(5L, 2.5, 5.0, 1, "red", "one", "quiver", true, false);
        Arbitrary<Filter> simple = Arbitraries.oneOf(
                net.jqwik.api.Combinators.combine(names, Arbitraries.of(Operator.class), values)
                        .as(Compare::new),
                net.jqwik.api.Combinators.combine(names, values.list().ofMaxSize(3))
                        .as(In::new),
                names.map(Exists::new),
                Arbitraries.just(new All()));
        return Arbitraries.lazyOf(
                () -> simple,
                () -> simple,
                () -> filters().map(Not::new),
                () -> filters().list().ofMaxSize(3).map(And::new),
                () -> filters().list().ofMaxSize(3).map(Or::new));
    }

    @Property(tries = 500)
    void filtersObeyTheLawsOfLogic(@ForAll("filters") Filter a, @ForAll("filters") Filter b) {
        boolean x = a.matches(ROW);
        boolean y = b.matches(ROW);
        assertThat(new Not(a).matches(ROW)).isEqualTo(!x);
        assertThat(new And(List.of(a, b)).matches(ROW)).isEqualTo(x && y);
        assertThat(new Or(List.of(a, b)).matches(ROW)).isEqualTo(x || y);
        assertThat(new Not(new Or(List.of(a, b))).matches(ROW))
                .isEqualTo(new And(List.of(new Not(a), new Not(b))).matches(ROW));
    }
}
