package dev.quiver.cli;

import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Purpose;
import java.util.ArrayList;
import java.util.List;

/** Many texts to vectors, with a line that tells how far it is. */
record Texts(TextEmbedder model) {
    private static final int AT_ONCE = 256;

    List<float[]> queries(List<String> texts) {
        return embed(texts, Purpose.QUERY, "queries");
    }

    List<float[]> documents(List<String> texts) {
        return embed(texts, Purpose.DOCUMENT, "documents");
    }

    private List<float[]> embed(List<String> texts, Purpose purpose, String what) {
        List<float[]> vectors = new ArrayList<>(texts.size());
        for (int at = 0; at < texts.size(); at += AT_ONCE) {
            vectors.addAll(model.embed(texts.subList(at, Math.min(texts.size(), at + AT_ONCE)), purpose)
                    .vectors());
            if (Terminal.interactive()) {
                System.err.printf("\r%s: %,d of %,d %s ", model.model(), vectors.size(), texts.size(), what);
            }
        }
        if (Terminal.interactive()) {
            System.err.print("\r\033[K");
        }
        return vectors;
    }
}
