package dev.quiver.index.filter;

import dev.quiver.index.memory.OffHeap;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * Writes the columns of a segment, see {@link Columns}. Attributes are read twice or more: first to see what fields there are, then for as many fields at once as {@value #MOST_BYTES} bytes suffice for.
 */
public final class ColumnBuilder {
    /** A longer string is for reading, not for filtering. */
    public static final int MAX_STRING_BYTES = 512;

    /** Whoever has more puts data into names. */
    public static final int MAX_FIELDS = 1000;

    /** What the fields that are sorted in one go may take. One that takes more alone is not indexed: 12 million numbers, or some two million different strings. */
    private static final long MOST_BYTES = 256L << 20;

    private static final int NUMBER_BYTES = 24;
    private static final int PAIR_BYTES = 16;
    private static final int STRING_BYTES = 120;

    private final long mostBytes;
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
        long numbers;
        /** If all strings were different. */
        long bytes;

        boolean wide;

        void add(Object value) {
            values++;
            switch (value) {
                case Number _ -> {
                    numbers++;
                    bytes += NUMBER_BYTES;
                }
                case String s -> {
                    bytes += PAIR_BYTES + STRING_BYTES + s.length();
                    wide |= isWide(s);
                }
                default -> {}
            }
        }

        boolean isIndexed(long mostBytes) {
            return !wide && values < Columns.MOST_VALUES && numbers * NUMBER_BYTES <= mostBytes;
        }
    }

    private record Written(String name, boolean indexed, long offset, long length) {}

    /** @param attributes of a row, in canonical types */
    public ColumnBuilder(int rows, IntFunction<Map<String, Object>> attributes) {
        this(rows, attributes, MOST_BYTES);
    }

    ColumnBuilder(int rows, IntFunction<Map<String, Object>> attributes, long mostBytes) {
        this.mostBytes = mostBytes;
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
            long bytes = 0;
            int to = from;
            while (to < fields.size() && (to == from || bytes + fields.get(to).getValue().bytes <= mostBytes)) {
                Seen s = fields.get(to).getValue();
                if (s.isIndexed(mostBytes)) {
                    group.put(fields.get(to).getKey(), new Field((int) s.numbers, mostBytes));
                    bytes += s.bytes;
                }
                to++;
            }
            collect(group);
            for (int f = from; f < to; f++) {
                String name = fields.get(f).getKey();
                Field field = group.get(name);
                boolean isIndexed = field != null && !field.isTooLarge();
                byte[] column = isIndexed ? field.column(rows) : new byte[0];
                out.put(column);
                written.add(new Written(name, isIndexed, offset, column.length));
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
                    s.values++;
                    list.forEach(s::add);
                } else {
                    s.add(value);
                }
            });
        }
    }

    private static boolean isWide(String s) {
        return s.length() > MAX_STRING_BYTES
                || 3 * s.length() > MAX_STRING_BYTES && s.getBytes(StandardCharsets.UTF_8).length > MAX_STRING_BYTES;
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

    /** A field's strings: pairs of a distinct one, in the order of its first coming, and a row. */
    private static final class Strings {
        private final Map<String, Integer> numbers = new HashMap<>();
        private final List<String> values = new ArrayList<>();
        private int[] value = new int[16];
        private int[] row = new int[16];
        private int size;
        /** On the heap; and in UTF-8. */
        private long taken;

        private long bytes;

        void add(String v, int r) {
            Integer number = numbers.get(v);
            if (number == null) {
                number = values.size();
                numbers.put(v, number);
                values.add(v);
                taken += STRING_BYTES + v.length();
                bytes += v.getBytes(StandardCharsets.UTF_8).length;
            }
            if (size == row.length) {
                value = Arrays.copyOf(value, 2 * size);
                row = Arrays.copyOf(row, 2 * size);
            }
            value[size] = number;
            row[size++] = r;
        }

        long taken() {
            return taken + (long) PAIR_BYTES * size;
        }

        /** The distinct ones in order. */
        Sorted sorted() {
            Integer[] order = new Integer[values.size()];
            Arrays.setAll(order, i -> i);
            Arrays.sort(order, (a, b) -> values.get(a).compareTo(values.get(b)));
            int[] position = new int[order.length];
            int[] places = new int[order.length];
            for (int i = 0; i < order.length; i++) {
                position[order[i]] = i;
                places[i] = order[i];
            }
            int[] last = new int[order.length];
            Arrays.fill(last, -1);
            int[] starts = new int[order.length + 1];
            // Rows come in ascending order, so a repetition follows at once.
            for (int i = 0; i < size; i++) {
                int p = position[value[i]];
                if (last[p] != row[i]) {
                    last[p] = row[i];
                    starts[p + 1]++;
                }
            }
            for (int p = 0; p < order.length; p++) {
                starts[p + 1] += starts[p];
            }
            int[] rows = new int[starts[order.length]];
            int[] next = Arrays.copyOf(starts, order.length);
            Arrays.fill(last, -1);
            for (int i = 0; i < size; i++) {
                int p = position[value[i]];
                if (last[p] != row[i]) {
                    last[p] = row[i];
                    rows[next[p]++] = row[i];
                }
            }
            return new Sorted(places, starts, rows);
        }
    }

    /** A field's numbers: of timestamps each may be another one, so none is an object. */
    private static final class Numbers {
        private final long[] bits;
        private final BitSet isDouble = new BitSet();
        private final int[] row;
        private int size;

        Numbers(int most) {
            bits = new long[most];
            row = new int[most];
        }

        void add(Object v, int r) {
            if (v instanceof Double d) {
                // -0.0 is equal to 0.0 and has other bits.
                bits[size] = Double.doubleToRawLongBits(d == 0 ? 0.0 : d);
                isDouble.set(size);
            } else {
                bits[size] = (Long) v;
            }
            row[size++] = r;
        }

        /** Equal ones of both types beside each other, the long first. */
        private int compare(int a, int b) {
            boolean x = isDouble.get(a);
            boolean y = isDouble.get(b);
            if (!x && !y) {
                return Long.compare(bits[a], bits[b]);
            }
            if (x && y) {
                return Double.compare(Double.longBitsToDouble(bits[a]), Double.longBitsToDouble(bits[b]));
            }
            int order = Values.order(value(a), value(b));
            return order != 0 ? order : x ? 1 : -1;
        }

        private Object value(int i) {
            // Not by a conditional expression, which would make both a double.
            if (isDouble.get(i)) {
                return Double.longBitsToDouble(bits[i]);
            }
            return bits[i];
        }

        private int[] order() {
            int[] from = new int[size];
            Arrays.setAll(from, i -> i);
            int[] to = new int[size];
            for (long run = 1; run < size; run *= 2) {
                for (long start = 0; start < size; start += 2 * run) {
                    merge(from, to, (int) start, (int) Math.min(start + run, size), (int)
                            Math.min(start + 2 * run, size));
                }
                int[] swap = from;
                from = to;
                to = swap;
            }
            return from;
        }

        private void merge(int[] from, int[] to, int start, int middle, int end) {
            if (middle == end || compare(from[middle - 1], from[middle]) <= 0) {
                System.arraycopy(from, start, to, start, end - start);
                return;
            }
            int left = start;
            int right = middle;
            for (int i = start; i < end; i++) {
                boolean takesLeft = right == end || left < middle && compare(from[left], from[right]) <= 0;
                to[i] = from[takesLeft ? left++ : right++];
            }
        }

        /** The distinct ones in order. */
        Sorted sorted() {
            int[] order = order();
            int distinct = 0;
            int pairs = 0;
            for (int i = 0; i < size; i++) {
                boolean isNew = i == 0 || compare(order[i - 1], order[i]) != 0;
                distinct += isNew ? 1 : 0;
                pairs += isNew || row[order[i - 1]] != row[order[i]] ? 1 : 0;
            }
            int[] places = new int[distinct];
            int[] starts = new int[distinct + 1];
            int[] rows = new int[pairs];
            int v = 0;
            int p = 0;
            for (int i = 0; i < size; i++) {
                boolean isNew = i == 0 || compare(order[i - 1], order[i]) != 0;
                if (isNew) {
                    starts[v] = p;
                    places[v++] = order[i];
                }
                if (isNew || row[order[i - 1]] != row[order[i]]) {
                    rows[p++] = row[order[i]];
                }
            }
            starts[distinct] = p;
            return new Sorted(places, starts, rows);
        }
    }

    /**
     * The distinct values of a field in order.
     *
     * @param places where each was collected
     * @param starts where the rows of each begin, and the end
     * @param rows of each value, one value after the other, each row once
     */
    private record Sorted(int[] places, int[] starts, int[] rows) {
        void put(ByteBuffer out) {
            for (int s : starts) {
                out.putInt(s);
            }
            for (int r : rows) {
                out.putInt(r);
            }
        }
    }

    /** One field, while it is collected. */
    private static final class Field {
        private final RowList existing = new RowList();
        private final RowList falses = new RowList();
        private final RowList trues = new RowList();
        private final Numbers numbers;
        private final Strings strings = new Strings();
        private final long mostBytes;

        Field(int mostNumbers, long mostBytes) {
            this.numbers = new Numbers(mostNumbers);
            this.mostBytes = mostBytes;
        }

        boolean isTooLarge() {
            return strings.taken() + (long) NUMBER_BYTES * numbers.size > mostBytes;
        }

        void add(int row, Object value) {
            if (isTooLarge()) {
                return;
            }
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
                default -> numbers.add(value, row);
            }
        }

        byte[] column(int rows) {
            Sorted n = numbers.sorted();
            Sorted s = strings.sorted();
            boolean all = existing.size == rows;
            long length = Columns.HEAD_BYTES
                    + 4L * ((all ? 0 : existing.size) + falses.size + trues.size)
                    + 9L * n.places.length
                    + 4L * (n.starts.length + n.rows.length)
                    + 8L * (s.places.length + 1)
                    + 4L * (s.starts.length + s.rows.length)
                    + strings.bytes
                    + 8L * OffHeap.ALIGNMENT;
            ByteBuffer out =
                    ByteBuffer.allocate(Math.toIntExact(OffHeap.align(length))).order(ByteOrder.LITTLE_ENDIAN);
            out.putInt(existing.size)
                    .putInt(falses.size)
                    .putInt(trues.size)
                    .putInt(n.places.length)
                    .putInt(n.rows.length)
                    .putInt(s.places.length)
                    .putInt(s.rows.length)
                    .putInt(0)
                    .putLong(strings.bytes);
            out.position(Columns.HEAD_BYTES);
            if (!all) {
                put(out, existing);
            }
            put(out, falses);
            put(out, trues);
            align(out);
            for (int i : n.places) {
                out.putLong(numbers.bits[i]);
            }
            for (int i : n.places) {
                out.put(numbers.isDouble.get(i) ? Columns.DOUBLE : Columns.LONG);
            }
            align(out);
            n.put(out);
            align(out);
            long at = 0;
            for (int i : s.places) {
                out.putLong(at);
                at += strings.values.get(i).getBytes(StandardCharsets.UTF_8).length;
            }
            out.putLong(at);
            s.put(out);
            for (int i : s.places) {
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
}
