package dev.quiver.api;

import dev.quiver.api.OpenAiMessages.CreateEmbeddings;
import dev.quiver.api.OpenAiMessages.EmbeddingList;
import dev.quiver.api.OpenAiMessages.ModelItem;
import dev.quiver.api.OpenAiMessages.ModelList;
import dev.quiver.api.OpenAiMessages.OpenAiError;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.parameters.Parameter;
import org.eclipse.microprofile.openapi.models.responses.APIResponses;
import org.jboss.jandex.DotName;

/** The part of the OpenAPI document about {@link OpenAiRoutes}. {@code /mcp} has none: its messages are described by the protocol, its tools by itself. */
final class OpenAiDocument {
    private static final Map<String, Object> EMBEDDINGS_REQUEST =
            Map.of("model", "all-minilm-l6-v2", "input", List.of("How do I roll back a deployment?"));
    private static final Map<String, Object> MODEL =
            Map.of("id", "all-minilm-l6-v2", "object", "model", "created", 0, "owned_by", "quiver");
    private static final Map<String, Object> MODELS = Map.of("object", "list", "data", List.of(MODEL));
    private static final Map<String, Object> EMBEDDINGS = Map.of(
            "object",
            "list",
            "data",
            List.of(Map.of("object", "embedding", "index", 0, "embedding", List.of(0.021, -0.047, 0.033))),
            "model",
            "all-minilm-l6-v2",
            "usage",
            Map.of("prompt_tokens", 9, "total_tokens", 9));

    private OpenAiDocument() {}

    static void addTo(OpenAPI document, Schemas schemas) {
        document.getPaths()
                .addPathItem(
                        "/v1/embeddings",
                        OASFactory.createPathItem()
                                .POST(operation("createEmbeddings", "Make vectors of texts, as OpenAI does")
                                        .requestBody(OASFactory.createRequestBody()
                                                .required(true)
                                                .content(OpenApi.json(
                                                        "application/json",
                                                        schemas.reference(name(CreateEmbeddings.class)),
                                                        EMBEDDINGS_REQUEST)))
                                        .responses(responses(
                                                schemas,
                                                EmbeddingList.class,
                                                EMBEDDINGS,
                                                "400",
                                                "404",
                                                "409",
                                                "413",
                                                "415",
                                                "500",
                                                "502"))))
                .addPathItem(
                        "/v1/models",
                        OASFactory.createPathItem()
                                .GET(operation("listModels", "The embedding models, as OpenAI lists them")
                                        .responses(responses(schemas, ModelList.class, MODELS, "500"))))
                .addPathItem(
                        "/v1/models/{model}",
                        OASFactory.createPathItem()
                                .GET(operation("retrieveModel", "One embedding model, as OpenAI tells of it")
                                        .addParameter(OASFactory.createParameter()
                                                .name("model")
                                                .in(Parameter.In.PATH)
                                                .required(true)
                                                .description("Its name.")
                                                .schema(OASFactory.createSchema()
                                                        .addType(Schema.SchemaType.STRING)))
                                        .responses(responses(schemas, ModelItem.class, MODEL, "404", "500"))));
    }

    private static Operation operation(String id, String summary) {
        return OASFactory.createOperation()
                .operationId(id)
                .addTag("openai")
                .summary(summary)
                .description("There unless `quiver.openai.enabled` is false.");
    }

    private static APIResponses responses(Schemas schemas, Class<?> answer, Object example, String... errors) {
        Map<String, String> words = new TreeMap<>(Map.of(
                "400", "The request is wrong; `param` says where.",
                "404", "There is no such model.",
                "409", "The model makes vectors of another dimension than is configured.",
                "413", "The body is too large.",
                "415", "The body is not JSON.",
                "500", "Quiver failed.",
                "502", "The model's provider failed."));
        words.keySet().retainAll(List.of(errors));
        APIResponses responses = OASFactory.createAPIResponses()
                .addAPIResponse(
                        "200",
                        OASFactory.createAPIResponse()
                                .description("Done.")
                                .content(OpenApi.json("application/json", schemas.reference(name(answer)), example)));
        words.forEach((status, description) -> responses.addAPIResponse(
                status,
                OASFactory.createAPIResponse()
                        .description(description)
                        .content(OpenApi.json("application/json", schemas.reference(name(OpenAiError.class)), null))));
        return responses;
    }

    private static DotName name(Class<?> type) {
        return DotName.createSimple(type);
    }
}
