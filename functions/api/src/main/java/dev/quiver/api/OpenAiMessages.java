package dev.quiver.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * What goes over OpenAI's embeddings API.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/embeddings">Its reference</a>
 */
@RegisterForReflection(
        targets = {
            OpenAiMessages.EmbeddingList.class,
            OpenAiMessages.EmbeddingItem.class,
            OpenAiMessages.TokenUsage.class,
            OpenAiMessages.ModelList.class,
            OpenAiMessages.ModelItem.class,
            OpenAiMessages.OpenAiError.class,
            OpenAiMessages.OpenAiErrorBody.class
        })
final class OpenAiMessages {
    private OpenAiMessages() {}

    /** Only for the OpenAPI document: what comes is read as a tree, because clients may send what is not known here. */
    @Schema(description = "Texts to make vectors of, as OpenAI wants them. Fields that are not known are ignored.")
    record CreateEmbeddings(
            @Schema(
                    description =
                            "A text, or 1 to 2,048 texts, none of them blank. Token ids are refused: the models' tokens are not OpenAI's.",
                    required = true,
                    anyOf = {String.class, String[].class})
            Object input,

            @Schema(
                    description =
                            "A model of /v1/models. With `:query` at its end the texts are embedded as queries, else as documents.",
                    required = true,
                    examples = "all-minilm-l6-v2")
            String model,

            @Schema(
                    name = "encoding_format",
                    description = "Vectors as arrays of numbers, or as little-endian 32-bit floats in base64.",
                    enumeration = {"float", "base64"},
                    defaultValue = "float")
            @JsonProperty("encoding_format")
            String encodingFormat,

            @Schema(description = "The model's own number of components; no model here makes shorter vectors.")
            Integer dimensions,

            @Schema(description = "Ignored.") String user) {}

    @Schema(description = "One vector a text.")
    record EmbeddingList(
            @Schema(description = "Always `list`.", required = true)
            String object,

            @Schema(description = "In the order of the texts.", required = true)
            List<EmbeddingItem> data,

            @Schema(description = "The model that made them.", required = true)
            String model,

            @Schema(description = "What was read.", required = true)
            TokenUsage usage) {}

    @Schema(description = "A vector.")
    record EmbeddingItem(
            @Schema(description = "Always `embedding`.", required = true)
            String object,

            @Schema(description = "Which text, from 0.", required = true)
            int index,

            @Schema(
                    description = "The vector, as `encoding_format` says.",
                    required = true,
                    anyOf = {float[].class, String.class})
            Object embedding) {}

    @Schema(description = "Tokens of the model, not of OpenAI's.")
    record TokenUsage(
            @Schema(name = "prompt_tokens", description = "Tokens that the model has read.", required = true)
            @JsonProperty("prompt_tokens")
            long promptTokens,

            @Schema(name = "total_tokens", description = "The same.", required = true) @JsonProperty("total_tokens")
            long totalTokens) {}

    @Schema(description = "The embedding models.")
    record ModelList(
            @Schema(description = "Always `list`.", required = true)
            String object,

            @Schema(
                    description = "Each model, for documents and with `:query` for queries, and the aliases.",
                    required = true)
            List<ModelItem> data) {}

    @Schema(description = "An embedding model.")
    record ModelItem(
            @Schema(description = "Its name.", required = true)
            String id,

            @Schema(description = "Always `model`.", required = true)
            String object,

            @Schema(description = "Always 0: it is not known.", required = true)
            long created,

            @Schema(name = "owned_by", description = "Always `quiver`.", required = true) @JsonProperty("owned_by")
            String ownedBy) {}

    @Schema(description = "What went wrong, in OpenAI's form.")
    record OpenAiError(
            @Schema(description = "It.", required = true) OpenAiErrorBody error) {}

    @Schema(description = "What went wrong and what to change.")
    @JsonInclude(JsonInclude.Include.ALWAYS)
    record OpenAiErrorBody(
            @Schema(description = "What is wrong here and what to change.", required = true)
            String message,

            @Schema(description = "`invalid_request_error` or `server_error`.", required = true)
            String type,

            @Schema(description = "The field that is wrong, or null.", nullable = true)
            String param,

            @Schema(description = "Names the kind of error, for programs, or null.", nullable = true)
            String code) {}
}
