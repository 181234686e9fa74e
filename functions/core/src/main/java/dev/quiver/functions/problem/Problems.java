package dev.quiver.functions.problem;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import dev.quiver.functions.embedding.UnknownTextException;
import dev.quiver.functions.models.InvalidModelFileException;
import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.index.CollectionExistsException;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.CommitContentionException;
import dev.quiver.index.ConditionFailedException;
import dev.quiver.index.IdempotencyKeyReusedException;
import dev.quiver.index.NoSuchStateException;
import dev.quiver.index.OutOfRetentionException;
import dev.quiver.index.memory.CorruptDataException;
import dev.quiver.index.record.InvalidFieldException;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.InvalidVectorException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Turns what was thrown into what the caller is told. One place, whichever way a request arrived. */
public final class Problems {
    private Problems() {}

    /** Empty for what is a defect of ours, which the caller need not see the inside of. */
    public static Optional<Problem> of(Throwable thrown) {
        for (Throwable t = thrown; t != null; t = t.getCause()) {
            Problem p =
                    switch (t) {
                        case ProblemException e -> e.problem();
                        case CollectionNotFoundException e -> problem(Kind.COLLECTION_NOT_FOUND, e);
                        case CollectionExistsException e -> problem(Kind.COLLECTION_EXISTS, e);
                        case CommitContentionException e -> problem(Kind.BUSY, e);
                        case NoSuchStateException e -> field(Kind.INVALID_REQUEST, "/asOf", e.getMessage());
                        case ConditionFailedException e -> problem(Kind.CONDITION_FAILED, e);
                        case IdempotencyKeyReusedException e -> problem(Kind.IDEMPOTENCY_KEY_REUSED, e);
                        case OutOfRetentionException e -> problem(Kind.OUT_OF_RETENTION, e);
                        case CorruptDataException e -> problem(Kind.CORRUPT_DATA, e);
                        case InvalidVectorException e -> problem(kind(e), e);
                        case InvalidFieldException e -> problem(Kind.INVALID_REQUEST, e);
                        case UnknownTextException e -> problem(Kind.INVALID_REQUEST, e);
                        case InvalidModelFileException e -> problem(Kind.CORRUPT_DATA, e);
                        case StoreException e ->
                            Problem.of(
                                    Kind.STORE_UNAVAILABLE,
                                    e.getMessage()
                                            + (e.outcomeUnknown()
                                                    ? " It is not known whether a write was stored; sending the same request again is safe."
                                                    : ""),
                                    List.of());
                        case JacksonException e -> ofJson(e);
                        default -> null;
                    };
            if (p != null) {
                return Optional.of(p);
            }
        }
        return Optional.empty();
    }

    public static Kind kind(InvalidVectorException e) {
        return e.reason() == InvalidVectorException.Reason.DIMENSION ? Kind.DIMENSION_MISMATCH : Kind.INVALID_VECTOR;
    }

    private static Problem problem(Kind kind, Exception e) {
        return Problem.of(kind, e.getMessage(), List.of());
    }

    /** What is wrong with a body that could not be read, and where. */
    public static Problem ofJson(JacksonException e) {
        return switch (e) {
            case UnrecognizedPropertyException u -> {
                String known = u.getKnownPropertyIds().stream()
                        .map(Object::toString)
                        .sorted()
                        .collect(Collectors.joining(", "));
                yield field(
                        Kind.UNKNOWN_FIELD,
                        pointer(u),
                        "There is no field '" + u.getPropertyName() + "' here. "
                                + (known.isEmpty() ? "It has no fields." : "The fields are: " + known + "."));
            }
            case InvalidFormatException f ->
                field(
                        Kind.INVALID_REQUEST,
                        pointer(f),
                        "The value " + shorten(f.getValue()) + " cannot be read as " + name(f.getTargetType()) + ".");
            case MismatchedInputException m
            when m.getOriginalMessage().startsWith("Trailing token") ->
                Problem.of(
                        Kind.MALFORMED_JSON,
                        "Something follows after the JSON object. Send one JSON object as the body.",
                        List.of());
            case MismatchedInputException m
            when m.getPath().isEmpty() ->
                Problem.of(
                        Kind.INVALID_REQUEST,
                        "The body is not a JSON object. Send a JSON object as the body.",
                        List.of());
            case MismatchedInputException m ->
                field(
                        Kind.INVALID_REQUEST,
                        pointer(m),
                        m.getTargetType() == null
                                ? m.getOriginalMessage()
                                : "Expected " + name(m.getTargetType()) + " here.");
            case JsonParseException p -> malformed(p);
            case JsonMappingException m
            when m.getCause() instanceof InputCoercionException c ->
                field(Kind.INVALID_REQUEST, pointer(m), c.getOriginalMessage() + ".");
            case JsonMappingException m when m.getCause() instanceof JacksonException inner -> ofJson(inner);
            case JsonMappingException m -> field(Kind.INVALID_REQUEST, pointer(m), m.getOriginalMessage());
            default -> malformed(e);
        };
    }

    private static Problem malformed(JacksonException e) {
        var at = e.getLocation();
        String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
        // Jackson's advice is for who configures the parser.
        String what = e.getOriginalMessage()
                .replaceAll(": enable `JsonReadFeature.*", " is not JSON")
                .replaceAll(", from `[^`]*`", "");
        return Problem.of(Kind.MALFORMED_JSON, what + where + ". Send one JSON object as the body.", List.of());
    }

    private static Problem field(Kind kind, String pointer, String detail) {
        return Problem.of(kind, detail, List.of(new FieldError(pointer, detail)));
    }

    private static String pointer(JsonMappingException e) {
        StringBuilder pointer = new StringBuilder();
        for (JsonMappingException.Reference r : e.getPath()) {
            pointer.append('/')
                    .append(
                            r.getFieldName() == null
                                    ? String.valueOf(r.getIndex())
                                    : r.getFieldName().replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    private static String name(Class<?> type) {
        if (type == float[].class) {
            return "an array of numbers";
        }
        if (type == float.class || type == Double.class || type == double.class || type == Float.class) {
            return "a number";
        }
        if (type == Integer.class || type == int.class || type == Long.class || type == long.class) {
            return "an integer";
        }
        if (type == String.class) {
            return "a string";
        }
        if (type == Boolean.class || type == boolean.class) {
            return "true or false";
        }
        if (List.class.isAssignableFrom(type)) {
            return "an array";
        }
        if (type.isEnum()) {
            return "one of "
                    + java.util.Arrays.stream(type.getEnumConstants())
                            .map(c -> c.toString())
                            .collect(Collectors.joining(", "));
        }
        return "an object";
    }

    private static String shorten(Object value) {
        String s = value instanceof String text ? "'" + text + "'" : String.valueOf(value);
        return s.length() <= 60 ? s : s.substring(0, 60) + "…";
    }
}
