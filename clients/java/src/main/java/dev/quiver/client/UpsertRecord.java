package dev.quiver.client;

import java.util.Map;

/**
 * A record with a vector, or with a text that the collection's model embeds.
 *
 * @param id 1 to 512 bytes of UTF-8
 * @param vector or null
 * @param text stored with the record, and embedded if there is no vector; or null
 * @param attributes strings, 64-bit numbers, booleans and lists of these; or null
 * @param ifAbsent true: write only if there is no record with this id
 * @param ifVersion write only if the record has this version; or null
 */
public record UpsertRecord(
        String id, float[] vector, String text, Map<String, Object> attributes, Boolean ifAbsent, Long ifVersion) {
    public static UpsertRecord ofVector(String id, float[] vector) {
        return new UpsertRecord(id, vector, null, null, null, null);
    }

    public static UpsertRecord ofText(String id, String text) {
        return new UpsertRecord(id, null, text, null, null, null);
    }

    public UpsertRecord withText(String other) {
        return new UpsertRecord(id, vector, other, attributes, ifAbsent, ifVersion);
    }

    public UpsertRecord withAttributes(Map<String, Object> other) {
        return new UpsertRecord(id, vector, text, other, ifAbsent, ifVersion);
    }

    public UpsertRecord onlyIfAbsent() {
        return new UpsertRecord(id, vector, text, attributes, true, null);
    }

    public UpsertRecord onlyIfVersion(long version) {
        return new UpsertRecord(id, vector, text, attributes, null, version);
    }
}
