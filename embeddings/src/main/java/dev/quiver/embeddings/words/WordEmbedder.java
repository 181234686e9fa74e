package dev.quiver.embeddings.words;

import java.util.Optional;

/** Vectors of words. Safe for many threads. */
public interface WordEmbedder {
    int dimension();

    /** Empty for a word that is not known and cannot be made up from its parts. */
    Optional<float[]> vector(String word);

    /** The share of a word in the text that the vectors were made from, between 0 and 1; of an unknown word, less than that of any known one. */
    double frequency(String word);
}
