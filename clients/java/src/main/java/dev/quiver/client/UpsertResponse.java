package dev.quiver.client;

import java.util.List;

/**
 * The records are durable, and every strong read that begins now sees them.
 *
 * @param sequence the number of this commit, which is the version of its records
 * @param superseded records that a later one of the request with the same id replaced
 * @param truncated records whose text is longer than the model's window
 */
public record UpsertResponse(long sequence, int upserted, int superseded, List<Truncated> truncated) {}
