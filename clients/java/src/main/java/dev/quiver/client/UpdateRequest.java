package dev.quiver.client;

import java.util.List;
import java.util.Map;

/**
 * Attributes to change, of records by their ids or by a filter, together or not at all. Ids, vectors and texts stay.
 *
 * @param ids 1 to 1,000, or null
 * @param filter or null
 * @param set attributes to add or replace; or null
 * @param unset names of attributes to take away; or null
 * @param attributes all that a record is to have, instead of {@code set} and {@code unset}; or null
 * @param ifVersions versions that some of the ids must have; or null
 * @param idempotencyKey a name for this request; the client makes one if it is null
 */
public record UpdateRequest(
        String collection,
        List<String> ids,
        Filter filter,
        Map<String, Object> set,
        List<String> unset,
        Map<String, Object> attributes,
        Map<String, Long> ifVersions,
        String idempotencyKey) {
    public static UpdateRequest ofIds(String collection, List<String> ids) {
        return new UpdateRequest(collection, ids, null, null, null, null, null, null);
    }

    /** All that match at one moment, in one commit of at most 10,000; {@link Filter#all} is everything. */
    public static UpdateRequest matching(String collection, Filter filter) {
        return new UpdateRequest(collection, null, filter, null, null, null, null, null);
    }

    public UpdateRequest setting(Map<String, Object> some) {
        return new UpdateRequest(collection, ids, filter, some, unset, attributes, ifVersions, idempotencyKey);
    }

    public UpdateRequest unsetting(String... names) {
        return new UpdateRequest(collection, ids, filter, set, List.of(names), attributes, ifVersions, idempotencyKey);
    }

    /** In place of all attributes that the records have. */
    public UpdateRequest replacingAttributes(Map<String, Object> all) {
        return new UpdateRequest(collection, ids, filter, set, unset, all, ifVersions, idempotencyKey);
    }

    public UpdateRequest onlyIfVersions(Map<String, Long> versions) {
        return new UpdateRequest(collection, ids, filter, set, unset, attributes, versions, idempotencyKey);
    }

    public UpdateRequest withIdempotencyKey(String key) {
        return new UpdateRequest(collection, ids, filter, set, unset, attributes, ifVersions, key);
    }
}
