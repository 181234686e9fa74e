package dev.quiver.embeddings.training;

/** Which rows predict which words: all of them are one update with different inputs and targets. */
public enum Architecture {
    /** A word and its n-grams predict each word near it (Mikolov et al. 2013, https://arxiv.org/abs/1310.4546). */
    SKIPGRAM,
    /** The words near a word, and their n-grams, predict it. */
    CBOW,
    /** A document predicts each of its words: PV-DBOW (Le and Mikolov 2014, https://arxiv.org/abs/1405.4053). */
    DOCUMENT_WORDS,
    /** A document and the words near a word predict it: PV-DM with the mean. */
    DOCUMENT_CONTEXT,
    /** As skip-gram over a set: the items of a sentence are shuffled each time, for their order means nothing (Barkan and Koenigstein 2016, https://arxiv.org/abs/1603.04259). */
    BASKET;

    /** Whether documents have rows of their own. */
    public boolean documents() {
        return this == DOCUMENT_WORDS || this == DOCUMENT_CONTEXT;
    }
}
