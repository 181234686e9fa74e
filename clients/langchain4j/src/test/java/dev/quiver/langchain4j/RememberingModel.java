package dev.quiver.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2q.AllMiniLmL6V2QuantizedEmbeddingModel;
import dev.langchain4j.model.output.Response;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A real model that embeds each text once: the suites of LangChain4j embed the same few texts thousands of times. */
final class RememberingModel implements EmbeddingModel {
    static final int DIMENSION = 384;

    static final EmbeddingModel INSTANCE = new RememberingModel();

    private final EmbeddingModel model = new AllMiniLmL6V2QuantizedEmbeddingModel();
    private final Map<String, Embedding> known = new ConcurrentHashMap<>();

    private RememberingModel() {}

    @Override
    public Response<List<Embedding>> embedAll(List<TextSegment> segments) {
        return Response.from(segments.stream()
                .map(s -> known.computeIfAbsent(
                        s.text(), text -> model.embed(text).content()))
                .toList());
    }
}
