package dev.quiver.functions.s3vectors;

import dev.quiver.functions.s3vectors.S3VectorsException.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Collects what is wrong with a request, in the words in which the service tells it. */
final class Constraints {
    private final List<Field> failed = new ArrayList<>();

    Constraints given(Object value, String path) {
        return that(value != null, "Value null", path, "Member must not be null");
    }

    /** @param value null if it need not be there */
    Constraints length(String value, int min, int max, String path) {
        if (value == null) {
            return this;
        }
        int length = value.codePointCount(0, value.length());
        return that(
                length >= min && length <= max,
                "Value with length " + length,
                path,
                "Member must have length between " + min + " and " + max + ", inclusive");
    }

    /** @param list null if it need not be there */
    Constraints size(List<?> list, int min, int max, String path) {
        if (list == null) {
            return this;
        }
        that(
                list.size() >= min && list.size() <= max,
                "Value with length " + list.size(),
                path,
                "Member must have length between " + min + " and " + max + ", inclusive");
        for (int i = 0; i < list.size() && i < max; i++) {
            given(list.get(i), path + "/" + i);
        }
        return this;
    }

    /** @param value null if it need not be there */
    Constraints range(Integer value, int min, int max, String path) {
        return that(
                value == null || (value >= min && value <= max),
                "Value",
                path,
                "Member must be between " + min + " and " + max + ", inclusive");
    }

    /** @param value null if it need not be there */
    Constraints oneOf(String value, List<String> values, String path) {
        return that(
                value == null || values.contains(value),
                "Value",
                path,
                "Member must satisfy enum value set: [" + String.join(", ", values) + "]");
    }

    private Constraints that(boolean holds, String value, String path, String constraint) {
        if (!holds) {
            failed.add(new Field(path, value + " at '" + path + "' failed to satisfy constraint: " + constraint));
        }
        return this;
    }

    /** @throws S3VectorsException if anything was wrong */
    void done() {
        if (!failed.isEmpty()) {
            throw S3VectorsException.invalid(
                    failed.size() + " validation error" + (failed.size() == 1 ? "" : "s") + " detected. "
                            + failed.stream().map(Field::message).collect(Collectors.joining("; ")),
                    List.copyOf(failed));
        }
    }
}
