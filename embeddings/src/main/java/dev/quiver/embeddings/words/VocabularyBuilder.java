package dev.quiver.embeddings.words;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Counts words in bounded memory: when there are too many different ones, the rarest are forgotten, as word2vec and fastText do. */
public final class VocabularyBuilder {
    /** Room for so many different words while they are counted, unless something else is said. */
    public static final int MOST_WORDS = 10_000_000;

    private static final int MOST_BYTES = Integer.MAX_VALUE - 64;

    private final int most;
    private byte[] bytes = new byte[1 << 16];
    private int[] starts = new int[1 << 12];
    private long[] counts = new long[1 << 12];
    private int[] table = table(1 << 12);
    private int size;
    private long threshold = 1;
    private boolean pruned;

    public VocabularyBuilder() {
        this(MOST_WORDS);
    }

    /** @param most different words at once */
    public VocabularyBuilder(int most) {
        if (most < 2) {
            throw new IllegalArgumentException("A vocabulary needs room for at least 2 words, not " + most + ".");
        }
        this.most = most;
    }

    public int size() {
        return size;
    }

    /** Whether rare words were forgotten on the way, so that the counts of some may be too low. */
    public boolean pruned() {
        return pruned;
    }

    /** Counts a word, and returns its number. */
    public int add(byte[] in, int from, int to) {
        return add(in, from, to, 1);
    }

    public int add(byte[] in, int from, int to, long count) {
        int slot = slot(in, from, to);
        int word = table[slot];
        if (word >= 0) {
            counts[word] += count;
            return word;
        }
        if (size >= most || (long) starts[size] + (to - from) > MOST_BYTES) {
            prune();
            slot = slot(in, from, to);
        }
        word = size++;
        if (size >= starts.length - 1) {
            starts = Arrays.copyOf(starts, starts.length * 2);
            counts = Arrays.copyOf(counts, counts.length * 2);
        }
        int end = starts[word] + to - from;
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(MOST_BYTES, Math.max(2L * bytes.length, end)));
        }
        System.arraycopy(in, from, bytes, starts[word], to - from);
        starts[size] = end;
        counts[word] = count;
        table[slot] = word;
        if (2 * size > table.length) {
            rehash(table(2 * size));
        }
        return word;
    }

    /** Words that occur often enough, the most frequent first; equally frequent ones in the order in which they were seen. */
    public Vocabulary build(long minCount) {
        int[] order = IntStream.range(0, size)
                .filter(w -> counts[w] >= minCount)
                .boxed()
                .sorted((a, b) -> Long.compare(counts[b], counts[a]))
                .mapToInt(Integer::intValue)
                .toArray();
        return build(order);
    }

    /** All words in the order in which they were seen. */
    public Vocabulary buildAsSeen() {
        return build(IntStream.range(0, size).toArray());
    }

    private Vocabulary build(int[] order) {
        int[] newStarts = new int[order.length + 1];
        long[] newCounts = new long[order.length];
        for (int i = 0; i < order.length; i++) {
            newStarts[i + 1] = newStarts[i] + starts[order[i] + 1] - starts[order[i]];
            newCounts[i] = counts[order[i]];
        }
        byte[] newBytes = new byte[newStarts[order.length]];
        for (int i = 0; i < order.length; i++) {
            System.arraycopy(bytes, starts[order[i]], newBytes, newStarts[i], newStarts[i + 1] - newStarts[i]);
        }
        return new Vocabulary(newBytes, newStarts, newCounts);
    }

    /** Forgets words until a quarter of the room is free. */
    private void prune() {
        pruned = true;
        int free = most - Math.max(1, most / 4);
        int freeBytes = MOST_BYTES / 4 * 3;
        while (size > free || starts[size] > freeBytes) {
            threshold++;
            int kept = 0;
            for (int w = 0; w < size; w++) {
                if (counts[w] >= threshold) {
                    int length = starts[w + 1] - starts[w];
                    System.arraycopy(bytes, starts[w], bytes, starts[kept], length);
                    counts[kept] = counts[w];
                    starts[++kept] = starts[kept - 1] + length;
                }
            }
            size = kept;
        }
        rehash(table);
    }

    private void rehash(int[] into) {
        Arrays.fill(into, -1);
        table = into;
        int mask = table.length - 1;
        for (int w = 0; w < size; w++) {
            int slot = hash(bytes, starts[w], starts[w + 1]) & mask;
            while (table[slot] >= 0) {
                slot = slot + 1 & mask;
            }
            table[slot] = w;
        }
    }

    private int slot(byte[] in, int from, int to) {
        int mask = table.length - 1;
        int slot = hash(in, from, to) & mask;
        while (table[slot] >= 0 && !Arrays.equals(bytes, starts[table[slot]], starts[table[slot] + 1], in, from, to)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    /** An empty table that is less than half full with so many words. */
    static int[] table(int words) {
        int[] table = new int[Math.max(16, Integer.highestOneBit(Math.max(1, words)) << 2)];
        Arrays.fill(table, -1);
        return table;
    }

    static int hash(byte[] in, int from, int to) {
        int h = 0x811C9DC5;
        for (int i = from; i < to; i++) {
            h = (h ^ in[i]) * 0x01000193;
        }
        // The low bits choose the slot.
        h ^= h >>> 15;
        h *= 0x2C1B3C6D;
        return h ^ h >>> 13;
    }
}
