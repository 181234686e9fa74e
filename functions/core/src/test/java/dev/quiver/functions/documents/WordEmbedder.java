package dev.quiver.functions.documents;

import dev.quiver.functions.embedding.TextEmbedder;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A model for tests that are not about the model: a word is a token, and a text's vector tells its length. Fails on a text that holds POISON. */
final class WordEmbedder implements TextEmbedder {
    static final int DIMENSION = 4;
    static final String POISON = "POISON";

    final List<String> embedded = new ArrayList<>();

    @Override
    public String model() {
        return "words";
    }

    @Override
    public int dimension() {
        return DIMENSION;
    }

    @Override
    public OptionalInt window() {
        return OptionalInt.of(32);
    }

    @Override
    public int countTokens(String text) {
        return text.isBlank() ? 2 : 2 + text.strip().split("\\s+").length;
    }

    @Override
    public double relevance() {
        return 0;
    }

    @Override
    public synchronized Embedded embed(List<String> texts, Purpose purpose) {
        List<float[]> vectors = new ArrayList<>();
        for (String t : texts) {
            if (t.contains(POISON)) {
                throw new IllegalStateException("the model chokes on this");
            }
            embedded.add(t);
            vectors.add(new float[] {1, t.length(), 0, 0});
        }
        return new Embedded(vectors, List.of(), OptionalLong.empty());
    }

    @Override
    public void close() {}
}
