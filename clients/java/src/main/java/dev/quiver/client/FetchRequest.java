package dev.quiver.client;

import java.util.List;

/**
 * Records by id.
 *
 * @param ids 1 to 1,000
 * @param include attributes and text if null
 * @param consistency or null
 * @param asOf an earlier state to read, instead of consistency; or null
 */
public record FetchRequest(
        String collection, List<String> ids, List<Include> include, Consistency consistency, AsOf asOf) {
    public static FetchRequest of(String collection, List<String> ids) {
        return new FetchRequest(collection, ids, null, null, null);
    }

    public FetchRequest including(Include... parts) {
        return new FetchRequest(collection, ids, List.of(parts), consistency, asOf);
    }

    public FetchRequest withConsistency(Consistency other) {
        return new FetchRequest(collection, ids, include, other, null);
    }

    public FetchRequest asOf(AsOf state) {
        return new FetchRequest(collection, ids, include, null, state);
    }
}
