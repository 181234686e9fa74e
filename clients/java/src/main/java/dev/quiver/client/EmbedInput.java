package dev.quiver.client;

/** One input to embed. */
public record EmbedInput(String text) {}
