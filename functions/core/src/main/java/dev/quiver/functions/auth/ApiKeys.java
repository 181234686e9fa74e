package dev.quiver.functions.auth;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jboss.logging.Logger;

/**
 * The keys that let callers in, from a JSON document that is read again every minute, so a key that is taken out of it is refused within that.
 *
 * <pre>
 * {"keys": [{"id": "shop", "sha256": "9f…", "scopes": ["read", "write"], "collections": ["shop-*"], "expires": "2027-01-01T00:00:00Z"}]}
 * </pre>
 */
public final class ApiKeys {
    private static final Logger LOG = Logger.getLogger(ApiKeys.class);
    private static final long LOOKS_AGAIN_MILLIS = 60_000;

    private static final String HEADER = "Bearer ";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Source source;
    private final InstantSource clock;
    private List<ApiKey> keys = List.of();
    private long readAt = Long.MIN_VALUE;

    /** Where the document is. */
    public interface Source {
        /** Empty if there is none. */
        Optional<byte[]> read() throws IOException;

        /** For messages. */
        String name();
    }

    public ApiKeys(Source source, InstantSource clock) {
        this.source = source;
        this.clock = clock;
    }

    /**
     * Whose key a request brings.
     *
     * @param authorization the header, or null
     * @return empty if it is none that is known and not expired
     */
    public Optional<ApiKey> find(String authorization) {
        if (authorization == null || !authorization.regionMatches(true, 0, HEADER, 0, HEADER.length())) {
            return Optional.empty();
        }
        String hash = ApiKey.hash(authorization.substring(HEADER.length()).strip());
        ApiKey found = null;
        for (ApiKey k : current()) {
            if (k.is(hash)) {
                found = k;
            }
        }
        return Optional.ofNullable(found)
                .filter(k -> k.expires() == null || k.expires().isAfter(clock.instant()));
    }

    private synchronized List<ApiKey> current() {
        long now = clock.millis();
        if (readAt == Long.MIN_VALUE || now - readAt >= LOOKS_AGAIN_MILLIS || now < readAt) {
            readAt = now;
            try {
                keys = source.read().map(b -> parse(source.name(), b)).orElseGet(() -> {
                    LOG.errorf("There are no API keys in %s, so nobody is let in.", source.name());
                    return List.of();
                });
            } catch (IOException | RuntimeException e) {
                // Who was let in stays in: a store that fails for a minute is no reason to shut everybody out.
                LOG.errorf("The API keys in %s cannot be read: %s", source.name(), e.getMessage());
            }
        }
        return keys;
    }

    /** @throws IllegalArgumentException with what is wrong */
    public static List<ApiKey> parse(String name, byte[] bytes) {
        JsonNode document;
        try {
            document = JSON.readTree(bytes);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(name + " is not JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IllegalArgumentException(name + " is not JSON: " + e.getMessage(), e);
        }
        if (!document.path("keys").isArray()) {
            throw new IllegalArgumentException(name + " has no list 'keys'.");
        }
        List<ApiKey> keys = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        for (JsonNode k : document.path("keys")) {
            Set<Scope> scopes = EnumSet.noneOf(Scope.class);
            k.path("scopes").forEach(s -> scopes.add(Scope.of(s.asText())));
            List<String> collections = new ArrayList<>();
            k.path("collections").forEach(c -> collections.add(c.asText()));
            ApiKey key = new ApiKey(
                    k.path("id").asText(),
                    k.path("sha256").asText(),
                    scopes,
                    collections,
                    k.hasNonNull("expires") ? instant(name, k.path("expires").asText()) : null);
            if (!ids.add(key.id())) {
                throw new IllegalArgumentException(name + " has the key '" + key.id() + "' twice.");
            }
            keys.add(key);
        }
        return List.copyOf(keys);
    }

    private static Instant instant(String name, String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException(
                    name + " has a key that expires at '" + text
                            + "', which is not a time such as 2027-01-01T00:00:00Z.",
                    e);
        }
    }

    public static byte[] write(List<ApiKey> keys) {
        ObjectNode document = JSON.createObjectNode();
        ArrayNode list = document.putArray("keys");
        for (ApiKey k : keys) {
            ObjectNode node = list.addObject().put("id", k.id()).put("sha256", k.hash());
            ArrayNode scopes = node.putArray("scopes");
            k.scopes().stream().sorted().forEach(s -> scopes.add(s.toString()));
            ArrayNode collections = node.putArray("collections");
            k.collections().forEach(collections::add);
            if (k.expires() != null) {
                node.put("expires", k.expires().toString());
            }
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(document);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
