package dev.quiver.index.cluster;

/**
 * A random orthogonal map that costs d·log d: rounds of random sign flips, a fast Walsh–Hadamard transform over a power of two of the components, and a
 * Kac step that mixes the two halves, so that no dimension needs padding. It spreads every vector's weight evenly over its components, which is what
 * codes of one or two bits need. Defined by its seed alone.
 *
 * <p>Round r of {@value #ROUNDS}: flip the sign of component i if bit i mod 64 of word w = ⌊i/64⌋ is set, where word w is {@code mix(seed + (64r + w + 1)·0x9E3779B97F4A7C15)} and mix the finalizer of SplitMix64;
 * transform components [0, p) in even rounds and [d−p, d) in odd ones, where p is the largest power of two ≤ d, and scale them by 1/√p; if p &lt; d, replace each pair
 * (xᵢ, xᵢ₊ₕ), h = ⌊d/2⌋, i &lt; h, by its sum and difference over √2.
 */
public final class Rotation {
    private static final int ROUNDS = 4;
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private final int dimension;
    private final int power;
    private final float[][] signs;

    public Rotation(int dimension, long seed) {
        this.dimension = dimension;
        this.power = Integer.highestOneBit(dimension);
        this.signs = new float[ROUNDS][dimension];
        float scale = (float) (1 / Math.sqrt(power));
        for (int r = 0; r < ROUNDS; r++) {
            int start = start(r);
            for (int i = 0; i < dimension; i++) {
                long word = mix(seed + (r * 64L + (i >>> 6) + 1) * GAMMA);
                float sign = (word >>> i & 1) == 0 ? 1 : -1;
                // The transform is linear: its scale goes with the signs.
                signs[r][i] = i >= start && i < start + power ? sign * scale : sign;
            }
        }
    }

    private int start(int round) {
        return (round & 1) == 0 ? 0 : dimension - power;
    }

    private static long mix(long x) {
        long z = x;
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** In place. */
    public void apply(float[] x) {
        float half = (float) Math.sqrt(0.5);
        int h = dimension / 2;
        for (int r = 0; r < ROUNDS; r++) {
            float[] s = signs[r];
            for (int i = 0; i < dimension; i++) {
                x[i] *= s[i];
            }
            hadamard(x, start(r), power);
            if (power < dimension) {
                for (int i = 0; i < h; i++) {
                    float a = x[i];
                    float b = x[i + h];
                    x[i] = (a + b) * half;
                    x[i + h] = (a - b) * half;
                }
            }
        }
    }

    private static void hadamard(float[] x, int start, int length) {
        int end = start + length;
        int step = 1;
        if (length >= 8) {
            // Three steps in registers, for the short ones are no loops that a compiler makes SIMD.
            for (int i = start; i < end; i += 8) {
                float a0 = x[i] + x[i + 1];
                float a1 = x[i] - x[i + 1];
                float a2 = x[i + 2] + x[i + 3];
                float a3 = x[i + 2] - x[i + 3];
                float a4 = x[i + 4] + x[i + 5];
                float a5 = x[i + 4] - x[i + 5];
                float a6 = x[i + 6] + x[i + 7];
                float a7 = x[i + 6] - x[i + 7];
                float b0 = a0 + a2;
                float b1 = a1 + a3;
                float b2 = a0 - a2;
                float b3 = a1 - a3;
                float b4 = a4 + a6;
                float b5 = a5 + a7;
                float b6 = a4 - a6;
                float b7 = a5 - a7;
                x[i] = b0 + b4;
                x[i + 1] = b1 + b5;
                x[i + 2] = b2 + b6;
                x[i + 3] = b3 + b7;
                x[i + 4] = b0 - b4;
                x[i + 5] = b1 - b5;
                x[i + 6] = b2 - b6;
                x[i + 7] = b3 - b7;
            }
            step = 8;
        }
        for (; step < length; step <<= 1) {
            for (int i = start; i < end; i += 2 * step) {
                for (int j = i; j < i + step; j++) {
                    float a = x[j];
                    float b = x[j + step];
                    x[j] = a + b;
                    x[j + step] = a - b;
                }
            }
        }
    }
}
