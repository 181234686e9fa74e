package dev.quiver.client;

import java.util.List;

/**
 * The nearest records.
 *
 * @param hits best first
 * @param exhausted fewer than topK records match; there are no more
 * @param sequence the last commit that this takes into account
 * @param took milliseconds by stage
 * @param truncated null, unless the text is longer than the model's window
 */
public record QueryResponse(
        List<Hit> hits,
        Metric metric,
        boolean higherIsNearer,
        boolean exhausted,
        long sequence,
        Took took,
        Truncated truncated) {}
