package dev.quiver.index.text;

import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.TextField;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/**
 * Inverts rows into what {@link TextIndex} describes. Each text is analyzed once. What has been collected is sorted and put aside when it takes too much memory; in the end these runs are merged, term by term.
 */
public final class TextBuilder implements AutoCloseable {
    /** Longer words are for no one to search. They count as words all the same. */
    public static final int MOST_TERM_BYTES = 512;

    /** Between two strings of one field, so that no phrase reaches from one into the other. */
    static final int GAP = 100;

    /** Bytes that are collected before they are put aside. */
    private static final long MEMORY = 32L << 20;

    /** What a term takes beside its postings, roughly. */
    private static final int TERM_OVERHEAD = 160;

    private final int rows;
    private final IntFunction<byte[]> documents;
    private final List<TextField> fields;
    private final Wanted wanted;
    private final Path folder;
    private final long memory;
    private final List<Map<String, Collected>> collected = new ArrayList<>();
    private final long[] withField;
    private final long[] lengths;
    private final List<Spool> runs = new ArrayList<>();
    private long used;

    private final Spool terms;
    private final Spool postings;
    private final Spool positions;
    private byte[] head;

    /** Which terms are kept. */
    interface Wanted {
        boolean isWanted(int field, String term);
    }

    /**
     * @param documents of a row, see {@link DocumentCodec}
     * @param folder for temporary files; null if all is to stay in memory
     */
    public TextBuilder(int rows, IntFunction<byte[]> documents, List<TextField> fields, Path folder) {
        this(rows, documents, fields, (_, _) -> true, folder, MEMORY);
    }

    TextBuilder(
            int rows, IntFunction<byte[]> documents, List<TextField> fields, Wanted wanted, Path folder, long memory) {
        this.rows = rows;
        this.documents = documents;
        this.fields = fields;
        this.wanted = wanted;
        this.folder = folder;
        this.memory = memory;
        this.withField = new long[fields.size()];
        this.lengths = new long[fields.size()];
        this.terms = new Spool(folder);
        this.postings = new Spool(folder);
        this.positions = new Spool(folder);
        fields.forEach(_ -> collected.add(new HashMap<>()));
    }

    /** Takes a section's bytes, one after the other. */
    public interface Output {
        void put(byte[] bytes) throws IOException;
    }

    /** Reads all rows. */
    public TextBuilder build() throws IOException {
        List<TextAnalyzer> analyzers =
                fields.stream().map(f -> TextAnalyzer.of(f.analyzer())).toList();
        Words words = new Words();
        for (int row = 0; row < rows; row++) {
            DocumentCodec.Document document = DocumentCodec.decode(documents.apply(row));
            for (int f = 0; f < fields.size(); f++) {
                words.clear();
                for (String value : fields.get(f).values(document)) {
                    words.add(analyzers.get(f), value);
                }
                if (words.length > 0) {
                    withField[f]++;
                    lengths[f] += words.length;
                    collect(f, row, words);
                }
            }
            if (used > memory && folder != null) {
                putAside();
            }
        }
        merge();
        return this;
    }

    /** The words of one field of one row. */
    private static final class Words {
        private String[] words = new String[64];
        private int[] positions = new int[64];
        private int count;
        /** Words that stand at one position count as one. */
        private int length;

        private int last;
        private int base;

        void clear() {
            Arrays.fill(words, 0, count, null);
            count = 0;
            length = 0;
            last = -1;
            base = 0;
        }

        void add(TextAnalyzer analyzer, String value) {
            analyzer.analyze(value, (word, position) -> {
                if (count == words.length) {
                    words = Arrays.copyOf(words, 2 * count);
                    positions = Arrays.copyOf(positions, 2 * count);
                }
                int at = base + position;
                if (at != last) {
                    length++;
                    last = at;
                }
                words[count] = word;
                positions[count++] = at;
                return true;
            });
            base = last + GAP;
        }
    }

    /** Postings of one term, in the order of rows: each as varints, the row less the one before, how often, the field's length, and the positions, each less the one before. */
    private static final class Collected {
        private byte[] bytes = new byte[16];
        private int size;
        private int count;
        private int lastRow = -1;

        // Of the row that is collected.
        private int[] positions = new int[2];
        private int found;

        void position(int at) {
            if (found == positions.length) {
                positions = Arrays.copyOf(positions, 2 * found);
            }
            positions[found++] = at;
        }

        /** @return by how many bytes this has grown */
        int end(int row, int length) {
            int before = bytes.length;
            put(row - lastRow);
            put(found);
            put(length);
            int last = 0;
            for (int i = 0; i < found; i++) {
                put(positions[i] - last);
                last = positions[i];
            }
            lastRow = row;
            found = 0;
            count++;
            if (positions.length > 64) {
                positions = new int[2];
            }
            return bytes.length - before;
        }

        private void put(int value) {
            if (bytes.length - size < 5) {
                bytes = Arrays.copyOf(bytes, 2 * bytes.length);
            }
            int v = value;
            while (v > 0x7F) {
                bytes[size++] = (byte) (v | 0x80);
                v >>>= 7;
            }
            bytes[size++] = (byte) v;
        }
    }

    private void collect(int field, int row, Words words) {
        Map<String, Collected> of = collected.get(field);
        List<Collected> touched = new ArrayList<>();
        for (int i = 0; i < words.count; i++) {
            String word = words.words[i];
            if (!wanted.isWanted(field, word)) {
                continue;
            }
            Collected c = of.get(word);
            if (c == null) {
                if (isTooLong(word)) {
                    continue;
                }
                c = new Collected();
                of.put(word, c);
                used += TERM_OVERHEAD + 2L * word.length();
            }
            if (c.found == 0) {
                touched.add(c);
            }
            c.position(words.positions[i]);
        }
        for (Collected c : touched) {
            used += c.end(row, words.length);
        }
    }

    static boolean isTooLong(String word) {
        return word.isEmpty()
                || word.length() > MOST_TERM_BYTES
                || (3 * word.length() > MOST_TERM_BYTES
                        && word.getBytes(StandardCharsets.UTF_8).length > MOST_TERM_BYTES);
    }

    /** A term of a run. */
    private static final class Term {
        private int field;
        private byte[] text;
        private int count;
        private byte[] bytes;
        private int size;
    }

    /** Terms in the order of fields and of their bytes. */
    private interface Run {
        /** @return null at the end; else it may be the same object again */
        Term next() throws IOException;
    }

    private final class InMemory implements Run {
        private record Entry(byte[] text, Collected postings) {}

        private int field = -1;
        private Entry[] sorted = new Entry[0];
        private int at;

        @Override
        public Term next() {
            while (at == sorted.length) {
                if (++field == fields.size()) {
                    return null;
                }
                sorted = collected.get(field).entrySet().stream()
                        .map(e -> new Entry(e.getKey().getBytes(StandardCharsets.UTF_8), e.getValue()))
                        .sorted((a, b) -> Arrays.compareUnsigned(a.text, b.text))
                        .toArray(Entry[]::new);
                at = 0;
            }
            Entry e = sorted[at++];
            Term t = new Term();
            t.field = field;
            t.text = e.text;
            t.count = e.postings.count;
            t.bytes = e.postings.bytes;
            t.size = e.postings.size;
            return t;
        }
    }

    private static final class PutAside implements Run {
        private final Spool.Reader in;

        PutAside(Spool spool) {
            this.in = spool.reader();
        }

        @Override
        public Term next() throws IOException {
            if (!in.hasMore()) {
                return null;
            }
            Term t = new Term();
            t.field = in.varint();
            t.text = new byte[in.varint()];
            in.read(t.text, t.text.length);
            t.count = in.varint();
            t.size = in.varint();
            t.bytes = new byte[t.size];
            in.read(t.bytes, t.size);
            return t;
        }
    }

    private void putAside() throws IOException {
        Spool run = new Spool(folder);
        runs.add(run);
        InMemory sorted = new InMemory();
        for (Term t; (t = sorted.next()) != null; ) {
            run.putVarint(t.field);
            run.putVarint(t.text.length);
            run.put(t.text);
            run.putVarint(t.count);
            run.putVarint(t.size);
            run.put(t.bytes, 0, t.size);
        }
        collected.forEach(Map::clear);
        used = 0;
    }

    private record Cursor(Run run, int number, Term term) {
        private static int order(Cursor a, Cursor b) {
            int order = Integer.compare(a.term.field, b.term.field);
            order = order != 0 ? order : Arrays.compareUnsigned(a.term.text, b.term.text);
            return order != 0 ? order : Integer.compare(a.number, b.number);
        }
    }

    private void merge() throws IOException {
        PriorityQueue<Cursor> cursors = new PriorityQueue<>(Cursor::order);
        for (int i = 0; i < runs.size(); i++) {
            advance(new PutAside(runs.get(i)), i, cursors);
        }
        advance(new InMemory(), runs.size(), cursors);
        Dictionary dictionary = new Dictionary();
        List<Term> same = new ArrayList<>();
        while (!cursors.isEmpty()) {
            same.clear();
            Cursor first = cursors.peek();
            while (!cursors.isEmpty()
                    && cursors.peek().term.field == first.term.field
                    && Arrays.equals(cursors.peek().term.text, first.term.text)) {
                Cursor c = cursors.poll();
                same.add(c.term);
                advance(c.run, c.number, cursors);
            }
            dictionary.add(same);
        }
        head = dictionary.end();
    }

    private static void advance(Run run, int number, PriorityQueue<Cursor> cursors) throws IOException {
        Term next = run.next();
        if (next != null) {
            cursors.add(new Cursor(run, number, next));
        }
    }

    /** Terms as they come, in order. */
    private final class Dictionary {
        private final List<List<Block>> blocks = new ArrayList<>();
        private final long[] count = new long[fields.size()];
        private final PostingsWriter writer = new PostingsWriter(postings, positions);
        private byte[] first;
        private byte[] last;
        private int inBlock;
        private int field;
        private Spool block = new Spool(null);

        private record Block(long at, int length, int sum, byte[] first) {}

        Dictionary() {
            fields.forEach(_ -> blocks.add(new ArrayList<>()));
        }

        void add(List<Term> same) throws IOException {
            Term t = same.getFirst();
            if (inBlock == TextIndex.TERMS_IN_BLOCK || (inBlock > 0 && t.field != field)) {
                endBlock();
            }
            if (inBlock == 0) {
                field = t.field;
                first = t.text;
                last = new byte[0];
                block.put(ByteBuffer.allocate(16)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(postings.length())
                        .putLong(positions.length())
                        .array());
            }
            int shared = Math.max(0, Arrays.mismatch(last, t.text));
            block.putVarint(shared);
            block.putVarint(t.text.length - shared);
            block.put(t.text, shared, t.text.length - shared);
            long postingsAt = postings.length();
            long positionsAt = positions.length();
            int rowsWithTerm = 0;
            for (Term part : same) {
                rowsWithTerm += part.count;
            }
            writer.begin(rowsWithTerm);
            for (Term part : same) {
                writer.add(part.bytes, part.count);
            }
            writer.end();
            block.putVarint(rowsWithTerm);
            block.putVarint(Math.toIntExact(postings.length() - postingsAt));
            block.putVarint(Math.toIntExact(positions.length() - positionsAt));
            block.putInt(postings.sum());
            block.putInt(positions.sum());
            last = t.text;
            inBlock++;
            count[t.field]++;
        }

        private void endBlock() throws IOException {
            int length = (int) block.length();
            byte[] bytes = new byte[length];
            block.reader().read(bytes, length);
            CRC32C crc = new CRC32C();
            crc.update(bytes);
            blocks.get(field).add(new Block(terms.length(), length, (int) crc.getValue(), first));
            terms.put(bytes);
            block = new Spool(null);
            inBlock = 0;
        }

        byte[] end() throws IOException {
            if (inBlock > 0) {
                endBlock();
            }
            Spool out = new Spool(null);
            List<byte[]> names = new ArrayList<>();
            long namesLength = 0;
            for (TextField f : fields) {
                names.add(f.name().getBytes(StandardCharsets.UTF_8));
                names.add(f.analyzer().getBytes(StandardCharsets.UTF_8));
            }
            for (byte[] n : names) {
                namesLength += n.length;
            }
            ByteBuffer entries = ByteBuffer.allocate(TextIndex.HEAD_BYTES + fields.size() * TextIndex.FIELD_BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN);
            entries.putInt(fields.size()).putInt(0);
            long at = entries.capacity() + namesLength;
            for (int f = 0; f < fields.size(); f++) {
                List<Block> of = blocks.get(f);
                entries.putLong(withField[f])
                        .putLong(lengths[f])
                        .putLong(count[f])
                        .putLong(at)
                        .putInt(of.size())
                        .putInt(names.get(2 * f).length)
                        .putInt(names.get(2 * f + 1).length)
                        .putInt(0);
                at += (long) of.size() * TextIndex.BLOCK_BYTES
                        + of.stream().mapToLong(b -> b.first.length).sum();
            }
            out.put(entries.array());
            for (byte[] n : names) {
                out.put(n);
            }
            for (List<Block> of : blocks) {
                int firstAt = 0;
                for (Block b : of) {
                    out.put(ByteBuffer.allocate(TextIndex.BLOCK_BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(b.at)
                            .putInt(b.length)
                            .putInt(b.sum)
                            .putInt(firstAt)
                            .putInt(b.first.length)
                            .array());
                    firstAt += b.first.length;
                }
                for (Block b : of) {
                    out.put(b.first);
                }
            }
            byte[] bytes = new byte[Math.toIntExact(out.length())];
            out.reader().read(bytes, bytes.length);
            return bytes;
        }
    }

    /** The section TEXT. */
    public byte[] head() {
        return head.clone();
    }

    public void writeTerms(Output out) throws IOException {
        terms.copyTo(out::put);
    }

    public void writePostings(Output out) throws IOException {
        postings.copyTo(out::put);
    }

    public void writePositions(Output out) throws IOException {
        positions.copyTo(out::put);
    }

    /** Without a file, of few rows. */
    public TextIndex inMemory(String name) throws IOException {
        return TextIndex.ofMemory(name, rows, head, bytes(terms), bytes(postings), bytes(positions));
    }

    private static byte[] bytes(Spool spool) throws IOException {
        byte[] bytes = new byte[Math.toIntExact(spool.length())];
        spool.reader().read(bytes, bytes.length);
        return bytes;
    }

    @Override
    public void close() throws IOException {
        terms.close();
        postings.close();
        positions.close();
        for (Spool run : runs) {
            run.close();
        }
    }
}
