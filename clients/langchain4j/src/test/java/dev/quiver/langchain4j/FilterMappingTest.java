package dev.quiver.langchain4j;

import static dev.langchain4j.store.embedding.filter.MetadataFilterBuilder.metadataKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.data.document.Metadata;
import dev.langchain4j.store.embedding.filter.Filter;
import dev.langchain4j.store.embedding.filter.comparison.IsEqualTo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A filter means to Quiver what it means to LangChain4j's own store, which asks the filter itself. */
class FilterMappingTest {
    private static final UUID ID = UUID.fromString("018f3c5e-0000-7000-8000-000000000001");
    private static final IndexFilters INDEX = new IndexFilters();

    private static final List<Metadata> METADATA = List.of(
            new Metadata(),
            new Metadata()
                    .put("s", "a")
                    .put("i", 1)
                    .put("l", 1L << 60)
                    .put("f", 1.23f)
                    .put("d", 1.23),
            new Metadata()
                    .put("s", "b")
                    .put("i", -5)
                    .put("l", (1L << 60) + 1)
                    .put("f", 0.1f)
                    .put("d", 0.1),
            new Metadata().put("s", "").put("i", Integer.MAX_VALUE).put("f", Float.MIN_VALUE),
            new Metadata().put("s", "ab").put("d", Double.MIN_VALUE).put("f", 16_777_216f),
            new Metadata().put("s", "A").put("f", -Float.MAX_VALUE).put("d", 1e300),
            new Metadata().put("u", ID),
            new Metadata().put("u", UUID.fromString("ffffffff-0000-4000-8000-000000000001")));

    private static final List<Filter> CONDITIONS = List.of(
            metadataKey("s").isEqualTo("a"),
            metadataKey("s").isNotEqualTo("a"),
            metadataKey("s").isGreaterThan("a"),
            metadataKey("s").isGreaterThanOrEqualTo("ab"),
            metadataKey("s").isLessThan("b"),
            metadataKey("s").isLessThanOrEqualTo(""),
            metadataKey("s").isIn("a", "A"),
            metadataKey("s").isNotIn("a", "b"),
            metadataKey("s").containsString("b"),
            metadataKey("i").isEqualTo(1),
            metadataKey("i").isGreaterThan(0),
            metadataKey("i").isBetween(-5, 1),
            metadataKey("i").isNotIn(List.of(1, -5)),
            metadataKey("l").isEqualTo(1L << 60),
            metadataKey("l").isGreaterThan(1L << 60),
            metadataKey("f").isEqualTo(1.23f),
            metadataKey("f").isEqualTo(1.23d),
            metadataKey("f").isIn(0.1f, 1.23f),
            metadataKey("f").isLessThan(1.23d),
            metadataKey("f").isEqualTo(16_777_216),
            metadataKey("f").isGreaterThanOrEqualTo(-Float.MAX_VALUE),
            metadataKey("d").isEqualTo(1.23f),
            metadataKey("d").isNotEqualTo(0.1),
            metadataKey("d").isGreaterThan(1.23f),
            metadataKey("d").isGreaterThan(0),
            metadataKey("u").isEqualTo(ID),
            metadataKey("u").isNotEqualTo(ID),
            metadataKey("u").isIn(ID),
            metadataKey("u").isNotIn(ID));

    private static void requireSame(Filter filter) {
        for (Metadata metadata : METADATA) {
            assertThat(INDEX.map(filter).matches(Values.attributes(metadata)))
                    .as(filter + " of " + metadata)
                    .isEqualTo(filter.test(metadata));
        }
    }

    @Test
    void eachConditionAndItsOpposite() {
        for (Filter condition : CONDITIONS) {
            requireSame(condition);
            requireSame(Filter.not(condition));
        }
    }

    @Test
    void anyCombination() {
        Random random = new Random(7);
        for (int i = 0; i < 500; i++) {
            List<Filter> filters = new ArrayList<>(CONDITIONS);
            while (filters.size() > CONDITIONS.size() - 6) {
                Filter a = filters.remove(random.nextInt(filters.size()));
                Filter b = filters.get(random.nextInt(filters.size()));
                Filter together =
                        switch (random.nextInt(3)) {
                            case 0 -> Filter.and(a, b);
                            case 1 -> Filter.or(a, b);
                            default -> Filter.not(Filter.and(Filter.not(a), b));
                        };
                requireSame(together);
                filters.set(random.nextInt(filters.size()), together);
            }
        }
    }

    @Test
    void longChainsAreFlat() {
        Filter and = metadataKey("i").isEqualTo(0);
        Filter or = and;
        for (int i = 1; i < 100; i++) {
            and = Filter.and(and, metadataKey("i").isNotEqualTo(i));
            or = Filter.or(metadataKey("i").isEqualTo(i), or);
        }
        assertThat((List<?>) HttpBackend.FILTERS.map(and).json().get("$and")).hasSize(100);
        assertThat((List<?>) HttpBackend.FILTERS.map(or).json().get("$or")).hasSize(100);
        requireSame(and);
        requireSame(or);
    }

    @Test
    void overHttpTheyAreWritten() {
        assertThat(HttpBackend.FILTERS
                        .map(Filter.and(
                                Filter.not(metadataKey("u").isEqualTo(ID)),
                                Filter.or(
                                        metadataKey("f").isLessThan(1.23f),
                                        metadataKey("s").isNotIn("a", "b"))))
                        .json())
                .isEqualTo(Map.of(
                        "$and",
                        List.of(
                                Map.of("$not", Map.of("u", Map.of("$eq", ID.toString()))),
                                Map.of(
                                        "$or",
                                        List.of(
                                                Map.of("f", Map.of("$lt", 1.23)),
                                                Map.of("$not", Map.of("s", Map.of("$in", List.of("a", "b")))))))));
    }

    @Test
    void whatQuiverHasNotIsRefused() {
        Filter own = metadata -> true;
        assertThatThrownBy(() -> INDEX.map(own)).isInstanceOf(UnsupportedOperationException.class);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> INDEX.map(new IsEqualTo("key", List.of())))
                .withMessageContaining("'key'");
    }
}
