package dev.quiver.functions.rag;

import dev.langchain4j.model.bedrock.BedrockChatModel;
import dev.langchain4j.model.bedrock.BedrockStreamingChatModel;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.ollama.OllamaChatModel;
import dev.langchain4j.model.ollama.OllamaStreamingChatModel;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.config.QuiverConfig.Chat;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.regions.Region;

/** The language model that the configuration chooses, if any. Clients are made at first use. */
public final class ChatModels {
    private static final String OLLAMA = "http://127.0.0.1:11434";

    private final Chat config;
    private final Optional<String> region;
    private ChatModel chat;
    private StreamingChatModel streaming;

    /** @throws IllegalArgumentException if the configuration names no known provider or lacks the model */
    public ChatModels(QuiverConfig config) {
        this.config = config.chat();
        this.region = config.s3().region();
        if (!List.of("none", "openai", "ollama", "bedrock").contains(this.config.provider())) {
            throw new IllegalArgumentException(
                    "quiver.chat.provider is '" + this.config.provider() + "'; use openai, ollama, bedrock or none.");
        }
        if (available() && this.config.modelName().isEmpty()) {
            throw new IllegalArgumentException(
                    "quiver.chat.provider is '" + this.config.provider() + "': set quiver.chat.model-name too.");
        }
    }

    public boolean available() {
        return !config.provider().equals("none");
    }

    /** How long to wait for an answer, or for its next piece. */
    Duration timeout() {
        return config.timeout();
    }

    /** Provider and model, for answers. */
    public String name(String model) {
        return config.provider() + ":" + (model == null ? config.modelName().orElseThrow() : model);
    }

    public synchronized ChatModel chat() {
        if (chat == null) {
            String model = config.modelName().orElseThrow();
            chat = switch (config.provider()) {
                case "openai" -> {
                    var b = OpenAiChatModel.builder()
                            .modelName(model)
                            .apiKey(config.apiKey().orElse("none"))
                            .timeout(config.timeout());
                    config.baseUrl().ifPresent(b::baseUrl);
                    yield b.build();
                }
                case "ollama" ->
                    OllamaChatModel.builder()
                            .baseUrl(config.baseUrl().orElse(OLLAMA))
                            .modelName(model)
                            .timeout(config.timeout())
                            .build();
                default -> {
                    var b = BedrockChatModel.builder().modelId(model).timeout(config.timeout());
                    region.ifPresent(r -> b.region(Region.of(r)));
                    yield b.build();
                }
            };
        }
        return chat;
    }

    public synchronized StreamingChatModel streaming() {
        if (streaming == null) {
            String model = config.modelName().orElseThrow();
            streaming = switch (config.provider()) {
                case "openai" -> {
                    var b = OpenAiStreamingChatModel.builder()
                            .modelName(model)
                            .apiKey(config.apiKey().orElse("none"))
                            .timeout(config.timeout());
                    config.baseUrl().ifPresent(b::baseUrl);
                    yield b.build();
                }
                case "ollama" ->
                    OllamaStreamingChatModel.builder()
                            .baseUrl(config.baseUrl().orElse(OLLAMA))
                            .modelName(model)
                            .timeout(config.timeout())
                            .build();
                default -> {
                    var b = BedrockStreamingChatModel.builder().modelId(model).timeout(config.timeout());
                    region.ifPresent(r -> b.region(Region.of(r)));
                    yield b.build();
                }
            };
        }
        return streaming;
    }
}
