package dev.quiver.infra.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;

/** The one mapper, and the shapes that the services answer errors in. */
final class Json {

    static final ObjectMapper MAPPER = new ObjectMapper();

    private Json() {}

    static byte[] bytes(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** As runtimes and the service report errors of functions. */
    static byte[] error(String type, String message) {
        ObjectNode error = MAPPER.createObjectNode();
        error.put("errorType", type);
        error.put("errorMessage", message);
        return bytes(error);
    }
}
