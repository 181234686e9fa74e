package dev.quiver.functions.embedding;

import dev.langchain4j.model.bedrock.BedrockTitanEmbeddingModel;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.ollama.OllamaEmbeddingModel;
import dev.langchain4j.model.openai.OpenAiEmbeddingModel;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.QuiverConfig.RemoteModel;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import software.amazon.awssdk.regions.Region;

/** The embedding models by name: those that come along, those that the configuration adds, and those that lie in the store. */
public final class EmbeddingModels implements AutoCloseable {
    private static final List<String> PROVIDERS = List.of("openai", "ollama", "bedrock");

    private static final Shelf NONE = new Shelf() {
        @Override
        public Optional<TextEmbedder> find(String reference, EmbeddingModels all) {
            return Optional.empty();
        }

        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public void close() {}
    };

    private final Map<String, TextEmbedder> models = new TreeMap<>();
    private final String defaultModel;
    private final Shelf shelf;

    /** Models that come and go while this process runs. */
    public interface Shelf extends AutoCloseable {
        /**
         * @param reference a name, or a name with a version
         * @param all where a model finds the one that it builds on
         */
        Optional<TextEmbedder> find(String reference, EmbeddingModels all);

        /** In order, without versions. */
        List<String> names();

        @Override
        void close();
    }

    /** Without a store. */
    public EmbeddingModels(QuiverConfig config) {
        this(config, NONE);
    }

    /** @param shelf asked for names that are neither built in nor configured */
    public EmbeddingModels(QuiverConfig config, Shelf shelf) {
        this.shelf = shelf;
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
        if (!PROVIDERS.contains(c.provider())) {
            throw new IllegalArgumentException("The provider of quiver.embedding.models.\"" + name + "\" is '"
                    + c.provider() + "'; use one of " + String.join(", ", PROVIDERS) + ".");
        }
        return new RemoteTextEmbedder(name, c, () -> switch (c.provider()) {
            case "openai" -> openAi(c);
            case "ollama" ->
                OllamaEmbeddingModel.builder()
                        .baseUrl(c.baseUrl().orElse("http://127.0.0.1:11434"))
                        .modelName(c.modelName())
                        .build();
            default -> bedrock(c, config);
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
     * @param pointer where the request names it, empty if it does not
     * @throws ProblemException if there is none of this name
     */
    public TextEmbedder get(String name, String pointer) {
        String wanted = name == null ? defaultModel : name;
        return find(wanted).orElseThrow(() -> {
            String detail =
                    "There is no embedding model '" + wanted + "'. The models are: " + String.join(", ", names()) + ".";
            return pointer.isEmpty()
                    ? new ProblemException(Kind.MODEL_NOT_FOUND, detail)
                    : ProblemException.at(Kind.MODEL_NOT_FOUND, pointer, detail);
        });
    }

    public Optional<TextEmbedder> find(String name) {
        TextEmbedder own = models.get(name);
        return own == null ? shelf.find(name, this) : Optional.of(own);
    }

    /** Whether a model in the store would never be found under this name. */
    public boolean isTaken(String name) {
        return models.containsKey(name);
    }

    /** All there are, in the order of their names. Asks the store. */
    public Set<String> names() {
        Set<String> names = new TreeSet<>(models.keySet());
        names.addAll(shelf.names());
        return Collections.unmodifiableSet(names);
    }

    @Override
    public void close() {
        models.values().forEach(TextEmbedder::close);
        shelf.close();
    }
}
