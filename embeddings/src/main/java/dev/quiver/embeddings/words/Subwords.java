package dev.quiver.embeddings.words;

import java.util.Arrays;

/**
 * The n-grams of a word and the buckets that they fall into, exactly as fastText finds them: characters of UTF-8, the word between {@code <} and {@code >},
 * FNV-1a with sign-extended bytes. See Bojanowski et al., Enriching Word Vectors with Subword Information, 2017 (https://arxiv.org/abs/1607.04606).
 *
 * @param minn the shortest, in characters
 * @param maxn the longest; 0 for none
 */
public record Subwords(int minn, int maxn, int buckets) {
    public static final Subwords NONE = new Subwords(0, 0, 0);
    /** What stands for a line's end in vocabularies of fastText; it has no n-grams. */
    public static final String LINE_END = "</s>";

    public Subwords {
        if (minn < 0 || maxn < 0 || maxn > 0 && minn > maxn) {
            throw new IllegalArgumentException(
                    "n-grams from " + minn + " to " + maxn + " characters are not possible. Let minn be at most maxn.");
        }
        if (maxn > 0 && buckets < 1) {
            throw new IllegalArgumentException("n-grams need buckets. Set bucket to at least 1, or maxn to 0.");
        }
    }

    /** Buckets of the n-grams of a word, in fastText's order; an n-gram that is there twice is listed twice. */
    public int[] of(byte[] word) {
        if (maxn == 0) {
            return new int[0];
        }
        byte[] marked = new byte[word.length + 2];
        marked[0] = '<';
        System.arraycopy(word, 0, marked, 1, word.length);
        marked[word.length + 1] = '>';
        int[] found = new int[16];
        int size = 0;
        for (int i = 0; i < marked.length; i++) {
            if (continues(marked[i])) {
                continue;
            }
            int hash = 0x811C9DC5;
            for (int j = i, n = 1; j < marked.length && n <= maxn; n++) {
                do {
                    hash = (hash ^ marked[j++]) * 0x01000193;
                } while (j < marked.length && continues(marked[j]));
                if (n >= minn && !(n == 1 && (i == 0 || j == marked.length))) {
                    if (size == found.length) {
                        found = Arrays.copyOf(found, size * 2);
                    }
                    found[size++] = Integer.remainderUnsigned(hash, buckets);
                }
            }
        }
        return Arrays.copyOf(found, size);
    }

    private static boolean continues(byte b) {
        return (b & 0xC0) == 0x80;
    }
}
