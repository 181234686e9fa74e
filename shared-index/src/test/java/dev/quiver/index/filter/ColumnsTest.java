package dev.quiver.index.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.filter.Filter.And;
import dev.quiver.index.filter.Filter.Compare;
import dev.quiver.index.filter.Filter.Exists;
import dev.quiver.index.filter.Filter.In;
import dev.quiver.index.filter.Filter.Not;
import dev.quiver.index.filter.Filter.Operator;
import dev.quiver.index.filter.Filter.Or;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Columns answer as {@link Filter#matches} does, row by row. */
class ColumnsTest {
    private static final List<Object> VALUES = List.of(
            true,
            false,
            0L,
            0.0,
            -0.0,
            1L,
            1.0,
            1.5,
            -3L,
            Long.MAX_VALUE,
            (double) Long.MAX_VALUE,
            Long.MIN_VALUE,
            1L << 53,
            (1L << 53) + 1,
            0x1p53,
            Double.MIN_VALUE,
            1e300,
            "",
            "a",
            "ab",
            "abc",
            "b",
            "é",
            "\uFFFF",
            "😀",
            "😀a",
            "zebra");

    private static Columns columns(List<Map<String, Object>> rows) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            new ColumnBuilder(rows.size(), rows::get).write(out::writeBytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return new Columns(OffHeap.copyOf(out.toByteArray()), rows.size());
    }

    private static Object value(Random random) {
        return VALUES.get(random.nextInt(VALUES.size()));
    }

    private static Map<String, Object> row(Random random) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (String name : List.of("x", "y", "z")) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    List<Object> list = new ArrayList<>();
                    for (int i = random.nextInt(4); i > 0; i--) {
                        list.add(value(random));
                    }
                    row.put(name, list);
                }
                case 1, 2 -> row.put(name, value(random));
                default -> {
                    // It has none.
                }
            }
        }
        row.put("all", value(random));
        return row;
    }

    private static Filter filter(Random random, int depth) {
        String name = List.of("x", "y", "z", "all", "none").get(random.nextInt(5));
        if (depth > 0 && random.nextInt(3) > 0) {
            List<Filter> filters = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                filters.add(filter(random, depth - 1));
            }
            return switch (random.nextInt(3)) {
                case 0 -> new And(filters);
                case 1 -> new Or(filters);
                default -> new Not(filter(random, depth - 1));
            };
        }
        return switch (random.nextInt(6)) {
            case 0 -> new Exists(name);
            case 1 -> new In(name, List.of(value(random), value(random), value(random)));
            default -> new Compare(name, Operator.values()[random.nextInt(Operator.values().length)], value(random));
        };
    }

    @Test
    void theyMatchWhatTheFilterMatches() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 1 + random.nextInt(200); i > 0; i--) {
                rows.add(row(random));
            }
            Columns columns = columns(rows);
            for (int i = 0; i < 50; i++) {
                Filter filter = filter(random, 3);
                long[] bits = columns.matching(filter).orElseThrow();
                for (int r = 0; r < rows.size(); r++) {
                    assertThat(BitSets.get(bits, r))
                            .as("seed %d, %s of %s", seed, filter, rows.get(r))
                            .isEqualTo(filter.matches(rows.get(r)));
                }
                assertThat(BitSets.count(bits)).as("no bits beyond the rows").isLessThanOrEqualTo(rows.size());
            }
        }
    }

    @Test
    void facetsCountEachValueOfARowOnce() {
        for (int seed = 0; seed < 100; seed++) {
            Random random = new Random(seed);
            List<Map<String, Object>> rows = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                rows.add(row(random));
            }
            Columns columns = columns(rows);
            Filter within = filter(random, 2);
            Map<Object, Integer> expected = new HashMap<>();
            for (Map<String, Object> row : rows) {
                Object v = row.get("x");
                if (v != null && within.matches(row)) {
                    Set<Object> values = new HashSet<>();
                    (v instanceof List<?> list ? list : List.of(v))
                            .forEach(e -> values.add(e.equals(-0.0) ? (Object) 0.0 : e));
                    values.forEach(e -> expected.merge(e, 1, Integer::sum));
                }
            }
            Map<Object, Integer> facets = new HashMap<>();
            columns.facet("x", columns.matching(within).orElseThrow())
                    .orElseThrow()
                    .forEach(f -> facets.put(f.value(), f.count()));
            assertThat(facets).isEqualTo(expected);
        }
    }

    @Test
    void aFieldWithLongStringsIsNotIndexed() {
        Columns columns = columns(List.of(
                Map.of("long", "x".repeat(ColumnBuilder.MAX_STRING_BYTES + 1), "short", "a"),
                Map.of("long", "b", "short", "é".repeat(ColumnBuilder.MAX_STRING_BYTES / 2))));
        assertThat(columns.matching(new Exists("long"))).isEmpty();
        assertThat(columns.matching(new And(List.of(new Exists("short"), new Not(new Exists("long"))))))
                .isEmpty();
        assertThat(columns.facet("long", BitSets.ones(2))).isEmpty();
        assertThat(columns.matching(new Exists("short"))).hasValue(new long[] {3});
        assertThat(columns.matching(new Exists("unknown"))).hasValue(new long[] {0});
    }

    @Test
    void aFieldOfMoreValuesThanCanBeSortedIsNotIndexed() throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (long r = 0; r < 1000; r++) {
            rows.add(Map.of("stamps", r, "names", "name-" + r, "few", "name-" + r % 3, "n", r % 7));
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new ColumnBuilder(rows.size(), rows::get, 28_000).write(out::writeBytes);
        Columns columns = new Columns(OffHeap.copyOf(out.toByteArray()), rows.size());
        assertThat(columns.matching(new Exists("names"))).isEmpty();
        for (Filter f : List.of(
                new Compare("stamps", Operator.LT, 17L),
                new Compare("few", Operator.EQ, "name-1"),
                new Compare("n", Operator.GT, 5L))) {
            long expected = rows.stream().filter(f::matches).count();
            assertThat(BitSets.count(columns.matching(f).orElseThrow()))
                    .as("%s", f)
                    .isEqualTo(expected);
        }
        ByteArrayOutputStream fewer = new ByteArrayOutputStream();
        new ColumnBuilder(rows.size(), rows::get, 20_000).write(fewer::writeBytes);
        assertThat(new Columns(OffHeap.copyOf(fewer.toByteArray()), rows.size()).matching(new Exists("stamps")))
                .isEmpty();
    }

    @Test
    void ofMoreFieldsThanAreListedNothingIsClaimed() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (int i = 0; i < ColumnBuilder.MAX_FIELDS + 5; i++) {
            rows.add(Map.of("field-" + i, (long) i));
        }
        Columns columns = columns(rows);
        assertThat(columns.matching(new Exists("field-" + (ColumnBuilder.MAX_FIELDS + 1))))
                .isEqualTo(Optional.empty());
        assertThat(BitSets.get(
                        columns.matching(new Compare("field-7", Operator.EQ, 7L))
                                .orElseThrow(),
                        7))
                .isTrue();
    }

    @Test
    void damageIsNoticed() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new ColumnBuilder(2, _ -> Map.of("x", 1L, "y", "text")).write(out::writeBytes);
        byte[] bytes = out.toByteArray();
        byte[] cut = java.util.Arrays.copyOfRange(bytes, 8, bytes.length);
        assertThatThrownBy(() -> new Columns(OffHeap.copyOf(cut), 2)).isInstanceOf(CorruptDataException.class);
        assertThatThrownBy(() -> new Columns(OffHeap.copyOf(new byte[3]), 2)).isInstanceOf(CorruptDataException.class);
    }
}
