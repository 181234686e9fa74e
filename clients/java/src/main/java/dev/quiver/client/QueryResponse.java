package dev.quiver.client;

import java.util.List;

/**
 * The nearest records.
 *
 * @param hits best first
 * @param scoring what the score is
 * @param metric the collection's, in mode vector; null in the others, whose score is none
 * @param exhausted fewer than topK records match; there are no more
 * @param sequence the last commit that this takes into account
 * @param nextToken for {@link QueryRequest#from}; null if nothing follows
 * @param took milliseconds by stage
 * @param truncated null, unless the text is longer than the model's window
 * @param explanation how the search was done, if that was asked for
 */
public record QueryResponse(
        List<Hit> hits,
        Scoring scoring,
        Metric metric,
        boolean higherIsNearer,
        boolean exhausted,
        long sequence,
        String nextToken,
        Took took,
        Truncated truncated,
        Explanation explanation) {}
