package dev.quiver.client;

/**
 * What compaction did.
 *
 * @param changed not if there was nothing to do, or another compaction was faster
 * @param folded upserts and deletes that are in segments now
 * @param recordsWritten into a new segment
 * @param segments there are now
 */
public record CompactResponse(boolean changed, long folded, long recordsWritten, int segments) {}
