package dev.quiver.client;

/** Two records; first has the lower id. */
public record DuplicatePair(String first, String second, double score) {}
