package dev.quiver.client;

/**
 * The records are gone.
 *
 * @param deleted how many of the ids had a record, or how many records matched
 * @param sequence the number of this commit, or of the last one if there was nothing to delete
 */
public record DeleteResponse(int deleted, long sequence) {}
