package dev.quiver.functions;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.AnnotationIntrospector;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.deser.DeserializationProblemHandler;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.type.LogicalType;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collection;

/** How requests and answers are read and written: strictly, so that a typo or a wrong type is an error and not a default. */
public final class Json {
    private Json() {}

    public static ObjectMapper strictMapper() {
        return strict(new ObjectMapper());
    }

    /** @return the same mapper */
    public static ObjectMapper strict(ObjectMapper mapper) {
        mapper.configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);
        mapper.configure(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES, true);
        mapper.configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true);
        mapper.configure(DeserializationFeature.ACCEPT_FLOAT_AS_INT, false);
        mapper.configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true);
        mapper.configure(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS, true);
        // Without the second, "" is null, and so the default of whatever field it stands in.
        mapper.coercionConfigDefaults()
                .setCoercion(CoercionInputShape.String, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail);
        mapper.coercionConfigFor(LogicalType.Boolean).setCoercion(CoercionInputShape.Integer, CoercionAction.Fail);
        mapper.coercionConfigFor(LogicalType.Textual)
                .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
        mapper.coercionConfigFor(LogicalType.Enum).setCoercion(CoercionInputShape.String, CoercionAction.TryConvert);
        mapper.setAnnotationIntrospector(AnnotationIntrospector.pair(
                new ExactNames(), mapper.getDeserializationConfig().getAnnotationIntrospector()));
        mapper.registerModule(new SimpleModule("quiver").addDeserializer(float[].class, new NumbersOnly()));
        mapper.setDefaultPropertyInclusion(JsonInclude.Include.NON_NULL);
        // Funqy makes its copy of the mapper lenient: it ignores unknown fields and upper and lower case. What is not a
        // feature that is switched, a handler and an introspector, goes along with the copy.
        mapper.addHandler(new RefuseUnknownFields());
        return mapper;
    }

    /** A vector is an array of numbers; Jackson's own reader also takes base64, and "NaN". */
    private static final class NumbersOnly extends JsonDeserializer<float[]> {
        @Override
        public float[] deserialize(JsonParser parser, DeserializationContext context) throws IOException {
            if (!parser.isExpectedStartArrayToken()) {
                return (float[]) context.handleUnexpectedToken(float[].class, parser);
            }
            float[] vector = new float[64];
            int size = 0;
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (!parser.currentToken().isNumeric()) {
                    throw JsonMappingException.wrapWithPath(
                            MismatchedInputException.from(parser, float.class, "not a number"), vector, size);
                }
                if (size == vector.length) {
                    vector = Arrays.copyOf(vector, size * 2);
                }
                vector[size++] = parser.getFloatValue();
            }
            return Arrays.copyOf(vector, size);
        }
    }

    /** "Filter" is not "filter". */
    private static final class ExactNames extends NopAnnotationIntrospector {
        private static final long serialVersionUID = 1L;

        @Override
        public JsonFormat.Value findFormat(Annotated annotated) {
            return JsonFormat.Value.empty().withoutFeature(JsonFormat.Feature.ACCEPT_CASE_INSENSITIVE_PROPERTIES);
        }
    }

    private static final class RefuseUnknownFields extends DeserializationProblemHandler {
        @Override
        public boolean handleUnknownProperty(
                DeserializationContext context,
                JsonParser parser,
                JsonDeserializer<?> deserializer,
                Object beanOrClass,
                String property)
                throws IOException {
            Collection<Object> known = deserializer == null ? null : deserializer.getKnownPropertyNames();
            throw UnrecognizedPropertyException.from(parser, beanOrClass, property, known);
        }
    }
}
