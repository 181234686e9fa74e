package dev.quiver.client;

import java.util.List;

/**
 * @param records those that exist, in the order of the ids
 * @param missing ids without a record
 * @param sequence the last commit that this takes into account
 */
public record FetchResponse(List<RecordAnswer> records, List<String> missing, long sequence) {}
