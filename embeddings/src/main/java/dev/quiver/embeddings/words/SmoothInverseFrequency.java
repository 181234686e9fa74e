package dev.quiver.embeddings.words;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Vectors of phrases and sentences out of those of their words: the mean, weighted by a / (a + frequency), less its part along the first principal
 * component of a sample of sentences. See Arora, Liang, Ma, A Simple but Tough-to-Beat Baseline for Sentence Embeddings, 2017
 * (https://openreview.net/forum?id=SyK00v5xx).
 */
public final class SmoothInverseFrequency {
    /** The a of the paper. */
    public static final double WEIGHT = 1e-3;

    private static final Pattern NOT_OF_WORDS = Pattern.compile("[^\\p{L}\\p{M}\\p{N}]+");
    private static final int ITERATIONS = 50;

    private final WordEmbedder words;
    private final float[] component;

    private SmoothInverseFrequency(WordEmbedder words, float[] component) {
        this.words = words;
        this.component = component;
    }

    /** Without a sample, so without the component that sentences have in common. */
    public static SmoothInverseFrequency weighted(WordEmbedder words) {
        return new SmoothInverseFrequency(words, new float[words.dimension()]);
    }

    /** @param sample sentences of the kind that will be embedded; those without a known word do not count */
    public static SmoothInverseFrequency fit(WordEmbedder words, Collection<String> sample) {
        SmoothInverseFrequency plain = weighted(words);
        List<float[]> vectors =
                sample.stream().map(plain::vector).flatMap(Optional::stream).toList();
        return new SmoothInverseFrequency(words, principal(vectors, words.dimension()));
    }

    /** A model that was fitted before. */
    public static SmoothInverseFrequency of(WordEmbedder words, float[] component) {
        if (component.length != words.dimension()) {
            throw new IllegalArgumentException("The component has " + component.length + " values, the words have "
                    + words.dimension() + ". They do not belong together.");
        }
        return new SmoothInverseFrequency(words, component.clone());
    }

    /** The common component, of length 1, or zeros. */
    public float[] component() {
        return component.clone();
    }

    /** Empty if no word of the text is known. */
    public Optional<float[]> vector(String text) {
        double[] sum = new double[words.dimension()];
        int known = 0;
        for (String word : NOT_OF_WORDS.split(text)) {
            if (word.isEmpty()) {
                continue;
            }
            String form = word;
            Optional<float[]> vector = words.vector(word);
            String lower = word.toLowerCase(java.util.Locale.ROOT);
            // Most vocabularies are of lower case; n-grams make up anything, so that frequency decides for them.
            if (!lower.equals(word) && (vector.isEmpty() || words.frequency(lower) > words.frequency(word))) {
                form = lower;
                vector = words.vector(lower);
            }
            if (vector.isPresent()) {
                double weight = WEIGHT / (WEIGHT + words.frequency(form));
                float[] v = vector.get();
                for (int i = 0; i < sum.length; i++) {
                    sum[i] += weight * v[i];
                }
                known++;
            }
        }
        if (known == 0) {
            return Optional.empty();
        }
        double along = 0;
        for (int i = 0; i < sum.length; i++) {
            sum[i] /= known;
            along += sum[i] * component[i];
        }
        float[] result = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            result[i] = (float) (sum[i] - along * component[i]);
        }
        return Optional.of(result);
    }

    /** The first right singular vector, by power iteration; the paper does not centre either. */
    private static float[] principal(List<float[]> vectors, int dimension) {
        double[] v = new double[dimension];
        for (float[] x : vectors) {
            for (int i = 0; i < dimension; i++) {
                v[i] += x[i];
            }
        }
        normalize(v);
        for (int n = 0; n < ITERATIONS; n++) {
            double[] next = new double[dimension];
            for (float[] x : vectors) {
                double dot = 0;
                for (int i = 0; i < dimension; i++) {
                    dot += x[i] * v[i];
                }
                for (int i = 0; i < dimension; i++) {
                    next[i] += dot * x[i];
                }
            }
            normalize(next);
            v = next;
        }
        float[] component = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            component[i] = (float) v[i];
        }
        return component;
    }

    private static void normalize(double[] v) {
        double norm = 0;
        for (double x : v) {
            norm += x * x;
        }
        norm = Math.sqrt(norm);
        if (norm > 0) {
            for (int i = 0; i < v.length; i++) {
                v[i] /= norm;
            }
        }
    }
}
