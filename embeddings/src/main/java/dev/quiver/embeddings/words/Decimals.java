package dev.quiver.embeddings.words;

import java.nio.charset.StandardCharsets;

/**
 * Decimal numbers in bytes to float32, correctly rounded, without a string for each. Up to 19 digits and a small power of ten are exact in a double
 * (Clinger 1990); only what is not, or lies just between two floats, takes the JDK's slower way.
 */
final class Decimals {
    private static final double[] POWERS = new double[23];

    static {
        double p = 1;
        for (int i = 0; i < POWERS.length; i++) {
            POWERS[i] = p;
            p *= 10;
        }
    }

    private Decimals() {}

    /** @throws NumberFormatException if it is not a number */
    static float parse(byte[] b, int from, int to) {
        int i = from;
        boolean negative = false;
        if (i < to && (b[i] == '-' || b[i] == '+')) {
            negative = b[i++] == '-';
        }
        long digits = 0;
        int power = 0;
        int seen = 0;
        boolean point = false;
        for (; i < to; i++) {
            int d = b[i] - '0';
            if (d >= 0 && d <= 9) {
                if (digits > Long.MAX_VALUE / 10 - 10) {
                    return slow(b, from, to);
                }
                digits = digits * 10 + d;
                seen++;
                if (point) {
                    power--;
                }
            } else if (b[i] == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (seen == 0) {
            return slow(b, from, to);
        }
        if (i < to && (b[i] == 'e' || b[i] == 'E')) {
            int e = 0;
            i++;
            boolean down = false;
            if (i < to && (b[i] == '-' || b[i] == '+')) {
                down = b[i++] == '-';
            }
            if (i == to || to - i > 4) {
                return slow(b, from, to);
            }
            for (; i < to && b[i] >= '0' && b[i] <= '9'; i++) {
                e = e * 10 + b[i] - '0';
            }
            power += down ? -e : e;
        }
        if (i < to || digits > 1L << 53 || power < -22 || power > 22) {
            return slow(b, from, to);
        }
        double value = power < 0 ? digits / POWERS[-power] : digits * POWERS[power];
        boolean tie = (Double.doubleToRawLongBits(value) & 0x1FFFFFFFL) == 0x10000000L;
        if (tie || value != 0 && value < Float.MIN_NORMAL) {
            return slow(b, from, to);
        }
        return (float) (negative ? -value : value);
    }

    private static float slow(byte[] b, int from, int to) {
        return Float.parseFloat(new String(b, from, to - from, StandardCharsets.ISO_8859_1));
    }
}
