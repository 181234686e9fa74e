package dev.quiver.functions.embedding;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.HuggingFaceTokenCountEstimator;
import dev.langchain4j.model.output.Response;
import dev.langchain4j.model.output.TokenUsage;
import dev.quiver.functions.config.QuiverConfig.RemoteModel;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** An embedding model at a provider, behind LangChain4j. The client is made at first use. */
final class RemoteTextEmbedder implements TextEmbedder {
    /** What the providers take in one request; LangChain4j splits further where one takes less. */
    private static final int BATCH = 64;

    private final String model;
    private final RemoteModel config;
    private final Supplier<EmbeddingModel> factory;
    private volatile EmbeddingModel client;
    private volatile HuggingFaceTokenCountEstimator tokens;

    RemoteTextEmbedder(String model, RemoteModel config, Supplier<EmbeddingModel> factory) {
        this.model = model;
        this.config = config;
        this.factory = factory;
    }

    @Override
    public String model() {
        return model;
    }

    @Override
    public int dimension() {
        return config.dimension();
    }

    @Override
    public OptionalInt window() {
        return config.window();
    }

    @Override
    public double relevance() {
        return config.relevance();
    }

    /** With the prefix of documents, which takes its part of the window. */
    @Override
    public int countTokens(String text) {
        return count(config.documentPrefix().orElse("") + text);
    }

    private int count(String text) {
        HuggingFaceTokenCountEstimator t = tokens;
        if (t == null) {
            synchronized (this) {
                if (tokens == null) {
                    tokens = new HuggingFaceTokenCountEstimator();
                }
                t = tokens;
            }
        }
        return t.estimateTokenCountInText(text);
    }

    @Override
    public Embedded embed(List<String> texts, Purpose purpose) {
        String prefix = (purpose == Purpose.QUERY ? config.queryPrefix() : config.documentPrefix()).orElse("");
        List<Truncation> truncations = new ArrayList<>();
        List<TextSegment> segments = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            segments.add(TextSegment.from(fit(prefix + texts.get(i), i, truncations)));
        }
        List<float[]> vectors = new ArrayList<>();
        OptionalLong read = OptionalLong.of(0);
        for (int from = 0; from < segments.size(); from += BATCH) {
            List<TextSegment> batch = segments.subList(from, Math.min(segments.size(), from + BATCH));
            Response<List<Embedding>> answer = call(batch);
            vectors.addAll(vectors(answer, batch.size()));
            read = plus(read, answer.tokenUsage());
        }
        return new Embedded(vectors, truncations, read);
    }

    /** Cuts a text that is too long, where the tokenizer that we have says so, and reports it: providers cut in silence or fail. */
    private String fit(String text, int index, List<Truncation> truncations) {
        if (config.window().isEmpty()) {
            return text;
        }
        int window = config.window().getAsInt();
        int count = count(text);
        if (count <= window) {
            return text;
        }
        int low = 0;
        int high = text.length();
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (count(text.substring(0, middle)) <= window) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        truncations.add(new Truncation(index, count, window));
        int end = Math.max(1, low);
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end + 1 : end);
    }

    private Response<List<Embedding>> call(List<TextSegment> batch) {
        try {
            return client().embedAll(batch);
        } catch (RuntimeException e) {
            throw new ProblemException(
                    Kind.MODEL_FAILED,
                    "The provider '" + config.provider() + "' of the model '" + model + "' failed: " + e.getMessage(),
                    e);
        }
    }

    private static OptionalLong plus(OptionalLong sum, TokenUsage usage) {
        return sum.isEmpty() || usage == null || usage.inputTokenCount() == null
                ? OptionalLong.empty()
                : OptionalLong.of(sum.getAsLong() + usage.inputTokenCount());
    }

    private List<float[]> vectors(Response<List<Embedding>> response, int wanted) {
        List<Embedding> answer = response.content();
        if (answer.size() != wanted) {
            throw new ProblemException(
                    Kind.MODEL_FAILED,
                    "The provider '" + config.provider() + "' of the model '" + model + "' answered with "
                            + answer.size() + " vectors for " + wanted + " texts.");
        }
        List<float[]> vectors = answer.stream().map(Embedding::vector).toList();
        for (float[] v : vectors) {
            if (v.length != config.dimension()) {
                throw new ProblemException(
                        Kind.MODEL_MISMATCH,
                        "The model '" + model + "' is configured with " + config.dimension()
                                + " dimensions and answered with " + v.length + ". Set quiver.embedding.models.\""
                                + model + "\".dimension=" + v.length + ".");
            }
        }
        return vectors;
    }

    private EmbeddingModel client() {
        EmbeddingModel c = client;
        if (c == null) {
            synchronized (this) {
                if (client == null) {
                    client = factory.get();
                }
                c = client;
            }
        }
        return c;
    }

    @Override
    public void close() {}
}
