package dev.quiver.api;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quiver.functions.Quiver;
import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.operation.Messages.CollectionRequest;
import dev.quiver.functions.operation.Messages.CreateCollectionRequest;
import dev.quiver.functions.operation.Messages.FetchRequest;
import dev.quiver.functions.operation.Messages.ListCollectionsResponse;
import dev.quiver.functions.operation.Messages.QueryRequest;
import dev.quiver.functions.operation.Messages.RagRequest;
import dev.quiver.functions.operation.Messages.UpdateRequest;
import dev.quiver.functions.operation.Messages.UpsertRequest;
import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a language model may do with Quiver: some operations under the names and with the words of {@code mcp-tools.json}, which is what a client sees. A tool's arguments are fields of the operation's request, and
 * its answer has the fields of the operation's answer that the tool's schema names, so that neither has to be told twice.
 */
final class McpTools {
    private static final String DESCRIPTIONS = "mcp-tools.json";

    private final Quiver quiver;
    private final ObjectMapper json;
    private final List<Tool> tools = new ArrayList<>();

    /**
     * A tool.
     *
     * @param description as clients get it
     * @param scope without which a key may not use it
     * @param about the argument that names the collection; null if it is about none
     */
    private record Tool(ObjectNode description, Scope scope, String about, Function<Call, Object> operation) {
        String name() {
            return description.path("name").asText();
        }

        boolean changes() {
            return !description.at("/annotations/readOnlyHint").asBoolean();
        }
    }

    private record Call(ObjectNode arguments, ApiKey key) {}

    /** @param readOnly whether tools that change something are left out */
    McpTools(Quiver quiver, ObjectMapper json, boolean readOnly) {
        this.quiver = quiver;
        this.json = json;
        for (JsonNode description : descriptions(json)) {
            Tool tool = tool((ObjectNode) description);
            if (!readOnly || !tool.changes()) {
                tools.add(tool);
            }
        }
    }

    private static JsonNode descriptions(ObjectMapper json) {
        try (InputStream in = McpTools.class.getResourceAsStream(DESCRIPTIONS)) {
            if (in == null) {
                throw new IllegalStateException(DESCRIPTIONS + " is not in this package");
            }
            return json.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Tool tool(ObjectNode description) {
        return switch (description.path("name").asText()) {
            case "list_collections" -> new Tool(description, Scope.READ, null, this::listCollections);
            case "describe_collection" ->
                new Tool(description, Scope.READ, "name", c -> quiver.collections()
                        .describe(read(c, CollectionRequest.class)));
            case "search" ->
                new Tool(description, Scope.READ, "collection", c -> quiver.query()
                        .query(read(c, QueryRequest.class)));
            case "ask" ->
                new Tool(
                        description, Scope.READ, "collection", c -> quiver.rag().answer(read(c, RagRequest.class)));
            case "fetch" ->
                new Tool(description, Scope.READ, "collection", c -> quiver.records()
                        .fetch(read(c, FetchRequest.class)));
            case "upsert" ->
                new Tool(description, Scope.WRITE, "collection", c -> quiver.records()
                        .upsert(read(c, UpsertRequest.class)));
            case "update" ->
                new Tool(description, Scope.WRITE, "collection", c -> quiver.records()
                        .update(read(c, UpdateRequest.class)));
            case "create_collection" ->
                new Tool(description, Scope.ADMIN, "name", c -> quiver.collections()
                        .create(read(c, CreateCollectionRequest.class)));
            default -> throw new IllegalStateException(DESCRIPTIONS + " has a tool that does nothing: " + description);
        };
    }

    private ListCollectionsResponse listCollections(Call call) {
        return new ListCollectionsResponse(quiver.collections().list().collections().stream()
                .filter(call.key::covers)
                .toList());
    }

    private <T> T read(Call call, Class<T> request) {
        try {
            return json.treeToValue(call.arguments, request);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Those that a key may use, in an order that does not change. */
    ArrayNode list(ApiKey key) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        tools.stream().filter(t -> key.scopes().contains(t.scope)).forEach(t -> list.add(t.description));
        return list;
    }

    boolean has(String name) {
        return find(name).isPresent();
    }

    private Optional<Tool> find(String name) {
        return tools.stream().filter(t -> t.name().equals(name)).findFirst();
    }

    /**
     * Does what a tool does.
     *
     * @param name of one that there is
     * @return what its {@code outputSchema} says
     * @throws RuntimeException as operations do
     */
    ObjectNode call(String name, ObjectNode arguments, ApiKey key) {
        Tool tool = find(name).orElseThrow();
        JsonNode schema = tool.description.path("inputSchema");
        refuseUnknown(arguments, schema, "");
        JsonNode about = tool.about == null ? null : arguments.path(tool.about);
        if (about == null) {
            key.check(tool.scope);
        } else {
            key.check(tool.scope, about.isTextual() ? about.textValue() : null);
        }
        ObjectNode answer = json.valueToTree(tool.operation.apply(new Call(arguments, key)));
        retain(answer, tool.description.path("outputSchema"));
        return answer;
    }

    /** Operations have more fields than tools have arguments. */
    private static void refuseUnknown(JsonNode value, JsonNode schema, String at) {
        if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                refuseUnknown(value.get(i), schema.path("items"), at + "/" + i);
            }
            return;
        }
        if (!value.isObject() || !schema.has("properties")) {
            return;
        }
        List<String> known = names(schema);
        List<FieldError> errors = new ArrayList<>();
        for (Map.Entry<String, JsonNode> field : value.properties()) {
            String pointer = at + "/" + field.getKey();
            if (known.contains(field.getKey())) {
                refuseUnknown(field.getValue(), schema.path("properties").path(field.getKey()), pointer);
            } else {
                errors.add(new FieldError(
                        pointer,
                        "There is no argument '" + field.getKey() + "' here. "
                                + (known.isEmpty()
                                        ? "There are none."
                                        : "There are: " + String.join(", ", known) + ".")));
            }
        }
        if (!errors.isEmpty()) {
            throw ProblemException.at(Kind.UNKNOWN_FIELD, errors);
        }
    }

    private static List<String> names(JsonNode schema) {
        List<String> names = new ArrayList<>();
        schema.path("properties").fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** What a language model does not need costs it attention. */
    private static void retain(JsonNode value, JsonNode schema) {
        if (value.isArray()) {
            value.forEach(v -> retain(v, schema.path("items")));
        } else if (value instanceof ObjectNode object && schema.has("properties")) {
            object.retain(names(schema));
            object.properties()
                    .forEach(f -> retain(f.getValue(), schema.path("properties").path(f.getKey())));
        }
    }
}
