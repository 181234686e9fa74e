package dev.quiver.functions.embedding;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Makes vectors of texts: the port behind which a model runs in this process or at a provider. Safe for many threads. */
public interface TextEmbedder extends AutoCloseable {

    /** What a text is embedded for; some models want the two marked. */
    enum Purpose {
        QUERY,
        DOCUMENT
    }

    /** The name that collections record. */
    String model();

    int dimension();

    /** The longest input in tokens, the model's own start and end marks included; empty if only the provider knows. */
    OptionalInt window();

    /** Tokens that a text takes in the window, marks included; an estimate if the model's tokenizer is not here. */
    int countTokens(String text);

    /** Texts less similar than this are as a rule not about the same thing; depends on how the model was trained. */
    double relevance();

    /** The model that this one builds on, if it does. */
    default Optional<TextEmbedder> base() {
        return Optional.empty();
    }

    /** One vector a text, in order. */
    Embedded embed(List<String> texts, Purpose purpose);

    /**
     * @param vectors one a text
     * @param truncations the texts of which the model has not seen all
     * @param tokens that the model has read, over all texts, marks and prefixes included; empty if a provider does not say
     */
    record Embedded(List<float[]> vectors, List<Truncation> truncations, OptionalLong tokens) {}

    /**
     * @param index which text
     * @param tokens it has
     * @param used how many of them, from the start, the vector stands for
     */
    record Truncation(int index, int tokens, int used) {}

    @Override
    void close();
}
