package dev.quiver.client;

/**
 * A text field.
 *
 * @param documents records that have a word in it, with deleted ones until compaction
 * @param averageLength words of such a record
 */
public record ExplainedField(String field, String analyzer, long documents, double averageLength) {}
