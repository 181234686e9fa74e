package dev.quiver.client;

/**
 * What share of the true nearest is found, and in what time.
 *
 * @param recall 0 to 1
 * @param millis a search, on average
 * @param exactMillis an exact one
 */
public record RecallResponse(double recall, int sample, int topK, double millis, double exactMillis, long sequence) {}
