package dev.quiver.embeddings.items;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.Vocabulary;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * What else belongs into a basket. The product of an item's input vector with another's output vector estimates how much more often they are together than by the draw of negatives
 * (Levy and Goldberg, Neural Word Embedding as Implicit Matrix Factorization, 2014), from which the probability of the other follows; these are averaged over the basket. Safe for many threads.
 */
public final class ItemRecommender {
    private final FastTextModel model;
    private final float[][] outputs;
    private final double[] prior;

    /** @param power with which negatives were drawn in training */
    public ItemRecommender(FastTextModel model, double power) {
        Vocabulary items = model.words();
        if (model.output() == null
                || model.output().rows() != items.size()
                || model.arguments().maxn() > 0) {
            throw new InvalidModelException("This is a model of words and not of items.");
        }
        this.model = model;
        this.outputs = new float[items.size()][];
        this.prior = new double[items.size()];
        double t = model.arguments().t();
        for (int i = 0; i < prior.length; i++) {
            outputs[i] = model.output().row(i);
            double f = Math.max(1, items.count(i)) / Math.max(1.0, items.tokens());
            double kept = t == 0 ? 1 : Math.min(1, Math.sqrt(t / f) + t / f);
            prior[i] = power * Math.log(f) - Math.log(kept);
        }
    }

    /** Reads the model that a training with the usual draw of negatives wrote. */
    public static ItemRecommender read(Path file) throws IOException {
        return new ItemRecommender(
                FastTextModel.read(file, true), ItemTraining.defaults().power());
    }

    public FastTextModel model() {
        return model;
    }

    /** @param probability that a next item is this one, by the model, among all that are not in the basket */
    public record Recommendation(String item, double probability) {}

    /**
     * The most probable items for a basket, without those in it. Items that are not known are passed over; nothing is recommended if none is.
     *
     * @param count at least 1
     */
    public List<Recommendation> recommend(Collection<String> basket, int count) {
        if (count < 1) {
            throw new IllegalArgumentException(count + " items cannot be recommended; ask for at least 1.");
        }
        int[] known = basket.stream()
                .mapToInt(model.words()::find)
                .filter(i -> i >= 0)
                .distinct()
                .toArray();
        double[] sum = new double[outputs.length];
        double[] scores = new double[outputs.length];
        for (int item : known) {
            float[] input = model.input().row(item);
            double most = Double.NEGATIVE_INFINITY;
            for (int j = 0; j < scores.length; j++) {
                double dot = 0;
                for (int i = 0; i < input.length; i++) {
                    dot += input[i] * outputs[j][i];
                }
                scores[j] = dot + prior[j];
                most = Math.max(most, scores[j]);
            }
            for (int other : known) {
                scores[other] = Double.NEGATIVE_INFINITY;
            }
            double all = 0;
            for (int j = 0; j < scores.length; j++) {
                scores[j] = Math.exp(scores[j] - most);
                all += scores[j];
            }
            for (int j = 0; all > 0 && j < scores.length; j++) {
                sum[j] += scores[j] / all / known.length;
            }
        }
        PriorityQueue<Integer> best = new PriorityQueue<>(Comparator.comparingDouble(j -> sum[j]));
        for (int j = 0; j < sum.length; j++) {
            if (sum[j] > 0 && (best.size() < count || sum[j] > sum[best.peek()])) {
                best.add(j);
                if (best.size() > count) {
                    best.poll();
                }
            }
        }
        List<Recommendation> result = new ArrayList<>();
        Integer[] order = best.toArray(Integer[]::new);
        Arrays.sort(order, Comparator.comparingDouble((Integer j) -> -sum[j]));
        for (int j : order) {
            result.add(new Recommendation(model.words().text(j), sum[j]));
        }
        return result;
    }
}
