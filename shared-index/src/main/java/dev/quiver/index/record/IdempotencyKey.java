package dev.quiver.index.record;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/**
 * What a client gives a batch so that it can be sent again: as it is kept, 128 bits of a hash of it.
 *
 * @param fingerprint of the batch's operations and ids, to tell a batch that is sent again from another one with the same key
 */
public record IdempotencyKey(long high, long low, long fingerprint) {
    public static final int MOST_CHARACTERS = 255;

    static void check(String key) {
        if (key.isEmpty() || key.length() > MOST_CHARACTERS) {
            throw new IllegalArgumentException("The idempotency key has " + key.length()
                    + " characters, it must have 1 to " + MOST_CHARACTERS + ".");
        }
    }

    static IdempotencyKey of(String key, List<String> operations) {
        MessageDigest sha = sha256();
        ByteBuffer hash = ByteBuffer.wrap(sha.digest(key.getBytes(StandardCharsets.UTF_8)));
        for (String o : operations) {
            sha.update(o.getBytes(StandardCharsets.UTF_8));
            sha.update((byte) 0);
        }
        return new IdempotencyKey(
                hash.getLong(), hash.getLong(), ByteBuffer.wrap(sha.digest()).getLong());
    }

    public boolean sameKey(IdempotencyKey other) {
        return high == other.high && low == other.low;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
