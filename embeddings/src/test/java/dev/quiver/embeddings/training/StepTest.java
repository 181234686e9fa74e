package dev.quiver.embeddings.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.embeddings.Matrix;
import org.junit.jupiter.api.Test;

class StepTest {
    private static final int WORDS = 40;
    private static final int DIMENSION = 37;
    private static final int NEG = 5;
    private static final float RATE = 0.05f;

    /** Against the loops of fastText as its paper has them: the mean anew for each target, and all inputs changed after each. */
    @Test
    void theMeanThatMovesAlongIsTheMean() {
        int[] inputs = {3, 17, 30, 17, 5, 17};
        int[] targets = {1, 9, 1, 33, 20};
        Matrix in = random(WORDS, 1);
        Matrix out = random(WORDS, 2);
        double[][] expectedIn = copy(in);
        double[][] expectedOut = copy(out);
        AliasTable negatives = new AliasTable(WORDS, w -> 1 + w % 3);
        new Step(in, out, negatives, NEG, new SplitMix(7))
                .train(inputs, inputs.length, Step.gain(inputs, inputs.length), targets, targets.length, RATE);
        reference(expectedIn, expectedOut, inputs, targets, negatives, new SplitMix(7));
        for (int row = 0; row < WORDS; row++) {
            for (int i = 0; i < DIMENSION; i++) {
                assertThat((double) in.row(row)[i]).isCloseTo(expectedIn[row][i], within(2e-3));
                assertThat((double) out.row(row)[i]).isCloseTo(expectedOut[row][i], within(2e-3));
            }
        }
        assertThat(in.row(17))
                .as("something was learned")
                .isNotEqualTo(random(WORDS, 1).row(17));
    }

    private static void reference(
            double[][] in, double[][] out, int[] inputs, int[] targets, AliasTable negatives, SplitMix random) {
        for (int target : targets) {
            double[] hidden = new double[DIMENSION];
            for (int row : inputs) {
                for (int i = 0; i < DIMENSION; i++) {
                    hidden[i] += in[row][i] / inputs.length;
                }
            }
            int[] rows = new int[NEG + 1];
            rows[0] = target;
            for (int n = 1; n <= NEG; n++) {
                do {
                    rows[n] = negatives.draw(random);
                } while (rows[n] == target);
            }
            double[] gradient = new double[DIMENSION];
            for (int r = 0; r <= NEG; r++) {
                double score = 0;
                for (int i = 0; i < DIMENSION; i++) {
                    score += out[rows[r]][i] * hidden[i];
                }
                double alpha = RATE * ((r == 0 ? 1 : 0) - 1 / (1 + Math.exp(-score)));
                for (int i = 0; i < DIMENSION; i++) {
                    gradient[i] += alpha * out[rows[r]][i];
                    out[rows[r]][i] += alpha * hidden[i];
                }
            }
            for (int row : inputs) {
                for (int i = 0; i < DIMENSION; i++) {
                    in[row][i] += gradient[i];
                }
            }
        }
    }

    private static Matrix random(int rows, long seed) {
        Matrix matrix = new Matrix(rows, DIMENSION);
        SplitMix random = new SplitMix(seed);
        for (int row = 0; row < rows; row++) {
            float[] values = new float[DIMENSION];
            for (int i = 0; i < DIMENSION; i++) {
                values[i] = random.nextFloat() - 0.5f;
            }
            matrix.set(row, values);
        }
        return matrix;
    }

    private static double[][] copy(Matrix matrix) {
        double[][] copy = new double[matrix.rows()][DIMENSION];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int i = 0; i < DIMENSION; i++) {
                copy[row][i] = matrix.row(row)[i];
            }
        }
        return copy;
    }

    @Test
    void theMeanOfRowsThatAreThereTwiceMovesTwice() {
        assertThat(Step.gain(new int[] {4, 7, 9}, 3)).isEqualTo(1);
        assertThat(Step.gain(new int[] {4, 7, 4}, 3)).isEqualTo(5f / 3);
        assertThat(Step.gain(new int[] {4, 4, 4}, 3)).isEqualTo(3);
    }

    @Test
    void numbersAreDrawnByTheirWeights() {
        double[] weights = {5, 0, 1, 0.25, 3.75};
        AliasTable table = new AliasTable(weights.length, i -> weights[i]);
        SplitMix random = new SplitMix(3);
        int[] drawn = new int[weights.length];
        for (int i = 0; i < 1_000_000; i++) {
            drawn[table.draw(random)]++;
        }
        for (int i = 0; i < weights.length; i++) {
            assertThat(drawn[i] / 1e6).isCloseTo(weights[i] / 10, within(0.003));
        }
        assertThat(drawn[1]).isLessThan(10);
    }
}
