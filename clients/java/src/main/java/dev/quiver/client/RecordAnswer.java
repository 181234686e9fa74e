package dev.quiver.client;

import java.util.Map;

/**
 * A stored record. What was not asked for is null.
 *
 * @param version the commit that wrote it, for conditions; 0 if that is not known
 * @param attributes whole numbers are {@link Long}, others {@link Double}
 */
public record RecordAnswer(String id, long version, float[] vector, String text, Map<String, Object> attributes) {}
