package dev.quiver.index.filter;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The attributes of a segment's rows, by field: which rows have which value. Addressed in place; nothing is built when a segment is opened but a map of the fields' names.
 *
 * <p>The values of a field are sorted, and the rows of each lie one after the other. So whatever a comparison matches (one value, a range, a prefix) is one run of rows, found by bisection, and costs what it matches.
 *
 * <pre>
 * columns    one field after the other, from the start of the section
 * directory  24 bytes a field, in the order of the fields' names (code units)
 *   0  u64  offset of its column in the section
 *   8  u64  length of its column in bytes
 *  16  u32  length of its name
 *  20  u32  1 if it is indexed; if not (a string above 512 bytes, or more different values than its writer had memory for) it has no column
 * names      UTF-8, one after the other
 * tail       16 bytes
 *   0  u64  offset of the directory
 *   8  u32  fields
 *  12  u32  1 if there are fields that are not listed (only 1,000 are)
 *
 * column
 *   0  u32  E, rows that have the field
 *   4  u32  F, rows with false (as the value, or in the list that the value is)
 *   8  u32  T, rows with true
 *  12  u32  N, distinct numbers
 *  16  u32  P, pairs of a number and a row
 *  20  u32  S, distinct strings
 *  24  u32  Q, pairs of a string and a row
 *  28  u32  zero
 *  32  u64  B, bytes of the strings
 *  40  u32[E] rows, missing if all have it; u32[F]; u32[T]; zeros up to a multiple of 8
 *      u64[N] numbers in ascending order, as long or as f64; u8[N] which, 2 long, 3 f64; zeros up to a multiple of 8
 *      u32[N + 1] where the rows of each begin; u32[P] rows, ascending within a number; zeros up to a multiple of 8
 *      u64[S + 1] where each string begins, in ascending order of code units; u32[S + 1]; u32[Q]; B bytes of UTF-8; zeros up to a multiple of 8
 * </pre>
 */
public final class Columns {
    static final int ENTRY_BYTES = 24;
    static final int TAIL_BYTES = 16;
    static final int HEAD_BYTES = 40;
    static final int INDEXED = 1;
    static final int UNLISTED = 1;
    static final byte LONG = 2;
    static final byte DOUBLE = 3;
    private static final String STRING = "string";
    private static final String NUMBER = "number";
    private static final String BOOLEAN = "boolean";
    static final int MOST_VALUES = 1 << 28;

    private final MemorySegment section;
    private final int rows;
    /** Null for one that is not indexed. */
    private final Map<String, Column> fields = new HashMap<>();

    private final boolean isUnlisted;

    /**
     * @param section verified
     * @throws CorruptDataException if it does not have this layout
     */
    public Columns(MemorySegment section, int rows) {
        this.section = section;
        this.rows = rows;
        try {
            long tail = section.byteSize() - TAIL_BYTES;
            long entry = OffHeap.getLong(section, tail);
            int count = OffHeap.getInt(section, tail + 8);
            this.isUnlisted = (OffHeap.getInt(section, tail + 12) & UNLISTED) != 0;
            long name = entry + (long) count * ENTRY_BYTES;
            for (int f = 0; f < count; f++, entry += ENTRY_BYTES) {
                int nameLength = OffHeap.getInt(section, entry + 16);
                boolean indexed = (OffHeap.getInt(section, entry + 20) & INDEXED) != 0;
                fields.put(
                        new String(OffHeap.getBytes(section, name, nameLength), StandardCharsets.UTF_8),
                        indexed
                                ? new Column(section.asSlice(
                                        OffHeap.getLong(section, entry), OffHeap.getLong(section, entry + 8)))
                                : null);
                name += nameLength;
            }
        } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
            throw new CorruptDataException("The columns of a segment do not fit their section", e);
        }
    }

    /** What a set of rows has in a field. */
    public record Value(Object value, int count) {}

    /** The rows that match, a bit each; empty if a field of the filter is not indexed. */
    public Optional<long[]> matching(Filter filter) {
        return isIndexed(filter) ? Optional.of(bits(filter)) : Optional.empty();
    }

    private boolean isIndexed(Filter filter) {
        return switch (filter) {
            case Filter.All _ -> true;
            case Filter.And(List<Filter> filters) -> filters.stream().allMatch(this::isIndexed);
            case Filter.Or(List<Filter> filters) -> filters.stream().allMatch(this::isIndexed);
            case Filter.Not(Filter f) -> isIndexed(f);
            case Filter.Exists(String name) -> isIndexed(name);
            case Filter.In(String name, List<Object> _) -> isIndexed(name);
            case Filter.Compare(String name, Filter.Operator _, Object _) -> isIndexed(name);
        };
    }

    private boolean isIndexed(String name) {
        return fields.containsKey(name) ? fields.get(name) != null : !isUnlisted;
    }

    private long[] bits(Filter filter) {
        switch (filter) {
            case Filter.All _ -> {
                return BitSets.ones(rows);
            }
            case Filter.And(List<Filter> filters) -> {
                long[] all = BitSets.ones(rows);
                for (Filter f : filters) {
                    BitSets.and(all, bits(f));
                }
                return all;
            }
            case Filter.Or(List<Filter> filters) -> {
                long[] any = new long[BitSets.words(rows)];
                for (Filter f : filters) {
                    BitSets.or(any, bits(f));
                }
                return any;
            }
            case Filter.Not(Filter f) -> {
                long[] rest = BitSets.ones(rows);
                BitSets.andNot(rest, bits(f));
                return rest;
            }
            case Filter.Exists(String name) -> {
                return of(name, Column::existing);
            }
            case Filter.In(String name, List<Object> values) -> {
                return of(name, (column, into) -> values.forEach(v -> column.equal(v, into)));
            }
            case Filter.Compare(String name, Filter.Operator operator, Object value) -> {
                return of(name, (column, into) -> column.compare(operator, value, into));
            }
        }
    }

    private interface Rows {
        void collect(Column column, long[] into);
    }

    private long[] of(String name, Rows some) {
        long[] bits = new long[BitSets.words(rows)];
        Column column = fields.get(name);
        if (column != null) {
            some.collect(column, bits);
        }
        return bits;
    }

    /**
     * How often each value of a field occurs in these rows; a list counts once for each of its different values. In no order.
     *
     * @return empty if the field is not indexed
     */
    public Optional<List<Value>> facet(String name, long[] within) {
        if (!isIndexed(name)) {
            return Optional.empty();
        }
        List<Value> values = new ArrayList<>();
        Column column = fields.get(name);
        if (column != null) {
            column.facet(within, values);
        }
        return Optional.of(values);
    }

    /** The fields, each with the types of its values in any of the rows; none for one that is not indexed. */
    public Map<String, Set<String>> types() {
        Map<String, Set<String>> types = new HashMap<>();
        fields.forEach((name, column) -> types.put(name, column == null ? Set.of() : column.types()));
        return types;
    }

    /** The type of a value that is no list, as {@link #types} calls it. */
    public static String type(Object value) {
        return switch (value) {
            case String _ -> STRING;
            case Boolean _ -> BOOLEAN;
            default -> NUMBER;
        };
    }

    private final class Column {
        private final MemorySegment bytes;
        private final int existing;
        private final int falses;
        private final int trues;
        private final int numbers;
        private final int strings;
        private final long falsesAt;
        private final long truesAt;
        private final long numbersAt;
        private final long typesAt;
        private final Runs ofNumbers;
        private final long stringsAt;
        private final Runs ofStrings;
        private final long textAt;

        /** Where the rows of sorted values lie. */
        private record Runs(long startsAt, long rowsAt) {}

        Column(MemorySegment bytes) {
            this.bytes = bytes;
            existing = OffHeap.getInt(bytes, 0);
            falses = OffHeap.getInt(bytes, 4);
            trues = OffHeap.getInt(bytes, 8);
            numbers = OffHeap.getInt(bytes, 12);
            int numberRows = OffHeap.getInt(bytes, 16);
            strings = OffHeap.getInt(bytes, 20);
            int stringRows = OffHeap.getInt(bytes, 24);
            falsesAt = HEAD_BYTES + (existing == rows ? 0 : 4L * existing);
            truesAt = falsesAt + 4L * falses;
            numbersAt = align(truesAt + 4L * trues);
            typesAt = numbersAt + 8L * numbers;
            long starts = align(typesAt + numbers);
            ofNumbers = new Runs(starts, starts + 4L * (numbers + 1));
            stringsAt = align(ofNumbers.rowsAt + 4L * numberRows);
            long stringStarts = stringsAt + 8L * (strings + 1);
            ofStrings = new Runs(stringStarts, stringStarts + 4L * (strings + 1));
            textAt = ofStrings.rowsAt + 4L * stringRows;
            if (align(textAt + OffHeap.getLong(bytes, 32)) != bytes.byteSize()) {
                throw new CorruptDataException(
                        "A column of a segment has " + bytes.byteSize() + " bytes, which does not fit its head");
            }
        }

        private static long align(long at) {
            return (at + 7) & ~7L;
        }

        Set<String> types() {
            Set<String> types = new HashSet<>();
            if (falses + trues > 0) {
                types.add(BOOLEAN);
            }
            if (numbers > 0) {
                types.add(NUMBER);
            }
            if (strings > 0) {
                types.add(STRING);
            }
            return types;
        }

        void existing(long[] into) {
            if (existing == rows) {
                BitSets.or(into, BitSets.ones(rows));
            } else {
                set(HEAD_BYTES, existing, into);
            }
        }

        void equal(Object value, long[] into) {
            switch (value) {
                case Boolean b when b -> set(truesAt, trues, into);
                case Boolean _ -> set(falsesAt, falses, into);
                case String s ->
                    strings(
                            first(strings, i -> string(i).compareTo(s) >= 0),
                            first(strings, i -> string(i).compareTo(s) > 0),
                            into);
                default -> numbers(firstNumber(value, 0), firstNumber(value, 1), into);
            }
        }

        void compare(Filter.Operator operator, Object value, long[] into) {
            switch (operator) {
                case EQ -> equal(value, into);
                case STARTS_WITH -> {
                    if (value instanceof String prefix) {
                        int from = first(strings, i -> string(i).compareTo(prefix) >= 0);
                        // Those with the prefix follow one another.
                        int to = from
                                + first(strings - from, i -> !string(from + i).startsWith(prefix));
                        strings(from, to, into);
                    }
                }
                case CONTAINS -> {
                    if (value instanceof String part) {
                        for (int i = 0; i < strings; i++) {
                            if (string(i).contains(part)) {
                                strings(i, i + 1, into);
                            }
                        }
                    }
                }
                case GT, GTE, LT, LTE -> range(operator, value, into);
            }
        }

        private void range(Filter.Operator operator, Object value, long[] into) {
            // The first that is at least, or above, the value.
            int above = operator == Filter.Operator.GT || operator == Filter.Operator.LTE ? 1 : 0;
            boolean upwards = operator == Filter.Operator.GT || operator == Filter.Operator.GTE;
            switch (value) {
                case String s -> {
                    int at = first(strings, i -> string(i).compareTo(s) >= above);
                    strings(upwards ? at : 0, upwards ? strings : at, into);
                }
                case Number _ -> {
                    int at = firstNumber(value, above);
                    numbers(upwards ? at : 0, upwards ? numbers : at, into);
                }
                default -> {
                    // Nothing else has an order.
                }
            }
        }

        private int firstNumber(Object value, int above) {
            return value instanceof Number ? first(numbers, i -> Values.order(number(i), value) >= above) : 0;
        }

        /** By bisection; {@code count} if there is none. Once true, it stays true. */
        private static int first(int count, IntPredicate reached) {
            int low = 0;
            int high = count;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (reached.test(middle)) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }

        private Object number(int i) {
            long bits = OffHeap.getLong(bytes, numbersAt + 8L * i);
            if (OffHeap.getByte(bytes, typesAt + i) == LONG) {
                return bits;
            }
            return Double.longBitsToDouble(bits);
        }

        private String string(int i) {
            long from = OffHeap.getLong(bytes, stringsAt + 8L * i);
            long to = OffHeap.getLong(bytes, stringsAt + 8L * (i + 1));
            return new String(OffHeap.getBytes(bytes, textAt + from, (int) (to - from)), StandardCharsets.UTF_8);
        }

        private void numbers(int from, int to, long[] into) {
            run(ofNumbers, from, to, into);
        }

        private void strings(int from, int to, long[] into) {
            run(ofStrings, from, to, into);
        }

        private void run(Runs runs, int from, int to, long[] into) {
            if (from < to) {
                int start = OffHeap.getInt(bytes, runs.startsAt + 4L * from);
                int end = OffHeap.getInt(bytes, runs.startsAt + 4L * to);
                set(runs.rowsAt + 4L * start, end - start, into);
            }
        }

        private void set(long at, int count, long[] into) {
            for (int i = 0; i < count; i++) {
                int row = OffHeap.getInt(bytes, at + 4L * i);
                into[row >>> 6] |= 1L << row;
            }
        }

        void facet(long[] within, List<Value> values) {
            add(values, false, count(falsesAt, falses, within));
            add(values, true, count(truesAt, trues, within));
            for (int i = 0; i < numbers; i++) {
                add(values, number(i), count(ofNumbers, i, within));
            }
            for (int i = 0; i < strings; i++) {
                int count = count(ofStrings, i, within);
                if (count > 0) {
                    values.add(new Value(string(i), count));
                }
            }
        }

        private static void add(List<Value> values, Object value, int count) {
            if (count > 0) {
                values.add(new Value(value, count));
            }
        }

        private int count(Runs runs, int i, long[] within) {
            int start = OffHeap.getInt(bytes, runs.startsAt + 4L * i);
            return count(runs.rowsAt + 4L * start, OffHeap.getInt(bytes, runs.startsAt + 4L * (i + 1)) - start, within);
        }

        private int count(long at, int count, long[] within) {
            int found = 0;
            for (int i = 0; i < count; i++) {
                int row = OffHeap.getInt(bytes, at + 4L * i);
                found += (int) (within[row >>> 6] >>> row & 1);
            }
            return found;
        }
    }
}
