package dev.quiver.functions.models;

import ai.onnxruntime.OrtException;
import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.words.FastTextModel;
import dev.quiver.embeddings.words.SmoothInverseFrequency;
import dev.quiver.embeddings.words.WordVectorFormat;
import dev.quiver.embeddings.words.WordVectors;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.UnknownTextException;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import dev.quiver.index.vector.Vectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Vectors of words as a model of texts: a word that the model knows is its vector, any other text the mean of its words by smooth inverse frequency ({@link SmoothInverseFrequency}). Unknown words do not count, unless fastText's
 * n-grams make them up. Loaded at the first text.
 */
final class WordsEmbedder implements TextEmbedder {
    private final String name;
    private final ModelFile file;
    private final ModelFiles files;
    private volatile Loaded loaded;

    private record Loaded(dev.quiver.embeddings.words.WordEmbedder words, SmoothInverseFrequency sentences) {}

    WordsEmbedder(String name, ModelFile file, ModelFiles files) {
        this.name = name;
        this.file = file;
        this.files = files;
    }

    @Override
    public String model() {
        return name;
    }

    @Override
    public int dimension() {
        return file.dimension();
    }

    /** Texts of any length are read whole. */
    @Override
    public OptionalInt window() {
        return OptionalInt.empty();
    }

    /** Runs of characters between spaces. */
    @Override
    public int countTokens(String text) {
        String stripped = text.strip();
        return stripped.isEmpty() ? 0 : stripped.split("\\s+").length;
    }

    @Override
    public double relevance() {
        return file.relevance();
    }

    @Override
    public Embedded embed(List<String> texts, Purpose purpose) {
        Loaded l = load();
        List<float[]> vectors = new ArrayList<>(texts.size());
        long tokens = 0;
        for (int i = 0; i < texts.size(); i++) {
            String text = texts.get(i).strip();
            Optional<float[]> vector = text.isEmpty() ? Optional.empty() : l.words.vector(text);
            if (vector.isEmpty()) {
                vector = l.sentences.vector(text);
            }
            double norm = vector.map(v -> (double) Vectors.norm(v)).orElse(0.0);
            if (!(norm > 0)) {
                throw new UnknownTextException(
                        i,
                        "The model '" + name + "' knows no word of the text '" + shorten(text)
                                + "'. Leave it out, or use a model that makes up unknown words (fastText's model.bin) or reads whole sentences.");
            }
            vectors.add(file.normalise() ? scaled(vector.get(), norm) : vector.get());
            tokens += countTokens(text);
        }
        return new Embedded(vectors, List.of(), OptionalLong.of(tokens));
    }

    private static float[] scaled(float[] vector, double norm) {
        float[] unit = new float[vector.length];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = (float) (vector[i] / norm);
        }
        return unit;
    }

    private static String shorten(String text) {
        return text.length() <= 60 ? text : text.substring(0, 60) + "…";
    }

    private Loaded load() {
        Loaded l = loaded;
        if (l != null) {
            return l;
        }
        synchronized (this) {
            if (loaded == null) {
                loaded = loadNow();
            }
            return loaded;
        }
    }

    private Loaded loadNow() {
        dev.quiver.embeddings.words.WordEmbedder words;
        try {
            words = files.use(folder -> read(folder.resolve(file.vectors())));
        } catch (InvalidModelException | OrtException | IOException e) {
            throw new ProblemException(
                    Kind.INTERNAL, "The model " + name + " could not be loaded: " + e.getMessage(), e);
        }
        if (words.dimension() != file.dimension()) {
            throw new ProblemException(
                    Kind.INTERNAL,
                    "The model " + name + " could not be loaded: the vectors of " + file.vectors() + " have "
                            + words.dimension() + " components, its model.json says " + file.dimension()
                            + ". Set 'dimension' to " + words.dimension() + ".");
        }
        return new Loaded(words, SmoothInverseFrequency.weighted(words));
    }

    private static dev.quiver.embeddings.words.WordEmbedder read(Path path) throws IOException {
        return WordVectorFormat.of(path) == WordVectorFormat.FASTTEXT_BINARY
                ? FastTextModel.read(path, false)
                : WordVectors.read(path, null);
    }

    @Override
    public synchronized void close() {
        loaded = null;
    }
}
