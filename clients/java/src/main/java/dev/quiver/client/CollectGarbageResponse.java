package dev.quiver.client;

/** How many objects were deleted, and their size. */
public record CollectGarbageResponse(int objects, long bytes) {}
