package dev.quiver.client;

import java.util.List;

/**
 * A page of records.
 *
 * @param nextToken for the next page; null on the last
 * @param sequence the last commit that this takes into account
 */
public record ListResponse(List<RecordAnswer> records, String nextToken, long sequence) {}
