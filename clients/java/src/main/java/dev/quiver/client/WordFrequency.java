package dev.quiver.client;

/** A word and how many records have it in a field. */
public record WordFrequency(String word, long documentFrequency) {}
