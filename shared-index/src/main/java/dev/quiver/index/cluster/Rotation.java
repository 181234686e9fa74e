package dev.quiver.index.cluster;

import dev.quiver.index.vector.KernelChoice;
import dev.quiver.index.vector.Kernels;

/**
 * A random orthogonal map that costs d·log d: rounds of random sign flips, a fast Walsh–Hadamard transform over a power of two of the components, and a
 * Kac step that mixes the two halves, so that no dimension needs padding. It spreads every vector's weight evenly over its components, which is what
 * codes of one or two bits need. Defined by its seed alone.
 *
 * <p>Round r of {@value dev.quiver.index.vector.Kernels#ROTATION_ROUNDS}: flip the sign of component i if bit i mod 64 of word w = ⌊i/64⌋ is set, where word w is {@code mix(seed + (64r + w + 1)·0x9E3779B97F4A7C15)} and mix the finalizer of SplitMix64;
 * transform components [0, p) in even rounds and [d−p, d) in odd ones, where p is the largest power of two ≤ d, and scale them by 1/√p; if p &lt; d, replace each pair
 * (xᵢ, xᵢ₊ₕ), h = ⌊d/2⌋, i &lt; h, by its sum and difference over √2.
 */
public final class Rotation {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private final int dimension;
    private final int power;
    /** By round. */
    private final float[] signs;

    private final Kernels kernels = KernelChoice.best();

    public Rotation(int dimension, long seed) {
        this.dimension = dimension;
        this.power = Integer.highestOneBit(dimension);
        this.signs = new float[Kernels.ROTATION_ROUNDS * dimension];
        float scale = (float) (1 / Math.sqrt(power));
        for (int r = 0; r < Kernels.ROTATION_ROUNDS; r++) {
            int start = start(r);
            for (int i = 0; i < dimension; i++) {
                long word = mix(seed + (r * 64L + (i >>> 6) + 1) * GAMMA);
                float sign = (word >>> i & 1) == 0 ? 1 : -1;
                // The transform is linear: its scale goes with the signs.
                signs[r * dimension + i] = i >= start && i < start + power ? sign * scale : sign;
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
        kernels.rotate(signs, dimension, x);
    }
}
