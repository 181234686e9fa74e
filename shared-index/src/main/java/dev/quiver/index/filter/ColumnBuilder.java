package dev.quiver.index.filter;

import dev.quiver.index.memory.OffHeap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Writes the columns of a segment, see {@link Columns}. Attributes are read twice or more: first to see what fields there are, then for as many fields at once as memory is given to.
 */
public final class ColumnBuilder {
    /** A longer string is for reading, not for filtering. */
    public static final int MAX_STRING_BYTES = 512;

    /** Whoever has more puts data into names. */
    public static final int MAX_FIELDS = 1000;

    /** Values of fields that are sorted in one go; each takes some 16 bytes, and a new string its own. */
    private static final long AT_ONCE = 4_000_000;

    private final int rows;
    private final IntFunction<Map<String, Object>> attributes;
    private final Map<String, Seen> seen = new TreeMap<>();
    private boolean isUnlisted;

    /** Where the bytes go, one after the other. */
    public interface Output {
        void put(byte[] bytes) throws IOException;
    }

    private static final class Seen {
        long values;
        boolean wide;
    }

    private record Written(String name, boolean indexed, long offset, long length) {}

    /** @param attributes of a row, in canonical types */
    public ColumnBuilder(int rows, IntFunction<Map<String, Object>> attributes) {
        this.rows = rows;
        this.attributes = attributes;
    }

    public void write(Output out) throws IOException {
        look();
        List<Written> written = new ArrayList<>();
        long offset = 0;
        List<Map.Entry<String, Seen>> fields = List.copyOf(seen.entrySet());
        for (int from = 0; from < fields.size(); ) {
            Map<String, Field> group = new LinkedHashMap<>();
            long values = 0;
            int to = from;
            while (to < fields.size() && (to == from || values + fields.get(to).getValue().values <= AT_ONCE)) {
                Seen s = fields.get(to).getValue();
                if (!s.wide && s.values < Columns.MOST_VALUES) {
                    group.put(fields.get(to).getKey(), new Field());
                    values += s.values;
                }
                to++;
            }
            collect(group);
            for (int f = from; f < to; f++) {
                String name = fields.get(f).getKey();
                Field field = group.get(name);
                byte[] column = field == null ? new byte[0] : field.column(rows);
                out.put(column);
                written.add(new Written(name, field != null, offset, column.length));
                offset += column.length;
            }
            from = to;
        }
        out.put(directory(written, offset));
    }

    /** What fields there are. */
    private void look() {
        for (int r = 0; r < rows; r++) {
            attributes.apply(r).forEach((name, value) -> {
                Seen s = seen.get(name);
                if (s == null && seen.size() == MAX_FIELDS) {
                    isUnlisted = true;
                    return;
                }
                if (s == null) {
                    s = new Seen();
                    seen.put(name, s);
                }
                if (value instanceof List<?> list) {
                    // One for the row itself, which may have an empty list.
                    s.values += 1L + list.size();
                    s.wide |= list.stream().anyMatch(ColumnBuilder::isWide);
                } else {
                    s.values++;
                    s.wide |= isWide(value);
                }
            });
        }
    }

    private static boolean isWide(Object value) {
        return value instanceof String s
                && (s.length() > MAX_STRING_BYTES
                        || 3 * s.length() > MAX_STRING_BYTES
                                && s.getBytes(StandardCharsets.UTF_8).length > MAX_STRING_BYTES);
    }

    private void collect(Map<String, Field> group) {
        if (group.isEmpty()) {
            return;
        }
        for (int r = 0; r < rows; r++) {
            int row = r;
            attributes.apply(r).forEach((name, value) -> {
                Field f = group.get(name);
                if (f != null) {
                    f.add(row, value);
                }
            });
        }
    }

    private byte[] directory(List<Written> written, long at) {
        int names = written.stream()
                .mapToInt(w -> w.name.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        ByteBuffer out = ByteBuffer.allocate(
                        Math.toIntExact((long) written.size() * Columns.ENTRY_BYTES + names + Columns.TAIL_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (Written w : written) {
            out.putLong(w.offset)
                    .putLong(w.length)
                    .putInt(w.name.getBytes(StandardCharsets.UTF_8).length)
                    .putInt(w.indexed ? Columns.INDEXED : 0);
        }
        written.forEach(w -> out.put(w.name.getBytes(StandardCharsets.UTF_8)));
        out.putLong(at).putInt(written.size()).putInt(isUnlisted ? Columns.UNLISTED : 0);
        return out.array();
    }

    /** Rows in ascending order. */
    private static final class RowList {
        private int[] rows = new int[16];
        private int size;

        void add(int row) {
            if (size > 0 && rows[size - 1] == row) {
                return;
            }
            if (size == rows.length) {
                rows = Arrays.copyOf(rows, 2 * size);
            }
            rows[size++] = row;
        }
    }

    /** Pairs of a distinct value, in the order of its first coming, and a row. */
    private static final class Pairs<T> {
        private final Map<T, Integer> numbers = new HashMap<>();
        private final List<T> values = new ArrayList<>();
        private int[] value = new int[16];
        private int[] row = new int[16];
        private int size;

        void add(T v, int r) {
            Integer number = numbers.get(v);
            if (number == null) {
                number = values.size();
                numbers.put(v, number);
                values.add(v);
            }
            if (size == row.length) {
                value = Arrays.copyOf(value, 2 * size);
                row = Arrays.copyOf(row, 2 * size);
            }
            value[size] = number;
            row[size++] = r;
        }

        /** The distinct values in this order; equal ones beside each other. */
        List<Integer> sorted(Comparator<T> order) {
            List<Integer> numbers = new ArrayList<>();
            for (int i = 0; i < values.size(); i++) {
                numbers.add(i);
            }
            numbers.sort((a, b) -> order.compare(values.get(a), values.get(b)));
            return numbers;
        }
    }

    /** One field, while it is collected. */
    private static final class Field {
        private final RowList existing = new RowList();
        private final RowList falses = new RowList();
        private final RowList trues = new RowList();
        private final Pairs<Object> numbers = new Pairs<>();
        private final Pairs<String> strings = new Pairs<>();

        void add(int row, Object value) {
            existing.add(row);
            if (value instanceof List<?> list) {
                list.forEach(v -> addOne(row, v));
            } else {
                addOne(row, value);
            }
        }

        private void addOne(int row, Object value) {
            switch (value) {
                case Boolean b -> (b ? trues : falses).add(row);
                case String s -> strings.add(s, row);
                // Equal to 0.0 and yet another key.
                case Double d when d == 0 -> numbers.add(0.0, row);
                default -> numbers.add(value, row);
            }
        }

        byte[] column(int rows) {
            List<Integer> numberOrder = numbers.sorted(Values::order);
            List<Integer> stringOrder = strings.sorted(String::compareTo);
            Sorted n = new Sorted(numbers, numberOrder);
            Sorted s = new Sorted(strings, stringOrder);
            long bytes = 0;
            for (String x : strings.values) {
                bytes += x.getBytes(StandardCharsets.UTF_8).length;
            }
            boolean all = existing.size == rows;
            long length = Columns.HEAD_BYTES
                    + 4L * ((all ? 0 : existing.size) + falses.size + trues.size)
                    + 9L * numbers.values.size()
                    + 4L * (numbers.values.size() + 1 + n.rows.length)
                    + 8L * (strings.values.size() + 1)
                    + 4L * (strings.values.size() + 1 + s.rows.length)
                    + bytes
                    + 8L * OffHeap.ALIGNMENT;
            ByteBuffer out =
                    ByteBuffer.allocate(Math.toIntExact(OffHeap.align(length))).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(existing.size)
                    .putInt(falses.size)
                    .putInt(trues.size)
                    .putInt(numbers.values.size())
                    .putInt(n.rows.length)
                    .putInt(strings.values.size())
                    .putInt(s.rows.length)
                    .putInt(0)
                    .putLong(bytes);
            out.position(Columns.HEAD_BYTES);
            if (!all) {
                put(out, existing);
            }
            put(out, falses);
            put(out, trues);
            align(out);
            for (int i : numberOrder) {
                out.putLong(
                        numbers.values.get(i) instanceof Long l
                                ? l
                                : Double.doubleToRawLongBits((Double) numbers.values.get(i)));
            }
            for (int i : numberOrder) {
                out.put(numbers.values.get(i) instanceof Long ? Columns.LONG : Columns.DOUBLE);
            }
            align(out);
            n.put(out);
            align(out);
            long at = 0;
            for (int i : stringOrder) {
                out.putLong(at);
                at += strings.values.get(i).getBytes(StandardCharsets.UTF_8).length;
            }
            out.putLong(at);
            s.put(out);
            for (int i : stringOrder) {
                out.put(strings.values.get(i).getBytes(StandardCharsets.UTF_8));
            }
            align(out);
            return Arrays.copyOf(out.array(), out.position());
        }

        private static void put(ByteBuffer out, RowList list) {
            for (int i = 0; i < list.size; i++) {
                out.putInt(list.rows[i]);
            }
        }

        private static void align(ByteBuffer out) {
            out.position((out.position() + 7) & ~7);
        }
    }

    /** The rows of each value, one value after the other, each row once. */
    private static final class Sorted {
        final int[] starts;
        final int[] rows;

        Sorted(Pairs<?> pairs, List<Integer> order) {
            int distinct = order.size();
            int[] position = new int[distinct];
            for (int i = 0; i < distinct; i++) {
                position[order.get(i)] = i;
            }
            int[] last = new int[distinct];
            Arrays.fill(last, -1);
            starts = new int[distinct + 1];
            // Rows come in ascending order, so a repetition follows at once.
            for (int i = 0; i < pairs.size; i++) {
                int p = position[pairs.value[i]];
                if (last[p] != pairs.row[i]) {
                    last[p] = pairs.row[i];
                    starts[p + 1]++;
                }
            }
            for (int p = 0; p < distinct; p++) {
                starts[p + 1] += starts[p];
            }
            rows = new int[starts[distinct]];
            int[] next = Arrays.copyOf(starts, distinct);
            Arrays.fill(last, -1);
            for (int i = 0; i < pairs.size; i++) {
                int p = position[pairs.value[i]];
                if (last[p] != pairs.row[i]) {
                    last[p] = pairs.row[i];
                    rows[next[p]++] = pairs.row[i];
                }
            }
        }

        void put(ByteBuffer out) {
            for (int s : starts) {
                out.putInt(s);
            }
            for (int r : rows) {
                out.putInt(r);
            }
        }
    }
}
