package dev.quiver.embeddings.training;

/**
 * A corpus of numbered words, in chunks that can be read by any thread, in any order and once more: that is what spreads the work, and what a training that was
 * stopped goes on from.
 */
public interface Sentences {

    /** At least 1. */
    int chunks();

    /** In one epoch. */
    long sentences();

    /** Words in one epoch; an estimate, for progress. */
    long tokens();

    /** Sentences in the order of their ordinals. */
    void read(int epoch, int chunk, Consumer consumer);

    /** Takes a sentence. */
    interface Consumer {
        /**
         * @param words of which the first {@code length} are the sentence; may be changed, and is used again
         * @param ordinal of the document that it belongs to
         */
        void sentence(int[] words, int length, int ordinal);
    }
}
