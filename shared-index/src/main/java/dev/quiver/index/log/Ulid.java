package dev.quiver.index.log;

import java.util.random.RandomGenerator;

/** Names that sort by the time they were made: 48 bits of milliseconds and 80 random bits in Crockford's base 32 (the ULID specification). */
public final class Ulid {
    private static final char[] DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".toCharArray();

    private Ulid() {}

    public static String next(long epochMillis, RandomGenerator random) {
        char[] text = new char[26];
        put(text, 0, 10, epochMillis);
        put(text, 10, 8, random.nextLong());
        put(text, 18, 8, random.nextLong());
        return new String(text);
    }

    private static void put(char[] text, int start, int count, long bits) {
        for (int i = 0; i < count; i++) {
            text[start + i] = DIGITS[(int) (bits >>> (5 * (count - 1 - i))) & 31];
        }
    }
}
