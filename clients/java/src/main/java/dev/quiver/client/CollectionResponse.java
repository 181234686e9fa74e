package dev.quiver.client;

import java.util.List;
import java.util.Map;

/**
 * Settings and size of a collection.
 *
 * @param model null when callers bring their vectors
 * @param text which fields can be searched by their words
 * @param records that can be found
 * @param segments they lie in
 * @param segmentBytes of the segments
 * @param logOperations upserts and deletes that are not folded into segments yet
 * @param sequence the last commit
 * @param createdAt ISO 8601
 * @param retention for how long earlier states can be read, an ISO 8601 duration
 * @param fields what attributes are declared to be; null if none is
 * @param strict whether others are refused
 * @param foundFields attributes that the records have, and the types of their values
 */
public record CollectionResponse(
        String name,
        int dimension,
        Metric metric,
        String model,
        TextSettings text,
        long records,
        int segments,
        long segmentBytes,
        long logOperations,
        long sequence,
        String createdAt,
        String retention,
        Map<String, FieldDeclaration> fields,
        boolean strict,
        Map<String, List<FieldTypeName>> foundFields) {}
