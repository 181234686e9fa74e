package dev.quiver.embeddings.training;

import dev.quiver.embeddings.words.Subwords;

/**
 * Settings of the trainer, under fastText's names and with its defaults for vectors of words.
 *
 * @param dim size of the vectors
 * @param ws size of the context window
 * @param epoch how often the corpus is read
 * @param minCount words that occur less often are left out
 * @param neg negatives drawn for each example
 * @param minn shortest n-gram of characters
 * @param maxn longest; 0 for none
 * @param bucket of n-grams
 * @param lr learning rate at the start; it falls to 0
 * @param t frequency above which words are left out at times; 0 keeps all
 * @param power of the frequencies with which negatives are drawn: 0.5 in fastText, 0.75 in word2vec
 * @param thread how many threads; 0 for as many as there are cores. With one the result depends on nothing but corpus, settings and the width of the machine's registers
 */
public record TrainingSettings(
        Architecture architecture,
        int dim,
        int ws,
        int epoch,
        int minCount,
        int neg,
        int minn,
        int maxn,
        int bucket,
        double lr,
        double t,
        double power,
        int thread,
        long seed) {
    private static final int MOST_DIMENSIONS = 4096;

    public TrainingSettings {
        within("dim", dim, 1, MOST_DIMENSIONS);
        within("ws", ws, 1, 1000);
        within("epoch", epoch, 1, 1_000_000);
        within("minCount", minCount, 1, Integer.MAX_VALUE);
        within("neg", neg, 1, 1000);
        within("thread", thread, 0, 1024);
        within("bucket", bucket, 0, 500_000_000);
        within("maxn", maxn, 0, 100);
        within("minn", minn, 0, 100);
        new Subwords(minn, maxn, bucket);
        if (!(lr > 0 && lr <= 10)) {
            throw new IllegalArgumentException("lr is " + lr + "; let it be above 0 and at most 10.");
        }
        if (!(t >= 0 && t <= 1)) {
            throw new IllegalArgumentException("t is " + t + "; let it be from 0 to 1.");
        }
        if (!(power >= -2 && power <= 2)) {
            throw new IllegalArgumentException("power is " + power + "; let it be from -2 to 2.");
        }
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; let it be from " + least + " to " + most + ".");
        }
    }

    /** fastText's own. */
    public static TrainingSettings fastText() {
        return new TrainingSettings(Architecture.SKIPGRAM, 100, 5, 5, 5, 5, 3, 6, 2_000_000, 0.05, 1e-4, 0.5, 0, 0);
    }

    /** word2vec: no n-grams, and negatives drawn as there. */
    public static TrainingSettings word2vec() {
        return new TrainingSettings(Architecture.SKIPGRAM, 100, 5, 5, 5, 5, 0, 0, 0, 0.05, 1e-4, 0.75, 0, 0);
    }

    public TrainingSettings withArchitecture(Architecture value) {
        return new TrainingSettings(
                value, dim, ws, epoch, minCount, neg, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withDim(int value) {
        return new TrainingSettings(
                architecture, value, ws, epoch, minCount, neg, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withWs(int value) {
        return new TrainingSettings(
                architecture, dim, value, epoch, minCount, neg, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withEpoch(int value) {
        return new TrainingSettings(
                architecture, dim, ws, value, minCount, neg, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withMinCount(int value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, value, neg, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withNeg(int value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, value, minn, maxn, bucket, lr, t, power, thread, seed);
    }

    public TrainingSettings withSubwords(int least, int most, int buckets) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, least, most, buckets, lr, t, power, thread, seed);
    }

    public TrainingSettings withLr(double value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, minn, maxn, bucket, value, t, power, thread, seed);
    }

    public TrainingSettings withT(double value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, minn, maxn, bucket, lr, value, power, thread, seed);
    }

    public TrainingSettings withPower(double value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, minn, maxn, bucket, lr, t, value, thread, seed);
    }

    public TrainingSettings withThread(int value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, minn, maxn, bucket, lr, t, power, value, seed);
    }

    public TrainingSettings withSeed(long value) {
        return new TrainingSettings(
                architecture, dim, ws, epoch, minCount, neg, minn, maxn, bucket, lr, t, power, thread, value);
    }

    public Subwords subwords() {
        return maxn == 0 ? Subwords.NONE : new Subwords(minn, maxn, bucket);
    }

    int threads() {
        return thread == 0 ? Runtime.getRuntime().availableProcessors() : thread;
    }
}
