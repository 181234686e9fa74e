package dev.quiver.functions.s3vectors;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What metadata S3 Vectors takes, so that what was written here can be written there. Sizes are those of the JSON without white space. */
final class VectorMetadata {
    private static final int KEYS = 50;
    private static final int FILTERABLE_BYTES = 2048;
    private static final int BYTES = 40 * 1024;
    private static final ObjectMapper JSON = new ObjectMapper();

    private VectorMetadata() {}

    /**
     * @param metadata null for none
     * @return what is wrong with it
     */
    static Optional<String> problem(Map<String, Object> metadata, Set<String> nonFilterable) {
        if (metadata == null) {
            return Optional.empty();
        }
        if (metadata.size() > KEYS) {
            return Optional.of("Metadata must have at most " + KEYS + " keys");
        }
        for (Object value : metadata.values()) {
            Optional<String> wrong = wrong(value);
            if (wrong.isPresent()) {
                return wrong;
            }
        }
        Map<String, Object> filterable = new HashMap<>(metadata);
        filterable.keySet().removeAll(nonFilterable);
        if (bytes(filterable) > FILTERABLE_BYTES) {
            return Optional.of("Filterable metadata must have at most " + FILTERABLE_BYTES + " bytes");
        }
        return bytes(metadata) > BYTES
                ? Optional.of("Metadata must have at most " + BYTES + " bytes")
                : Optional.empty();
    }

    private static Optional<String> wrong(Object value) {
        return switch (value) {
            case String _, Number _, Boolean _ -> Optional.empty();
            case List<?> list when list.isEmpty() -> Optional.of("Empty arrays are not allowed in metadata");
            case List<?> list
            when list.stream().allMatch(String.class::isInstance)
                    || list.stream().allMatch(Number.class::isInstance) -> Optional.empty();
            case List<?> _ -> Optional.of("Metadata array values must be strings or numbers");
            case null, default -> Optional.of("Metadata values must be strings, numbers, booleans, or arrays");
        };
    }

    static int bytes(Map<String, Object> metadata) {
        try {
            return JSON.writeValueAsString(metadata).getBytes(StandardCharsets.UTF_8).length;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
