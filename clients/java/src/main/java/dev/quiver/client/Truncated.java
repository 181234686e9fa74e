package dev.quiver.client;

/**
 * A text of which the model has not seen all.
 *
 * @param index which input or record, from 0
 * @param tokens it has
 * @param used tokens, from the start, that the vector stands for
 */
public record Truncated(int index, int tokens, int used) {}
