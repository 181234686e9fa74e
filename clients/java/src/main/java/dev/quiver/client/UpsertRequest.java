package dev.quiver.client;

import java.util.List;

/**
 * Records to insert, or to replace where the id exists; all together or none.
 *
 * @param records 1 to 10,000
 * @param create settings to create the collection with if it is not there; or null
 * @param idempotencyKey a name for this request; the client makes one if it is null
 */
public record UpsertRequest(
        String collection, List<UpsertRecord> records, CreateSettings create, String idempotencyKey) {
    public static UpsertRequest of(String collection, List<UpsertRecord> records) {
        return new UpsertRequest(collection, records, null, null);
    }

    public UpsertRequest creating(CreateSettings settings) {
        return new UpsertRequest(collection, records, settings, idempotencyKey);
    }

    public UpsertRequest withIdempotencyKey(String key) {
        return new UpsertRequest(collection, records, create, key);
    }
}
