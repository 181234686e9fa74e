package dev.quiver.client;

import java.util.List;

/**
 * One vector an input.
 *
 * @param truncated inputs longer than the model's window
 */
public record EmbedResponse(String model, int dimension, List<float[]> embeddings, List<Truncated> truncated) {}
