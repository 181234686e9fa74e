package dev.quiver.embeddings.words;

import dev.quiver.embeddings.Matrix;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Words and their vectors in memory. Files of vectors say nothing of frequencies but list frequent words first; where there are no counts, a word's
 * frequency follows from its rank by Zipf's law.
 */
public final class WordVectors implements WordEmbedder {
    private final Vocabulary vocabulary;
    private final Matrix vectors;
    private final boolean counted;
    private final double harmonic;

    /** @param counted whether the vocabulary's counts are real */
    WordVectors(Vocabulary vocabulary, Matrix vectors, boolean counted) {
        this.vocabulary = vocabulary;
        this.vectors = vectors;
        this.counted = counted;
        this.harmonic = Math.log(Math.max(1, vocabulary.size())) + 0.5772156649;
    }

    /** The vectors of a vocabulary with counts: row i is of word i. */
    public static WordVectors of(Vocabulary vocabulary, Matrix vectors) {
        if (vocabulary.size() > vectors.rows()) {
            throw new IllegalArgumentException(
                    "There are " + vocabulary.size() + " words, but " + vectors.rows() + " vectors.");
        }
        return new WordVectors(vocabulary, vectors, true);
    }

    /** Reads a whole file, in the given format or, if that is null, the one that it shows. Of a word that is there twice, the first vector counts. */
    public static WordVectors read(Path file, WordVectorFormat format) throws IOException {
        try (WordVectorReader reader = WordVectorReader.open(file, format)) {
            VocabularyBuilder words = new VocabularyBuilder(Integer.MAX_VALUE);
            Matrix matrix =
                    new Matrix(Math.max(16, Math.toIntExact(reader.expected().orElse(1024))), reader.dimension());
            while (reader.next()) {
                byte[] word = reader.word().getBytes(StandardCharsets.UTF_8);
                int before = words.size();
                int i = words.add(word, 0, word.length);
                if (i < before) {
                    continue;
                }
                if (i == matrix.rows()) {
                    Matrix larger = new Matrix(Math.multiplyExact(2, matrix.rows()), matrix.dimension());
                    larger.memory().copyFrom(matrix.memory());
                    matrix = larger;
                }
                matrix.set(i, reader.vector());
            }
            return new WordVectors(words.buildAsSeen(), matrix, false);
        }
    }

    public Vocabulary vocabulary() {
        return vocabulary;
    }

    public Matrix vectors() {
        return vectors;
    }

    @Override
    public int dimension() {
        return vectors.dimension();
    }

    @Override
    public Optional<float[]> vector(String word) {
        int i = vocabulary.find(word);
        return i < 0 ? Optional.empty() : Optional.of(vectors.row(i));
    }

    @Override
    public double frequency(String word) {
        int i = vocabulary.find(word);
        if (counted) {
            return (i < 0 ? 0.5 : vocabulary.count(i)) / Math.max(1.0, vocabulary.tokens());
        }
        return 1 / (harmonic * ((i < 0 ? vocabulary.size() : i) + 1));
    }
}
