package dev.quiver.client;

/**
 * One field of a request that is wrong.
 *
 * @param pointer where, as a JSON pointer (RFC 6901)
 * @param detail what is wrong with it
 */
public record FieldError(String pointer, String detail) {}
