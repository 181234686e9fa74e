package dev.quiver.functions.auth;

import java.util.Locale;

/** What a key allows. None includes another. */
public enum Scope {
    /** To search and read. */
    READ,
    /** To upsert and delete records. */
    WRITE,
    /** To create, change and delete collections. */
    ADMIN;

    /** @throws IllegalArgumentException if there is none of this name */
    public static Scope of(String name) {
        for (Scope s : values()) {
            if (s.toString().equals(name)) {
                return s;
            }
        }
        throw new IllegalArgumentException("There is no scope '" + name + "'; use read, write, admin.");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
