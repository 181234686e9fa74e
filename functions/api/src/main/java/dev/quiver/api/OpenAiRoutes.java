package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.api.OpenAiMessages.EmbeddingItem;
import dev.quiver.api.OpenAiMessages.EmbeddingList;
import dev.quiver.api.OpenAiMessages.ModelItem;
import dev.quiver.api.OpenAiMessages.ModelList;
import dev.quiver.api.OpenAiMessages.OpenAiError;
import dev.quiver.api.OpenAiMessages.OpenAiErrorBody;
import dev.quiver.api.OpenAiMessages.TokenUsage;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.embedding.TextEmbedder;
import dev.quiver.functions.embedding.TextEmbedder.Embedded;
import dev.quiver.functions.operation.Limits;
import dev.quiver.functions.problem.Problem;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.Problems;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jboss.logging.Logger;

/**
 * {@code /v1/embeddings} and {@code /v1/models}, as clients of OpenAI's API expect them: {@code embed} in OpenAI's words, its errors among them. What OpenAI has and a model here has not, such as token ids
 * or fewer dimensions, is refused and not ignored, because the vectors would be wrong.
 */
@ApplicationScoped
public class OpenAiRoutes {
    private static final Logger LOG = Logger.getLogger(OpenAiRoutes.class);

    /** After {@link ProblemRoutes}, which leaves the failures of other paths to others, and before Quarkus' error page. */
    private static final int FIRST = -999_999;

    private static final String INVALID = "invalid_request_error";

    private final Quiver quiver;
    private final Access access;
    private final ObjectMapper json;
    private final boolean enabled;
    private final boolean truncate;
    private final OpenAiModels models;

    OpenAiRoutes(Quiver quiver, Access access, ObjectMapper json, QuiverConfig config) {
        this.quiver = quiver;
        this.access = access;
        this.json = json;
        this.enabled = config.openai().enabled();
        this.truncate = config.openai().truncate();
        this.models =
                new OpenAiModels(quiver.models(), config.openai().aliases().orElse(List.of()));
    }

    void install(@Observes Router router) {
        if (!enabled) {
            return;
        }
        router.route("/v1/*").order(FIRST).failureHandler(this::failed);
        // After the body has been read and before Funqy's route; models work on a thread that may block.
        router.post("/v1/embeddings").order(-1).blockingHandler(this::embeddings, false);
        router.get("/v1/models").order(-1).blockingHandler(this::list, false);
        router.get("/v1/models/:model").order(-1).blockingHandler(this::retrieve, false);
        router.route("/v1/*").order(-1).handler(OpenAiRoutes::unknown);
    }

    /** Ends a request with an error in OpenAI's form. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final transient OpenAiErrorBody error;

        Refused(int status, String param, String code, String message) {
            super(message, null, false, false);
            this.status = status;
            this.error = new OpenAiErrorBody(message, INVALID, param, code);
        }

        Refused(String param, String message) {
            this(Kind.INVALID_REQUEST.status(), param, null, message);
        }
    }

    /**
     * A request that was read.
     *
     * @param input one text or more
     */
    private record Call(OpenAiModels.Choice choice, List<String> input, boolean base64) {}

    private void embeddings(RoutingContext context) {
        access.check(context.request(), Scope.READ);
        Call call = read(body(context));
        TextEmbedder model = call.choice.model();
        Embedded embedded = model.embed(call.input, call.choice.purpose());
        if (!embedded.truncations().isEmpty()) {
            truncated(context, model, embedded.truncations());
        }
        List<EmbeddingItem> data = new ArrayList<>();
        for (float[] vector : embedded.vectors()) {
            data.add(new EmbeddingItem("embedding", data.size(), call.base64 ? base64(vector) : vector));
        }
        long tokens = embedded.tokens()
                .orElseGet(
                        () -> call.input.stream().mapToLong(model::countTokens).sum());
        answer(context, 200, new EmbeddingList("list", data, model.model(), new TokenUsage(tokens, tokens)));
    }

    /** OpenAI refuses what is too long, and its answers have no place to say what was cut off. */
    private void truncated(RoutingContext context, TextEmbedder model, List<TextEmbedder.Truncation> truncations) {
        if (!truncate) {
            TextEmbedder.Truncation first = truncations.getFirst();
            throw new Refused(
                    Kind.INVALID_REQUEST.status(),
                    "input",
                    "context_length_exceeded",
                    "The text input[" + first.index() + "] has " + first.tokens() + " tokens, and the model "
                            + model.model() + " reads at most " + first.used()
                            + ". Send shorter texts, or have what is longer cut off: quiver.openai.truncate=true.");
        }
        context.response()
                .putHeader(
                        "Quiver-Truncated",
                        truncations.stream()
                                .map(t -> Integer.toString(t.index()))
                                .collect(Collectors.joining(",")));
    }

    private JsonNode body(RoutingContext context) {
        if (!ProblemRoutes.isJson(context.request().getHeader("Content-Type"))) {
            throw new Refused(
                    Kind.UNSUPPORTED_MEDIA_TYPE.status(),
                    null,
                    null,
                    "Send the body as Content-Type: application/json.");
        }
        Buffer body = context.body() == null ? null : context.body().buffer();
        JsonNode request;
        try {
            request = json.readTree(body == null ? new byte[0] : body.getBytes());
        } catch (JacksonException e) {
            throw new Refused(null, Problems.ofJson(e).detail());
        } catch (IOException e) {
            throw new Refused(null, "The body could not be read: " + e.getMessage());
        }
        if (!request.isObject()) {
            throw new Refused(null, "The body is not a JSON object. Send a JSON object as the body.");
        }
        return request;
    }

    private Call read(JsonNode request) {
        if (!request.path("model").isTextual()) {
            throw new Refused(
                    "model", "You must provide a model parameter: one of " + String.join(", ", models.names()) + ".");
        }
        String name = request.path("model").textValue();
        OpenAiModels.Choice choice = models.choose(name).orElseThrow(() -> noModel(name));
        List<String> input = input(request.path("input"), choice.model());
        JsonNode format = request.path("encoding_format");
        boolean base64 = format.asText().equals("base64");
        if (!absent(format) && !base64 && !format.asText().equals("float")) {
            throw new Refused("encoding_format", "The encoding_format is " + format + ", it must be float or base64.");
        }
        JsonNode dimensions = request.path("dimensions");
        int dimension = choice.model().dimension();
        if (!absent(dimensions) && !(dimensions.canConvertToExactIntegral() && dimensions.asLong() == dimension)) {
            throw new Refused(
                    "dimensions",
                    "The model " + choice.model().model() + " makes vectors of " + dimension
                            + " components and no others: it was not trained so that they could be shortened. Leave dimensions out.");
        }
        return new Call(choice, input, base64);
    }

    private static List<String> input(JsonNode input, TextEmbedder model) {
        if (absent(input)) {
            throw new Refused("input", "You must provide an input parameter: a text, or an array of texts.");
        }
        if (input.isTextual()) {
            return List.of(text(input, "input", model));
        }
        if (!input.isArray() || input.isEmpty()) {
            throw new Refused("input", "The input must be a text, or an array of one text or more.");
        }
        if (input.size() > Limits.INPUTS) {
            throw new Refused(
                    "input",
                    "There are " + input.size() + " texts, at most " + Limits.INPUTS
                            + " go in one request. Send several.");
        }
        List<String> texts = new ArrayList<>(input.size());
        for (JsonNode text : input) {
            texts.add(text(text, "input[" + texts.size() + "]", model));
        }
        return texts;
    }

    private static String text(JsonNode text, String at, TextEmbedder model) {
        if (text.isNumber() || (text.isArray() && text.path(0).isNumber())) {
            throw new Refused(
                    "input",
                    "The input is token ids. The tokens of " + model.model()
                            + " are not OpenAI's: send texts. LangChain's OpenAIEmbeddings (Python) does with check_embedding_ctx_length=False.");
        }
        if (!text.isTextual()) {
            throw new Refused("input", at + " is not a text.");
        }
        if (text.textValue().isBlank()) {
            throw new Refused("input", at + " is blank. Leave it out, there is nothing to embed.");
        }
        return text.textValue();
    }

    /** Clients write null for what they leave out. */
    private static boolean absent(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    private static String base64(float[] vector) {
        ByteBuffer bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    private void list(RoutingContext context) {
        access.check(context.request(), Scope.READ);
        answer(
                context,
                200,
                new ModelList(
                        "list", models.names().stream().map(OpenAiRoutes::model).toList()));
    }

    private void retrieve(RoutingContext context) {
        access.check(context.request(), Scope.READ);
        String name = context.pathParam("model");
        if (models.choose(name).isEmpty()) {
            throw noModel(name);
        }
        answer(context, 200, model(name));
    }

    private static ModelItem model(String name) {
        return new ModelItem(name, "model", 0, "quiver");
    }

    private Refused noModel(String name) {
        return new Refused(
                Kind.MODEL_NOT_FOUND.status(),
                "model",
                "model_not_found",
                "The model '" + name + "' does not exist. The models are: " + String.join(", ", models.names())
                        + ". For a client that insists on a name of its own, set quiver.openai.aliases=" + name + "="
                        + models.names().getFirst() + ".");
    }

    private static void unknown(RoutingContext context) {
        String path = context.normalizedPath();
        HttpMethod method = context.request().method();
        boolean known = path.equals("/v1/embeddings") || path.startsWith("/v1/models");
        if (method.equals(HttpMethod.OPTIONS)) {
            context.next();
        } else if (known) {
            String allowed = path.equals("/v1/embeddings") ? "POST" : "GET";
            context.response().putHeader("Allow", allowed);
            context.fail(new Refused(
                    Kind.METHOD_NOT_ALLOWED.status(),
                    null,
                    "method_not_allowed",
                    "Not allowed: " + method + " " + path + ". Use " + allowed + "."));
        } else {
            context.fail(
                    new Refused(
                            Kind.NOT_FOUND.status(),
                            null,
                            "unknown_url",
                            "Unknown request URL: " + method + " " + path
                                    + ". Of OpenAI's API there are POST /v1/embeddings, GET /v1/models and GET /v1/models/{model}."));
        }
    }

    private void failed(RoutingContext context) {
        if (context.failure() instanceof Refused r) {
            answer(context, r.status, new OpenAiError(r.error));
            return;
        }
        Problem problem = problem(context);
        if (problem.status() == Kind.UNAUTHORIZED.status()) {
            context.response().putHeader("WWW-Authenticate", "Bearer");
        }
        answer(context, problem.status(), new OpenAiError(error(problem)));
    }

    private static Problem problem(RoutingContext context) {
        if (context.failure() == null && context.statusCode() == Kind.TOO_LARGE.status()) {
            return ProblemRoutes.tooLarge();
        }
        return Problems.of(context.failure()).orElseGet(() -> {
            LOG.errorf(context.failure(), "%s failed", context.request().path());
            return Problem.of(
                    Kind.INTERNAL, "This is a defect of Quiver; its log has the details. Please report it.", List.of());
        });
    }

    /** OpenAI's type by what a client may do about it, its code by ours. */
    private static OpenAiErrorBody error(Problem problem) {
        String code = problem.type().equals(Kind.UNAUTHORIZED.type())
                ? "invalid_api_key"
                : problem.type()
                        .substring(problem.type().lastIndexOf(':') + 1)
                        .toLowerCase(Locale.ROOT)
                        .replace('-', '_');
        return new OpenAiErrorBody(
                problem.detail(), problem.status() < Kind.INTERNAL.status() ? INVALID : "server_error", null, code);
    }

    private void answer(RoutingContext context, int status, Object body) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        try {
            context.response()
                    .setStatusCode(status)
                    .putHeader("Content-Type", "application/json")
                    .end(Buffer.buffer(json.writeValueAsBytes(body)));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
