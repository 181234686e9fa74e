package dev.quiver.functions.operation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/**
 * Where the next page begins, as callers carry it from page to page. It names what it is for, so that one of another operation or collection is refused and does not go on somewhere else.
 *
 * @param operation whose pages these are
 * @param parts strings that a token holds
 */
record PageToken(String operation, int parts) {
    private static final ObjectMapper JSON = new ObjectMapper();

    String write(String collection, String... values) {
        List<String> all = new ArrayList<>(List.of(operation, collection));
        all.addAll(List.of(values));
        try {
            return Base64.getUrlEncoder().withoutPadding().encodeToString(JSON.writeValueAsBytes(all));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** @throws ProblemException if it is not one of these */
    List<String> read(String token, String collection) {
        try {
            List<String> all = JSON.readValue(Base64.getUrlDecoder().decode(token), new TypeReference<>() {});
            if (all != null
                    && all.size() == parts + 2
                    && !all.contains(null)
                    && all.getFirst().equals(operation)
                    && all.get(1).equals(collection)) {
                return all.subList(2, all.size());
            }
        } catch (IllegalArgumentException | IOException e) {
            // Told below.
        }
        throw ProblemException.at(
                Kind.INVALID_REQUEST,
                "/nextToken",
                "This is not a token of a " + operation + " of '" + collection + "'. Start again without one.");
    }
}
