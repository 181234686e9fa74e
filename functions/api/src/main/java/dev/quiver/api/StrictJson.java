package dev.quiver.api;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.Json;
import io.quarkus.jackson.ObjectMapperCustomizer;
import jakarta.inject.Singleton;

/** Quarkus' mapper reads requests as strictly as {@link Json} says. */
@Singleton
public class StrictJson implements ObjectMapperCustomizer {
    @Override
    public void customize(ObjectMapper mapper) {
        Json.strict(mapper);
    }

    @Override
    public int priority() {
        // After Quarkus' own, which is lenient.
        return MINIMUM_PRIORITY;
    }
}
