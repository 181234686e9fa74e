package dev.quiver.embeddings.training;

/** Random numbers with one long of state (Steele, Lea, Flood 2014), without the synchronization and the objects of the JDK's. */
public final class SplitMix {
    private static final long GOLDEN = 0x9E3779B97F4A7C15L;

    private long state;

    public SplitMix(long seed) {
        seed(seed);
    }

    public void seed(long seed) {
        state = mix(seed);
    }

    /** For one of many streams under a seed. */
    public void seed(long seed, long stream) {
        state = mix(mix(seed) + stream * GOLDEN);
    }

    public long nextLong() {
        return mix(state += GOLDEN);
    }

    /** From 0 to below the bound, by a multiplication (Lemire 2019), whose bias is below 2^-32 of the bound. */
    public int nextInt(int bound) {
        return (int) ((nextLong() >>> 32) * bound >>> 32);
    }

    /** From 0 to below 1. */
    public float nextFloat() {
        return (nextLong() >>> 40) * 0x1p-24f;
    }

    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
