package dev.quiver.client;

/**
 * How many hits may have the same value of a field.
 *
 * @param size 1 to 100; 1 if null
 */
public record Grouping(String field, Integer size) {}
