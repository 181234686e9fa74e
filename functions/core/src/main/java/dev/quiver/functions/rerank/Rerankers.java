package dev.quiver.functions.rerank;

import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.model.scoring.ScoringModel;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.QuiverConfig.RerankModel;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.IntFunction;

/** The models that put hits in a better order, by the names that the configuration gives them. Each is loaded, or connected to, at first use. */
public final class Rerankers implements AutoCloseable {
    /** Those behind HTTP, and where they are. */
    private static final Map<String, String> APIS = Map.of(
            "cohere", "https://api.cohere.com/v2",
            "jina", "https://api.jina.ai/v1",
            "voyage", "https://api.voyageai.com/v1");

    private static final int MOST_RETRIES = 10;

    private final Map<String, RerankModel> configured = new TreeMap<>();
    private final Map<String, ScoringModel> loaded = new TreeMap<>();
    private final Optional<String> defaultModel;
    private final Optional<String> region;
    private final IntFunction<Backoff> backoffs;

    /** @throws IllegalArgumentException if a model is not configured whole */
    public Rerankers(QuiverConfig config) {
        this(config, Backoff::of);
    }

    /** @param backoffs by how often is asked again */
    Rerankers(QuiverConfig config, IntFunction<Backoff> backoffs) {
        this.backoffs = backoffs;
        configured.putAll(config.rerank().models());
        configured.forEach(Rerankers::check);
        region = config.s3().region();
        defaultModel = config.rerank()
                .model()
                .or(() -> configured.size() == 1
                        ? Optional.of(configured.keySet().iterator().next())
                        : Optional.empty());
        defaultModel.filter(m -> !configured.containsKey(m)).ifPresent(m -> {
            throw new IllegalArgumentException("quiver.rerank.model is '" + m + "', which is none of "
                    + String.join(", ", configured.keySet()) + ".");
        });
    }

    private static void check(String name, RerankModel c) {
        String setting = "quiver.rerank.models.\"" + name + "\"";
        boolean isLocal = c.provider().equals("onnx");
        if (!isLocal && !c.provider().equals("bedrock") && !APIS.containsKey(c.provider())) {
            throw new IllegalArgumentException("The provider of " + setting + " is '" + c.provider()
                    + "'; use one of onnx, cohere, jina, voyage, bedrock.");
        }
        if (isLocal && (c.file().isEmpty() || c.tokenizer().isEmpty())) {
            throw new IllegalArgumentException(setting + " is an ONNX model: set " + setting
                    + ".file to its model.onnx and " + setting + ".tokenizer to its tokenizer.json.");
        }
        if (!isLocal && c.modelName().isEmpty()) {
            throw new IllegalArgumentException("Set " + setting + ".model-name to the provider's name of the model.");
        }
        if (c.maxRetries() < 0 || c.maxRetries() > MOST_RETRIES) {
            throw new IllegalArgumentException(
                    setting + ".max-retries is " + c.maxRetries() + ", it must be 0 to " + MOST_RETRIES + ".");
        }
        if (c.window() < 8) {
            throw new IllegalArgumentException(
                    setting + ".window is " + c.window() + ", it must be at least 8 tokens.");
        }
    }

    /**
     * How well texts go with a query: higher is better, and comparable within one call only.
     *
     * @param name null for the default model
     * @param pointer where the request names it
     * @return a score for each text
     * @throws ProblemException if there is no such model, or it failed
     */
    public List<Double> score(String name, String pointer, String query, List<String> texts) {
        String model = name == null ? defaultModel.orElse(null) : name;
        if (model == null || !configured.containsKey(model)) {
            throw ProblemException.at(
                    Kind.MODEL_NOT_FOUND,
                    pointer,
                    configured.isEmpty()
                            ? "No reranker is configured. Set quiver.rerank.models.\"NAME\".provider and what goes with it."
                            : (name == null
                                            ? "Name a reranker. They are: "
                                            : "There is no reranker '" + name + "'. They are: ")
                                    + String.join(", ", configured.keySet()) + ".");
        }
        if (texts.isEmpty()) {
            return List.of();
        }
        try {
            List<Double> scores = load(model)
                    .scoreAll(texts.stream().map(TextSegment::from).toList(), query)
                    .content();
            if (!scores.stream().allMatch(Double::isFinite)) {
                throw new IllegalStateException("it answered with scores that are no numbers");
            }
            return scores;
        } catch (RuntimeException e) {
            throw new ProblemException(Kind.MODEL_FAILED, "The reranker '" + model + "' failed: " + e.getMessage(), e);
        }
    }

    private synchronized ScoringModel load(String name) {
        return loaded.computeIfAbsent(name, _ -> {
            RerankModel c = configured.get(name);
            return switch (c.provider()) {
                case "onnx" ->
                    new CrossEncoder(
                            Path.of(c.file().orElseThrow()),
                            Path.of(c.tokenizer().orElseThrow()),
                            c.window(),
                            Runtime.getRuntime().availableProcessors());
                case "bedrock" ->
                    new BedrockReranker(c.modelName().orElseThrow(), region, c.baseUrl(), c.timeout(), c.maxRetries());
                default ->
                    new RerankApi(
                            c.baseUrl().orElse(APIS.get(c.provider())),
                            c.modelName().orElseThrow(),
                            c.apiKey(),
                            c.timeout(),
                            backoffs.apply(c.maxRetries()));
            };
        });
    }

    @Override
    public synchronized void close() {
        for (ScoringModel model : loaded.values()) {
            switch (model) {
                case CrossEncoder c -> c.close();
                case BedrockReranker b -> b.close();
                case RerankApi a -> a.close();
                default -> {}
            }
        }
        loaded.clear();
    }
}
