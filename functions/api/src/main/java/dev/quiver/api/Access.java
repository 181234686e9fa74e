package dev.quiver.api;

import dev.quiver.functions.auth.ApiKey;
import dev.quiver.functions.auth.ApiKeys;
import dev.quiver.functions.auth.KeySources;
import dev.quiver.functions.auth.Scope;
import dev.quiver.functions.config.QuiverConfig;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import io.quarkus.vertx.http.runtime.CurrentVertxRequest;
import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/** Who may do what: everybody everything where something before us lets callers in, else what the key in {@code Authorization: Bearer} allows. */
@ApplicationScoped
public class Access {
    private final CurrentVertxRequest current;
    private final Optional<ApiKeys> keys;

    Access(QuiverConfig config, CurrentVertxRequest current) {
        this.current = current;
        this.keys = switch (config.auth().mode()) {
            case "none" -> Optional.empty();
            case "keys" ->
                Optional.of(new ApiKeys(KeySources.open(config.auth().keys(), config.s3()), InstantSource.system()));
            default ->
                throw new IllegalArgumentException(
                        "quiver.auth.mode is '" + config.auth().mode() + "', it must be none or keys.");
        };
    }

    /**
     * @param collections what a request is about; those that it does not name (null) are refused later
     * @throws ProblemException if the caller is unknown, or may not do this
     */
    ApiKey check(Scope scope, String... collections) {
        return check(keys.isEmpty() ? null : current.getCurrent().request(), scope, collections);
    }

    ApiKey check(HttpServerRequest request, Scope scope, String... collections) {
        ApiKey key = key(request);
        key.check(scope, collections);
        return key;
    }

    /**
     * Who calls, whatever it wants.
     *
     * @throws ProblemException if the caller is unknown
     */
    ApiKey key(HttpServerRequest request) {
        return keys.isEmpty() ? ApiKey.ALL : known(keys.get(), request);
    }

    private static ApiKey known(ApiKeys keys, HttpServerRequest request) {
        return keys.find(request.getHeader("Authorization"))
                .orElseThrow(
                        () -> new ProblemException(
                                Kind.UNAUTHORIZED,
                                "Send a key that is valid as 'Authorization: Bearer <key>'. There is none, or it is not known or has expired."));
    }

    /**
     * Whose key it is, for a door that finds it somewhere else than in {@code Authorization}. What it allows is still to be checked.
     *
     * @param secret the key, or null if there is none
     * @return empty if the caller is unknown
     */
    Optional<ApiKey> caller(String secret) {
        return keys.isEmpty() ? Optional.of(ApiKey.ALL) : keys.get().find(secret == null ? null : "Bearer " + secret);
    }

    /** What a request names; null if there is none, which the operation tells. */
    static <T> String of(T request, Function<T, String> name) {
        return request == null ? null : name.apply(request);
    }
}
