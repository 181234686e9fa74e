package dev.quiver.client;

import java.util.List;

/**
 * One search of the index.
 *
 * @param topK hits that were asked for
 * @param parts what was done in each segment, and in the log
 * @param rowsScored rows whose full vector was read
 */
public record ExplainedSearch(int topK, List<ExplainedPart> parts, long rowsScored, double millis) {}
