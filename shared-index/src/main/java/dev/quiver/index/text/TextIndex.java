package dev.quiver.index.text;

import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.TextField;
import java.lang.foreign.MemorySegment;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The words of a segment's rows: which rows have which word, how often and where. Addressed in place. What a search needs is copied out block by block; of a segment that is still arriving it can be fetched in three rounds: this
 * section, then the blocks of the words, then their postings.
 *
 * <pre>
 * TEXT
 *   0  u32  fields
 *   4  u32  zero
 * then 48 bytes a field
 *   0  u64  rows that have a word in it
 *   8  u64  words of all rows together
 *  16  u64  terms: different words
 *  24  u64  where its blocks are listed in this section
 *  32  u32  blocks
 *  36  u32  length of its name in bytes
 *  40  u32  length of its analyzer's name
 *  44  u32  zero
 * then of each field its name and its analyzer's, in UTF-8
 * then of each field 24 bytes a block, and then the first terms of the blocks, one after the other
 *   0  u64  where the block lies in TERMS
 *   8  u32  its length
 *  12  u32  its CRC32C
 *  16  u32  where its first term begins, from the first of the field
 *  20  u32  length of that
 *
 * TERMS, blocks of 64 terms of one field, the last of a field may have fewer; terms in the order of their bytes
 *   0  u64  where the postings of its first term lie in POSTINGS; those of the next term follow
 *   8  u64  where the positions of its first term lie in POSITIONS
 *  then a term: varint bytes that it shares with the one before, varint bytes that follow, these; varint rows that have it, varint length of its postings, varint length of its positions,
 *  u32 CRC32C of its postings, u32 of its positions
 *
 * POSTINGS, of a term: blocks of 128 rows, the last may have fewer; then, if there is more than one, 24 bytes a block
 *  block of 128: u8 bits of a distance, u8 of a frequency, u8 of a length, u8 zero, u32 least length; then 128 distances (row less the row before, less 1; before the first is −1), 128 frequencies less 1, and 128
 *  lengths (words that the row has in the field) less the least one; each of the three packed from the lowest bit of the first byte, up to a whole byte
 *  block of fewer: a row after the other, varint distance, varint frequency less 1, varint length
 *  entry of a block: u32 its last row, u32 where it ends, u32 where its positions end, both from the start of those of the term; three times u16 frequency and u16 length, see {@link Impacts}
 *
 * POSITIONS, of a term, of each row as many varints as the frequency: the position less the one before; the first less 0
 * </pre>
 */
public final class TextIndex {
    static final int HEAD_BYTES = 8;
    static final int FIELD_BYTES = 48;
    static final int BLOCK_BYTES = 24;
    static final int TERMS_IN_BLOCK = 64;
    static final int POSTINGS_IN_BLOCK = 128;
    static final int ENTRY_BYTES = 12 + Impacts.BYTES;

    /** Terms with a prefix that are looked at. */
    static final int MOST_WITH_PREFIX = 1 << 16;

    private final String name;
    private final int rows;
    private final MemorySegment head;
    private final Bytes bytes;
    private final List<Field> fields = new ArrayList<>();

    /** The other sections. */
    public enum Part {
        TERMS,
        POSTINGS,
        POSITIONS
    }

    /** Some of a section, with its checksum. */
    public record Range(Part part, long offset, long length, int sum) {}

    /** Where the other sections lie. */
    public interface Bytes {
        MemorySegment section(Part part);

        /** Returns when these are there and verified. */
        void fetch(List<Range> ranges);
    }

    /** @param words of all rows together */
    record Field(TextField field, long rows, long words, long terms, long at, int blocks) {}

    /** A term of this index. Offsets are those in the sections. */
    record Entry(
            byte[] term,
            int rows,
            long postings,
            int postingsLength,
            int postingsSum,
            long positions,
            int positionsLength,
            int positionsSum) {}

    /**
     * @param name for messages
     * @param head verified
     * @throws CorruptDataException if it does not have this layout
     */
    public TextIndex(String name, int rows, MemorySegment head, Bytes bytes) {
        this.name = name;
        this.rows = rows;
        this.head = head;
        this.bytes = bytes;
        guarded(() -> {
            int count = OffHeap.getInt(head, 0);
            if (count < 0 || count > TextField.MOST_FIELDS) {
                throw damaged("it counts " + count + " fields");
            }
            long names = HEAD_BYTES + (long) count * FIELD_BYTES;
            for (int f = 0; f < count; f++) {
                long entry = HEAD_BYTES + (long) f * FIELD_BYTES;
                int nameLength = OffHeap.getInt(head, entry + 36);
                int analyzerLength = OffHeap.getInt(head, entry + 40);
                String fieldName = string(names, nameLength);
                String analyzer = string(names + nameLength, analyzerLength);
                names += nameLength + analyzerLength;
                Field field = new Field(
                        new TextField(fieldName, analyzer, 1),
                        OffHeap.getLong(head, entry),
                        OffHeap.getLong(head, entry + 8),
                        OffHeap.getLong(head, entry + 16),
                        OffHeap.getLong(head, entry + 24),
                        OffHeap.getInt(head, entry + 32));
                if (field.rows < 0
                        || field.rows > rows
                        || field.words < field.rows
                        || field.blocks < 0
                        || field.at < 0
                        || field.at + (long) field.blocks * BLOCK_BYTES > head.byteSize()) {
                    throw damaged("it tells of a field " + field);
                }
                fields.add(field);
            }
            return null;
        });
    }

    private String string(long at, int length) {
        if (length < 0 || length > head.byteSize()) {
            throw damaged("a name has " + length + " bytes");
        }
        return new String(OffHeap.getBytes(head, at, length), StandardCharsets.UTF_8);
    }

    static TextIndex ofMemory(String name, int rows, byte[] head, byte[] terms, byte[] postings, byte[] positions) {
        MemorySegment[] sections = {
            MemorySegment.ofArray(terms), MemorySegment.ofArray(postings), MemorySegment.ofArray(positions)
        };
        return new TextIndex(name, rows, MemorySegment.ofArray(head), new Bytes() {
            @Override
            public MemorySegment section(Part part) {
                return sections[part.ordinal()];
            }

            @Override
            public void fetch(List<Range> ranges) {
                // All of it is here.
            }
        });
    }

    CorruptDataException damaged(String why) {
        return new CorruptDataException("The words of segment " + name + " are damaged: " + why
                + ". Restore the object from a backup or a bucket version.");
    }

    /** Bytes that lead out of a section are not what was written. */
    <T> T guarded(Supplier<T> read) {
        try {
            return read.get();
        } catch (IndexOutOfBoundsException
                | NegativeArraySizeException
                | BufferUnderflowException
                | IllegalArgumentException e) {
            CorruptDataException damaged = damaged("they do not fit their section");
            damaged.initCause(e);
            throw damaged;
        }
    }

    int rows() {
        return rows;
    }

    Field field(int number) {
        return fields.get(number);
    }

    /** The number of a field in this index, or -1 if it has no such field with this analyzer. */
    int number(TextField wanted) {
        for (int f = 0; f < fields.size(); f++) {
            TextField has = fields.get(f).field;
            if (has.name().equals(wanted.name()) && has.analyzer().equals(wanted.analyzer())) {
                return f;
            }
        }
        return -1;
    }

    /** Whether all of these are in it. */
    public boolean has(List<TextField> wanted) {
        return wanted.stream().allMatch(f -> number(f) >= 0);
    }

    /** @param field its number */
    record Key(int field, Term term) {}

    /** A word in UTF-8. */
    record Term(byte[] bytes) {
        static Term of(String word) {
            return new Term(word.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Term t && Arrays.equals(bytes, t.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** Of these terms those that are there. */
    Map<Key, Entry> find(List<Key> keys) {
        return guarded(() -> {
            Map<Key, Integer> blocks = new HashMap<>();
            List<Range> ranges = new ArrayList<>();
            for (Key k : keys) {
                int block = block(fields.get(k.field), k.term.bytes);
                if (block >= 0) {
                    blocks.put(k, block);
                    ranges.add(range(fields.get(k.field), block));
                }
            }
            bytes.fetch(ranges);
            Map<Key, Entry> found = new HashMap<>();
            blocks.forEach((k, b) -> {
                Terms terms = terms(fields.get(k.field), b);
                for (Entry e; (e = terms.next()) != null; ) {
                    int order = Arrays.compareUnsigned(e.term, k.term.bytes);
                    if (order == 0) {
                        found.put(k, e);
                    }
                    if (order >= 0) {
                        break;
                    }
                }
            });
            return found;
        });
    }

    /** Terms that start with a prefix and how many rows have each; of very many the first in their order. */
    Map<Term, Integer> withPrefix(int fieldNumber, byte[] prefix) {
        return guarded(() -> {
            Field field = fields.get(fieldNumber);
            Map<Term, Integer> found = new HashMap<>();
            int first = Math.max(0, block(field, prefix));
            int last = first;
            List<Range> ranges = new ArrayList<>();
            while (last < field.blocks
                    && (last - first) < MOST_WITH_PREFIX / TERMS_IN_BLOCK
                    && (last == first || startsWith(firstTerm(field, last), prefix))) {
                ranges.add(range(field, last));
                last++;
            }
            bytes.fetch(ranges);
            for (int b = first; b < last; b++) {
                Terms terms = terms(field, b);
                for (Entry e; (e = terms.next()) != null; ) {
                    if (startsWith(e.term, prefix)) {
                        found.put(new Term(e.term), e.rows);
                    }
                }
            }
            return found;
        });
    }

    private static boolean startsWith(byte[] term, byte[] prefix) {
        return term.length >= prefix.length && Arrays.equals(term, 0, prefix.length, prefix, 0, prefix.length);
    }

    /** The postings of these terms, and their positions where they are needed. */
    void fetch(List<Entry> entries, List<Entry> withPositions) {
        List<Range> ranges = new ArrayList<>();
        for (Entry e : entries) {
            ranges.add(new Range(Part.POSTINGS, e.postings, e.postingsLength, e.postingsSum));
        }
        for (Entry e : withPositions) {
            ranges.add(new Range(Part.POSITIONS, e.positions, e.positionsLength, e.positionsSum));
        }
        guarded(() -> {
            bytes.fetch(ranges);
            return null;
        });
    }

    MemorySegment section(Part part) {
        return bytes.section(part);
    }

    /** The block in which a term must lie if it is there, or -1. */
    private int block(Field field, byte[] term) {
        int low = 0;
        int high = field.blocks;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Arrays.compareUnsigned(firstTerm(field, middle), term) <= 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low - 1;
    }

    private byte[] firstTerm(Field field, int block) {
        long entry = field.at + (long) block * BLOCK_BYTES;
        long strings = field.at + (long) field.blocks * BLOCK_BYTES;
        int length = OffHeap.getInt(head, entry + 20);
        if (length < 0 || length > TextBuilder.MOST_TERM_BYTES) {
            throw damaged("a term has " + length + " bytes");
        }
        return OffHeap.getBytes(head, strings + (OffHeap.getInt(head, entry + 16) & 0xFFFFFFFFL), length);
    }

    private Range range(Field field, int block) {
        long entry = field.at + (long) block * BLOCK_BYTES;
        Range range = new Range(
                Part.TERMS,
                OffHeap.getLong(head, entry),
                OffHeap.getInt(head, entry + 8),
                OffHeap.getInt(head, entry + 12));
        if (range.offset < 0
                || range.length < 0
                || range.offset > bytes.section(Part.TERMS).byteSize() - range.length) {
            throw damaged("a block of terms lies outside");
        }
        return range;
    }

    private Terms terms(Field field, int block) {
        Range range = range(field, block);
        return new Terms(ByteBuffer.wrap(OffHeap.getBytes(bytes.section(Part.TERMS), range.offset, (int) range.length))
                .order(ByteOrder.LITTLE_ENDIAN));
    }

    /** The terms of a block, one after the other. */
    private final class Terms {
        private final ByteBuffer in;
        private long postings;
        private long positions;
        private byte[] last = new byte[0];

        Terms(ByteBuffer in) {
            this.in = in;
            this.postings = in.getLong();
            this.positions = in.getLong();
        }

        Entry next() {
            if (!in.hasRemaining()) {
                return null;
            }
            int shared = varint(in);
            int more = varint(in);
            if (shared > last.length || more > TextBuilder.MOST_TERM_BYTES) {
                throw damaged("a term shares " + shared + " bytes of " + last.length);
            }
            byte[] term = Arrays.copyOf(last, shared + more);
            in.get(term, shared, more);
            Entry e = new Entry(term, varint(in), postings, varint(in), 0, positions, varint(in), 0);
            e = new Entry(
                    term, e.rows, postings, e.postingsLength, in.getInt(), positions, e.positionsLength, in.getInt());
            if (e.rows < 1
                    || e.rows > rows
                    || postings < 0
                    || positions < 0
                    || postings > section(Part.POSTINGS).byteSize() - e.postingsLength
                    || positions > section(Part.POSITIONS).byteSize() - e.positionsLength) {
                throw damaged("a term has " + e.rows + " rows");
            }
            postings += e.postingsLength;
            positions += e.positionsLength;
            last = term;
            return e;
        }
    }

    /** Not negative. */
    static int varint(ByteBuffer in) {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            byte b = in.get();
            value |= (b & 0x7F) << shift;
            if (b >= 0) {
                if (value < 0) {
                    break;
                }
                return value;
            }
        }
        throw new IllegalArgumentException("a number is too long");
    }
}
