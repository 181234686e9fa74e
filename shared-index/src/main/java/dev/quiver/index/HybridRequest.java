package dev.quiver.index;

/**
 * @param vector of the collection's dimension
 * @param text the words; its topK, filter, minScore (of the fused score) and consistency are those of the whole
 * @param effort how much is read to find the nearest
 */
public record HybridRequest(float[] vector, TextRequest text, Fusion fusion, SearchRequest.Effort effort) {}
