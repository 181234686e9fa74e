package dev.quiver.functions.embedding;

import dev.langchain4j.model.bedrock.BedrockTitanEmbeddingModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.QuiverConfig.RemoteModel;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.regions.Region;

/** The embedding models by name: those that run in this process, and those that the configuration adds. */
public final class EmbeddingModels implements AutoCloseable {
    private final Map<String, TextEmbedder> models = new TreeMap<>();
    private final String defaultModel;

    public EmbeddingModels(QuiverConfig config) {
        int cores = Runtime.getRuntime().availableProcessors();
        add(new OnnxTextEmbedder(OnnxTextEmbedder.ALL_MINILM_L6_V2, cores));
        add(new OnnxTextEmbedder(OnnxTextEmbedder.BGE_SMALL_EN_V1_5, cores));
        config.embedding().models().forEach((name, remote) -> add(remote(name, remote, config)));
        this.defaultModel = config.embedding().model();
        if (!models.containsKey(defaultModel)) {
            throw new IllegalArgumentException("quiver.embedding.model is '" + defaultModel + "', which is none of "
                    + String.join(", ", models.keySet()) + ".");
        }
    }

    private void add(TextEmbedder embedder) {
        if (models.put(embedder.model(), embedder) != null) {
            throw new IllegalArgumentException("quiver.embedding.models has a model '" + embedder.model()
                    + "', which is the name of a built-in one.");
        }
    }

    private static TextEmbedder remote(String name, RemoteModel c, QuiverConfig config) {
        return new RemoteTextEmbedder(name, c, () -> switch (c.provider()) {
            case "openai" -> openAi(c);
            case "ollama" ->
                OllamaEmbeddingModel.builder()
                        .baseUrl(c.baseUrl().orElse("http://127.0.0.1:11434"))
                        .modelName(c.modelName())
                        .build();
            case "bedrock" -> bedrock(c, config);
            default ->
                throw new ProblemException(
                        Kind.MODEL_NOT_FOUND,
                        "The model '" + name + "' has the provider '" + c.provider()
                                + "'. Use openai, ollama or bedrock.");
        });
    }

    private static EmbeddingModel openAi(RemoteModel c) {
        var builder = OpenAiEmbeddingModel.builder()
                .modelName(c.modelName())
                // Servers of one's own want none; the client wants something.
                .apiKey(c.apiKey().orElse("none"));
        c.baseUrl().ifPresent(builder::baseUrl);
        return builder.build();
    }

    private static EmbeddingModel bedrock(RemoteModel c, QuiverConfig config) {
        var builder = BedrockTitanEmbeddingModel.builder().model(c.modelName());
        config.s3().region().ifPresent(r -> builder.region(Region.of(r)));
        return builder.build();
    }

    /**
     * @param name null for the default model
     * @throws ProblemException if there is none of this name
     */
    public TextEmbedder get(String name) {
        TextEmbedder e = models.get(name == null ? defaultModel : name);
        if (e == null) {
            throw ProblemException.at(
                    Kind.MODEL_NOT_FOUND,
                    "/model",
                    "There is no embedding model '" + name + "'. The models are: " + String.join(", ", models.keySet())
                            + ".");
        }
        return e;
    }

    @Override
    public void close() {
        models.values().forEach(TextEmbedder::close);
    }
}
