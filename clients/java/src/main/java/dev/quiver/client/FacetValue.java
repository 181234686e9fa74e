package dev.quiver.client;

/**
 * A value and how many records have it.
 *
 * @param value a string, a number, or a boolean
 */
public record FacetValue(Object value, long count) {}
