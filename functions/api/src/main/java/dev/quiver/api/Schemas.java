package dev.quiver.api;

import io.smallrye.openapi.api.OpenApiConfig;
import io.smallrye.openapi.runtime.io.schema.SchemaFactory;
import io.smallrye.openapi.runtime.scanner.spi.AnnotationScannerContext;
import java.util.Set;
import org.eclipse.microprofile.config.ConfigProvider;
import org.eclipse.microprofile.openapi.OASFactory;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.media.Schema;
import org.jboss.jandex.DotName;
import org.jboss.jandex.IndexView;
import org.jboss.jandex.Type;

/** The JSON schemas of records, made by SmallRye's own reader of {@code @Schema}; each stands once under its simple name. */
final class Schemas {
    /** What requests contain; like requests they may have no other fields. */
    private static final Set<String> READ =
            Set.of("EmbedInput", "UpsertRecord", "CreateSettings", "Example", "Grouping");

    private final AnnotationScannerContext context;

    Schemas(IndexView index) {
        this.context = new AnnotationScannerContext(
                index, Schemas.class.getClassLoader(), OpenApiConfig.fromConfig(ConfigProvider.getConfig()));
    }

    /** A reference to the schema of a type. */
    Schema reference(DotName type) {
        return SchemaFactory.typeToSchema(context, Type.create(type, Type.Kind.CLASS));
    }

    /** Puts all that were referred to, and what they refer to, into the document. */
    void addTo(OpenAPI document) {
        if (document.getComponents() == null) {
            document.setComponents(OASFactory.createComponents());
        }
        context.getOpenApi().getComponents().getSchemas().forEach((name, schema) -> {
            if (name.endsWith("Request") || READ.contains(name)) {
                schema.setAdditionalPropertiesSchema(OASFactory.createSchema().booleanSchema(false));
            }
            document.getComponents().addSchema(name, schema);
        });
    }
}
