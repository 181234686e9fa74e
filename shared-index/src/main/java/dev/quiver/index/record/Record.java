package dev.quiver.index.record;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;

/**
 * One row of a collection: an id, a vector, and what is kept beside them.
 *
 * @param id 1 to {@value #MAX_ID_BYTES} bytes of UTF-8, unique in its collection
 * @param vector float32 components; null only in answers that did not ask for it
 * @param text the passage that the vector was made of, or null
 * @param attributes see {@link Attributes}
 */
@SuppressWarnings("JavaLangClash")
public record Record(String id, float[] vector, String text, Map<String, Object> attributes) {
    public static final int MAX_ID_BYTES = 512;

    /** @throws IllegalArgumentException if the id or an attribute is not acceptable, with what to change */
    public Record {
        checkId(id);
        attributes = Attributes.check(attributes == null ? Map.of() : attributes);
        if (text != null && !isWellFormed(text)) {
            throw new IllegalArgumentException(
                    "The text holds half a surrogate pair, which is not a Unicode character.");
        }
    }

    /** @throws IllegalArgumentException with what to change */
    public static void checkId(String id) {
        Objects.requireNonNull(id, "id");
        if (id.isEmpty()) {
            throw new IllegalArgumentException("The id is empty; every record needs one of its own.");
        }
        int bytes = id.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_ID_BYTES) {
            throw new IllegalArgumentException("The id has " + bytes + " bytes of UTF-8, at most " + MAX_ID_BYTES
                    + " are kept. Use a hash of it, and keep the long form as an attribute.");
        }
        if (!isWellFormed(id)) {
            throw new IllegalArgumentException("The id holds half a surrogate pair, which is not a Unicode character.");
        }
    }

    static boolean isWellFormed(String s) {
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (Character.isHighSurrogate(c) && i + 1 < s.length() && Character.isLowSurrogate(s.charAt(i + 1))) {
                i++;
            } else if (Character.isSurrogate(c)) {
                return false;
            }
        }
        return true;
    }
}
