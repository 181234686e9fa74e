package dev.quiver.client;

import java.util.List;

/**
 * Records in the order of their ids.
 *
 * @param prefix only ids that start with it; or null
 * @param limit records a page, 1 to 1,000; 100 if null
 * @param nextToken from the page before; or null
 * @param include attributes and text if null
 * @param consistency or null
 * @param asOf an earlier state to read, instead of consistency; or null
 */
public record ListRequest(
        String collection,
        String prefix,
        Integer limit,
        String nextToken,
        List<Include> include,
        Consistency consistency,
        AsOf asOf) {
    public static ListRequest of(String collection) {
        return new ListRequest(collection, null, null, null, null, null, null);
    }

    public ListRequest withPrefix(String other) {
        return new ListRequest(collection, other, limit, nextToken, include, consistency, asOf);
    }

    public ListRequest withLimit(int other) {
        return new ListRequest(collection, prefix, other, nextToken, include, consistency, asOf);
    }

    public ListRequest from(String token) {
        return new ListRequest(collection, prefix, limit, token, include, consistency, asOf);
    }

    public ListRequest including(Include... parts) {
        return new ListRequest(collection, prefix, limit, nextToken, List.of(parts), consistency, asOf);
    }

    public ListRequest withConsistency(Consistency other) {
        return new ListRequest(collection, prefix, limit, nextToken, include, other, null);
    }

    public ListRequest asOf(AsOf state) {
        return new ListRequest(collection, prefix, limit, nextToken, include, null, state);
    }
}
