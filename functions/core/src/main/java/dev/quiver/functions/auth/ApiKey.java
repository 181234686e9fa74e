package dev.quiver.functions.auth;

import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A key as it is stored: its hash, and what it allows. The key itself is {@code qvr_<id>_<43 characters of base64url>}, 256 random bits, so one round of SHA-256 keeps it: there is nothing to guess.
 *
 * @param id names it in logs and when it is taken back
 * @param hash SHA-256 of the whole key, hexadecimal
 * @param collections names, or beginnings of names followed by {@code *}
 * @param expires null if it does not
 */
public record ApiKey(String id, String hash, Set<Scope> scopes, List<String> collections, Instant expires) {
    private static final Pattern ID = Pattern.compile("[a-z0-9][a-z0-9-]{0,62}");
    private static final Pattern PATTERN = Pattern.compile("[a-z0-9_-]{0,63}\\*?");
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");
    private static final String PREFIX = "qvr_";
    private static final int SECRET_BYTES = 32;

    /** May do everything: where somebody else has decided who comes in. */
    public static final ApiKey ALL = new ApiKey("-", "0".repeat(64), Set.of(Scope.values()), List.of("*"), null);

    /** @throws IllegalArgumentException with the rule */
    public ApiKey {
        scopes = Set.copyOf(scopes);
        collections = List.copyOf(collections);
        if (!id.equals("-") && !ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "The key's id '" + id + "' must be 1 to 63 lower-case letters, digits and '-'.");
        }
        if (!HASH.matcher(hash).matches()) {
            throw new IllegalArgumentException("The hash of the key '" + id + "' is not 64 hexadecimal digits.");
        }
        if (scopes.isEmpty()) {
            throw new IllegalArgumentException("The key '" + id + "' has no scope; give it read, write or admin.");
        }
        for (String c : collections) {
            if (c.isEmpty() || !PATTERN.matcher(c).matches()) {
                throw new IllegalArgumentException("The key '" + id + "' is for collections '" + c
                        + "': give a name, or the beginning of names and '*'.");
            }
        }
    }

    /** A new key, which is nowhere else, and what is to be stored of it. */
    public record Issued(String secret, ApiKey key) {}

    public static Issued issue(String id, Set<Scope> scopes, List<String> collections, Instant expires) {
        byte[] random = new byte[SECRET_BYTES];
        new SecureRandom().nextBytes(random);
        String secret =
                PREFIX + id + "_" + Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        return new Issued(secret, new ApiKey(id, hash(secret), scopes, collections, expires));
    }

    static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** In a time that does not depend on where they differ. */
    boolean is(String secretsHash) {
        return MessageDigest.isEqual(
                hash.getBytes(StandardCharsets.US_ASCII), secretsHash.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether it may know of a collection. */
    public boolean covers(String collection) {
        return collections.stream()
                .anyMatch(c ->
                        c.endsWith("*") ? collection.startsWith(c.substring(0, c.length() - 1)) : collection.equals(c));
    }

    /**
     * Decided without a look at what there is, so that the answer does not tell it.
     *
     * @param collections none for what concerns none
     * @throws ProblemException if the key does not allow it
     */
    public void check(Scope scope, String... collections) {
        if (!scopes.contains(scope)) {
            throw new ProblemException(
                    Kind.FORBIDDEN,
                    "The key '" + id + "' does not have the scope '" + scope + "', which this operation needs.");
        }
        for (String c : collections) {
            // One that is missing is refused for that.
            if (c != null && !covers(c)) {
                throw new ProblemException(
                        Kind.FORBIDDEN,
                        "The key '" + id + "' is not for the collection '" + c
                                + "', whether there is one of this name or not.");
            }
        }
    }
}
