package dev.quiver.client;

import java.util.List;

/**
 * The attributes are changed.
 *
 * @param updated how many records; 0 if the request was applied before under its key
 * @param missing ids without a record
 * @param sequence the number of the commit; of the last one if there was nothing to change
 */
public record UpdateResponse(int updated, List<String> missing, long sequence) {}
