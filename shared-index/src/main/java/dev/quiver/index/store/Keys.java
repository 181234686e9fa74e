package dev.quiver.index.store;

/** The rule for keys, the same in every adapter so that what works on a laptop works on S3. */
final class Keys {
    private Keys() {}

    /** @throws IllegalArgumentException if the key would escape its folder or means something else on another store */
    static String check(String key) {
        if (key.isEmpty() || key.length() > 900) {
            throw new IllegalArgumentException("A key has 1 to 900 characters, this one has " + key.length());
        }
        int start = 0;
        for (int i = 0; i <= key.length(); i++) {
            char c = i == key.length() ? '/' : key.charAt(i);
            if (c == '/') {
                String part = key.substring(start, i);
                if (part.isEmpty() || part.equals(".") || part.equals("..")) {
                    throw new IllegalArgumentException("A key's parts must not be empty, '.' or '..': " + key);
                }
                start = i + 1;
            } else if (c < ' ' || c == '\\' || c == 127 || Character.isSurrogate(c)) {
                // Without surrogates the order of Java's strings is the order of their UTF-8 bytes.
                throw new IllegalArgumentException(
                        "A key must not hold control characters, backslashes or characters past U+FFFF: " + key);
            }
        }
        return key;
    }

    /** The same for the start of a key, which may be empty or end in {@code /}. */
    static String checkPrefix(String prefix) {
        check(prefix + "x");
        return prefix;
    }
}
