package dev.quiver.client;

import java.util.List;
import java.util.Map;

/**
 * Records to delete, together or not at all: by their ids or by a filter.
 *
 * @param ids 1 to 1,000, or null
 * @param filter or null
 * @param ifVersions versions that some of the ids must have; or null
 * @param idempotencyKey a name for this request; the client makes one if it is null
 */
public record DeleteRequest(
        String collection, List<String> ids, Filter filter, Map<String, Long> ifVersions, String idempotencyKey) {
    public static DeleteRequest ofIds(String collection, List<String> ids) {
        return new DeleteRequest(collection, ids, null, null, null);
    }

    /** All that match at one moment, in one commit; {@link Filter#all} is everything. */
    public static DeleteRequest matching(String collection, Filter filter) {
        return new DeleteRequest(collection, null, filter, null, null);
    }

    public DeleteRequest onlyIfVersions(Map<String, Long> versions) {
        return new DeleteRequest(collection, ids, filter, versions, idempotencyKey);
    }

    public DeleteRequest withIdempotencyKey(String key) {
        return new DeleteRequest(collection, ids, filter, ifVersions, key);
    }
}
