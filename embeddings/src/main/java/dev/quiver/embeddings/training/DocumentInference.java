package dev.quiver.embeddings.training;

import dev.quiver.embeddings.Matrix;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.Tokens;
import dev.quiver.embeddings.words.Vocabulary;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/** The vector of a document that was not learned from: trained against the finished words, which stay as they are. The same text always gets the same vector. Safe for many threads. */
public final class DocumentInference {
    private static final float RATE = 0.05f;
    private static final int EPOCHS = 50;
    private static final int LONGEST = 100_000;

    private final FastTextModel model;
    private final AliasTable negatives;
    private final boolean context;

    public DocumentInference(FastTextModel model) {
        this.model = model;
        this.negatives = new AliasTable(
                model.words().size(), w -> Math.pow(Math.max(1, model.words().count(w)), 0.75));
        this.context = model.arguments().model() == 1;
    }

    /** Empty if no word is known. Words past the first 100,000 known ones are not read. */
    public Optional<float[]> infer(String text) {
        int[] words = words(text);
        if (words.length == 0) {
            return Optional.empty();
        }
        int dim = model.dimension();
        int ws = model.arguments().ws();
        // The document, and with it the words around the one to be predicted: few rows, which are copied.
        Matrix rows = new Matrix(context ? 2 * ws + 1 : 1, dim);
        SplitMix random = new SplitMix(Arrays.hashCode(words));
        float[] row = new float[dim];
        for (int i = 0; i < dim; i++) {
            row[i] = (2 * random.nextFloat() - 1) / dim;
        }
        rows.set(0, row);
        Step step = new Step(
                rows, model.output(), negatives, Math.max(1, model.arguments().neg()), random);
        int[] inputs = new int[rows.rows()];
        Arrays.setAll(inputs, i -> i);
        int[] targets = new int[1];
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            float rate = RATE * (1 - (float) epoch / EPOCHS);
            if (!context) {
                step.infer(inputs, 1, words, words.length, rate);
                continue;
            }
            for (int w = 0; w < words.length; w++) {
                int reach = 1 + random.nextInt(ws);
                int count = 1;
                for (int c = Math.max(0, w - reach); c <= Math.min(words.length - 1, w + reach); c++) {
                    if (c != w) {
                        model.input().get(words[c], row);
                        rows.set(count++, row);
                    }
                }
                targets[0] = words[w];
                step.infer(inputs, count, targets, 1, rate);
            }
        }
        return Optional.of(rows.row(0));
    }

    private int[] words(String text) {
        Vocabulary vocabulary = model.words();
        int[] words = new int[64];
        int size = 0;
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Tokens in = new Tokens(new ByteArrayInputStream(bytes), "the text")) {
            for (Tokens.Kind kind = in.next(); kind != Tokens.Kind.END && size < LONGEST; kind = in.next()) {
                int word = kind == Tokens.Kind.WORD ? vocabulary.find(in.buffer(), in.from(), in.to()) : -1;
                if (word >= 0) {
                    if (size == words.length) {
                        words = Arrays.copyOf(words, 2 * size);
                    }
                    words[size++] = word;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Arrays.copyOf(words, size);
    }
}
