package dev.quiver.api;

import dev.quiver.functions.problem.Problem;
import io.quarkus.smallrye.openapi.OpenApiFilter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.Operation;
import org.eclipse.microprofile.openapi.models.media.Content;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.eclipse.microprofile.openapi.models.responses.APIResponse;
import org.jboss.jandex.AnnotationInstance;
import org.jboss.jandex.AnnotationValue;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.MethodInfo;
import org.jboss.jandex.Type;

/**
 * The OpenAPI document: a path for each function, which SmallRye does not see by itself. Runs when the application is built; the schemas come from the records in
 * {@link dev.quiver.functions.operation.Messages} and their annotations.
 */
@OpenApiFilter(stages = OpenApiFilter.RunStage.BUILD)
public class OpenApi implements OASFilter {
    private static final DotName FUNQ = DotName.createSimple("io.quarkus.funqy.Funq");
    private static final DotName OPERATION =
            DotName.createSimple(org.eclipse.microprofile.openapi.annotations.Operation.class);

    private final IndexView index;

    public OpenApi(IndexView index) {
        this.index = index;
    }

    @Override
    public void filterOpenAPI(OpenAPI document) {
        if (document.getPaths() == null) {
            document.setPaths(OASFactory.createPaths());
        }
        Schemas schemas = new Schemas(index);
        TreeMap<String, MethodInfo> functions = new TreeMap<>();
        for (AnnotationInstance funq : index.getAnnotations(FUNQ)) {
            functions.put(funq.value().asString(), funq.target().asMethod());
        }
        functions.forEach((name, method) -> document.getPaths()
                .addPathItem("/" + name, OASFactory.createPathItem().POST(operation(name, method, schemas))));
        OpenAiDocument.addTo(document, schemas);
        schemas.addTo(document);
    }

    private static Operation operation(String name, MethodInfo method, Schemas schemas) {
        AnnotationInstance words = method.annotation(OPERATION);
        Type request = method.parameterType(0);
        Operation operation = OASFactory.createOperation()
                .operationId(method.name())
                .addTag(
                        name.startsWith("collections/")
                                ? "collections"
                                : name.matches("upsert|update|fetch|delete|list") ? "records" : "search")
                .summary(text(words, "summary"))
                .description(text(words, "description"))
                .requestBody(OASFactory.createRequestBody()
                        .required(true)
                        .content(json("application/json", schemas.reference(request.name()), Examples.request(name))));
        var responses = OASFactory.createAPIResponses();
        APIResponse ok = OASFactory.createAPIResponse()
                .description("Done.")
                .content(json(
                        "application/json",
                        schemas.reference(method.returnType().name()),
                        Examples.response(name)));
        if (name.equals("rag")) {
            ok.getContent()
                    .addMediaType(
                            "text/event-stream",
                            OASFactory.createMediaType()
                                    .schema(OASFactory.createSchema().addType(Schema.SchemaType.STRING)));
        }
        responses.addAPIResponse("200", ok);
        Problems.of(name)
                .forEach((status, description) -> responses.addAPIResponse(
                        status,
                        OASFactory.createAPIResponse()
                                .description(description)
                                .content(json(
                                        Problem.MEDIA_TYPE,
                                        schemas.reference(DotName.createSimple(Problem.class)),
                                        null))));
        return operation.responses(responses);
    }

    static Content json(String mediaType, Schema schema, Object example) {
        var media = OASFactory.createMediaType().schema(schema);
        if (example != null) {
            media.setExample(example);
        }
        return OASFactory.createContent().addMediaType(mediaType, media);
    }

    private static String text(AnnotationInstance annotation, String name) {
        AnnotationValue value = annotation == null ? null : annotation.value(name);
        return value == null ? null : value.asString();
    }

    /** Which failures an operation has, by what it does. */
    private static final class Problems {
        private Problems() {}

        static Map<String, String> of(String name) {
            Map<String, String> problems = new TreeMap<>();
            problems.put("400", "The request is wrong; `errors` says where.");
            problems.put("405", "Operations are called with POST.");
            problems.put("413", "The body is too large.");
            problems.put("415", "The body is not JSON.");
            problems.put("500", "Quiver failed, or stored data is damaged.");
            if (!name.equals("embed")) {
                problems.put("503", "The store did not answer.");
            }
            if (!List.of("collections/list", "collections/create", "embed").contains(name)) {
                problems.put("404", "There is no such collection, record or model.");
            }
            if (name.equals("embed") || name.equals("collections/create")) {
                problems.put("404", "There is no such model.");
            }
            if (name.equals("collections/create")) {
                problems.put("409", "There is a collection of this name.");
            }
            if (name.equals("embed")) {
                problems.put("409", "The model makes vectors of another dimension than is configured.");
            }
            if (List.of("upsert", "query", "rag").contains(name)) {
                problems.put("409", "The collection was made with other settings or another model.");
            }
            if (List.of("embed", "upsert", "query", "rag").contains(name)) {
                problems.put("502", "The model's provider failed.");
            }
            return problems;
        }
    }
}
