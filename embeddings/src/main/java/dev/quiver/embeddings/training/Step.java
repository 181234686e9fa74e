package dev.quiver.embeddings.training;

import dev.quiver.embeddings.Matrix;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * One update of negative sampling, which all architectures have in common: some input rows, whose mean is the hidden vector, predict some targets one
 * after the other, each against negatives.
 *
 * <p>fastText makes the mean anew and changes all input rows at every target. Here the mean moves along with the rows that it is the mean of: if each of n rows gets the
 * gradient g, so does their mean (rows that are there k times get it k times: Σk²/n times g). The rows are read once before and written once after all targets, with the
 * same result up to rounding; with n-grams, which make twenty rows of a word, that is most of the work.
 *
 * <p>Belongs to one thread; the matrices may be shared, without locks (Recht et al., Hogwild, 2011, https://arxiv.org/abs/1106.5730).
 */
final class Step {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = F.length();
    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8, 1, true);
    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    private static final int SIGMOIDS = 1024;
    private static final float FARTHEST = 8;
    private static final float[] SIGMOID = new float[SIGMOIDS + 1];
    private static final int TRIES = 64;
    private static final int LOGS = 512;
    private static final float[] LOG = new float[LOGS + 1];

    static {
        for (int i = 0; i <= SIGMOIDS; i++) {
            SIGMOID[i] = (float) (1 / (1 + Math.exp(-(i * 2.0 * FARTHEST / SIGMOIDS - FARTHEST))));
        }
        for (int i = 0; i <= LOGS; i++) {
            LOG[i] = (float) Math.log((i + 1e-5) / LOGS);
        }
    }

    private final MemorySegment input;
    private final MemorySegment output;
    private final int stride;
    private final long rowBytes;
    private final AliasTable negatives;
    private final SplitMix random;
    private final int neg;
    private final int words;

    private final float[] hidden;
    private final float[] gradient;
    private final long[] rows;
    private final float[] scores;

    private double loss;
    private long examples;

    Step(Matrix input, Matrix output, AliasTable negatives, int neg, SplitMix random) {
        this.input = input.memory();
        this.output = output.memory();
        this.stride = input.stride();
        this.rowBytes = 4L * stride;
        this.negatives = negatives;
        this.random = random;
        this.neg = neg;
        this.words = output.rows();
        this.hidden = new float[stride];
        this.gradient = new float[stride];
        this.rows = new long[neg + 1];
        this.scores = new float[neg + 1];
    }

    /** Sum over the examples since the last time that it was asked for. */
    double takeLoss() {
        double sum = loss;
        loss = 0;
        return sum;
    }

    long takeExamples() {
        long n = examples;
        examples = 0;
        return n;
    }

    /** How much the mean of these rows moves when each of them does. */
    static float gain(int[] inputs, int count) {
        if (count == 1) {
            return 1;
        }
        int[] sorted = Arrays.copyOf(inputs, count);
        Arrays.sort(sorted);
        long squares = 0;
        for (int i = 0, run = 0; i < count; i++) {
            run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
            // The sum of the first k odd numbers is k².
            squares += 2L * run - 1;
        }
        return (float) ((double) squares / count);
    }

    /** Input rows predict targets, and both learn. */
    void train(int[] inputs, int count, float gain, int[] targets, int targetCount, float rate) {
        begin(inputs, count);
        for (int t = 0; t < targetCount; t++) {
            draw(targets[t]);
            score();
            rate(rate);
            learn(output, rows, scores, neg + 1, hidden, gradient, gain, stride);
        }
        examples += targetCount;
        for (int i = 0; i < count; i++) {
            add(gradient, input, rowBytes * inputs[i], stride);
        }
    }

    /** The same, but only the first input row learns: what a finished model does with a new document. */
    void infer(int[] inputs, int count, int[] targets, int targetCount, float rate) {
        begin(inputs, count);
        for (int t = 0; t < targetCount; t++) {
            draw(targets[t]);
            score();
            rate(rate);
            follow(output, rows, scores, neg + 1, hidden, gradient, 1f / count, stride);
        }
        examples += targetCount;
        add(gradient, input, rowBytes * inputs[0], stride);
    }

    private void begin(int[] inputs, int count) {
        if (count == 1) {
            load(input, rowBytes * inputs[0], hidden, stride);
        } else {
            mean(inputs, count);
        }
        Arrays.fill(gradient, 0);
    }

    private void mean(int[] inputs, int count) {
        float share = 1f / count;
        for (int i = 0; i < stride; i += LANES) {
            FloatVector sum = FloatVector.zero(F);
            long offset = 4L * i;
            for (int r = 0; r < count; r++) {
                sum = sum.add(FloatVector.fromMemorySegment(F, input, rowBytes * inputs[r] + offset, LE));
            }
            sum.mul(share).intoArray(hidden, i);
        }
    }

    private void draw(int target) {
        rows[0] = rowBytes * target;
        for (int n = 1; n <= neg; n++) {
            int negative = negatives.draw(random);
            // Among few words one may be nearly all there is; it is not waited for another for ever.
            for (int tries = 0; negative == target && tries < TRIES; tries++) {
                negative = negatives.draw(random);
            }
            rows[n] = rowBytes * (negative != target ? negative : (target + 1) % words);
        }
    }

    private void score() {
        int r = 0;
        for (; r + 3 <= neg + 1; r += 3) {
            dot3(output, rows[r], rows[r + 1], rows[r + 2], hidden, stride, scores, r);
        }
        for (; r <= neg; r++) {
            scores[r] = dot(output, rows[r], hidden, stride);
        }
    }

    /** From scores to what each row is multiplied with. */
    private void rate(float rate) {
        double sum = 0;
        for (int r = 0; r <= neg; r++) {
            float s = sigmoid(scores[r]);
            sum -= LOG[(int) ((r == 0 ? s : 1 - s) * LOGS)];
            scores[r] = rate * ((r == 0 ? 1 : 0) - s);
        }
        loss += sum;
    }

    private static float sigmoid(float x) {
        if (x >= FARTHEST) {
            return 1;
        }
        if (!(x > -FARTHEST)) {
            return 0;
        }
        return SIGMOID[(int) ((x + FARTHEST) * (SIGMOIDS / (2 * FARTHEST)) + 0.5f)];
    }

    private static void load(MemorySegment from, long row, float[] into, int stride) {
        for (int i = 0; i < stride; i += LANES) {
            FloatVector.fromMemorySegment(F, from, row + 4L * i, LE).intoArray(into, i);
        }
    }

    private static void add(float[] values, MemorySegment to, long row, int stride) {
        for (int i = 0; i < stride; i += LANES) {
            FloatVector.fromMemorySegment(F, to, row + 4L * i, LE)
                    .add(FloatVector.fromArray(F, values, i))
                    .intoMemorySegment(to, row + 4L * i, LE);
        }
    }

    /**
     * One half added to the other, and so on. In which order {@code reduceLanes} adds is open, and another before a loop is compiled than after, so with it a seed would not give the same bits.
     */
    private static float sum(FloatVector v) {
        FloatVector s = v;
        if (LANES > 8) {
            s = s.add(s.rearrange(BY_8));
        }
        if (LANES > 4) {
            s = s.add(s.rearrange(BY_4));
        }
        s = s.add(s.rearrange(BY_2));
        return s.add(s.rearrange(BY_1)).lane(0);
    }

    private static float dot(MemorySegment m, long row, float[] h, int stride) {
        FloatVector sum = FloatVector.zero(F);
        for (int i = 0; i < stride; i += LANES) {
            sum = FloatVector.fromMemorySegment(F, m, row + 4L * i, LE).fma(FloatVector.fromArray(F, h, i), sum);
        }
        return sum(sum);
    }

    /** Three at once, so that one does not wait for the sums of another. */
    private static void dot3(
            MemorySegment m, long row0, long row1, long row2, float[] h, int stride, float[] scores, int at) {
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = FloatVector.zero(F);
        FloatVector s2 = FloatVector.zero(F);
        for (int i = 0; i < stride; i += LANES) {
            FloatVector v = FloatVector.fromArray(F, h, i);
            long offset = 4L * i;
            s0 = FloatVector.fromMemorySegment(F, m, row0 + offset, LE).fma(v, s0);
            s1 = FloatVector.fromMemorySegment(F, m, row1 + offset, LE).fma(v, s1);
            s2 = FloatVector.fromMemorySegment(F, m, row2 + offset, LE).fma(v, s2);
        }
        scores[at] = sum(s0);
        scores[at + 1] = sum(s1);
        scores[at + 2] = sum(s2);
    }

    /** Moves the output rows towards or away from the hidden vector, and the hidden vector likewise. */
    private static void learn(
            MemorySegment m,
            long[] rows,
            float[] scores,
            int count,
            float[] hidden,
            float[] gradient,
            float gain,
            int stride) {
        for (int i = 0; i < stride; i += LANES) {
            FloatVector h = FloatVector.fromArray(F, hidden, i);
            FloatVector g = FloatVector.zero(F);
            long offset = 4L * i;
            for (int r = 0; r < count; r++) {
                FloatVector alpha = FloatVector.broadcast(F, scores[r]);
                FloatVector w = FloatVector.fromMemorySegment(F, m, rows[r] + offset, LE);
                g = w.fma(alpha, g);
                h.fma(alpha, w).intoMemorySegment(m, rows[r] + offset, LE);
            }
            g.fma(FloatVector.broadcast(F, gain), h).intoArray(hidden, i);
            g.add(FloatVector.fromArray(F, gradient, i)).intoArray(gradient, i);
        }
    }

    /** Moves the hidden vector only. */
    private static void follow(
            MemorySegment m,
            long[] rows,
            float[] scores,
            int count,
            float[] hidden,
            float[] gradient,
            float gain,
            int stride) {
        for (int i = 0; i < stride; i += LANES) {
            FloatVector g = FloatVector.zero(F);
            for (int r = 0; r < count; r++) {
                g = FloatVector.fromMemorySegment(F, m, rows[r] + 4L * i, LE)
                        .fma(FloatVector.broadcast(F, scores[r]), g);
            }
            g.fma(FloatVector.broadcast(F, gain), FloatVector.fromArray(F, hidden, i))
                    .intoArray(hidden, i);
            g.add(FloatVector.fromArray(F, gradient, i)).intoArray(gradient, i);
        }
    }
}
