package dev.quiver.index.record;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The typed values beside a vector: names to String, Long, Double, Boolean, or a list of these. Nested objects are refused,
 * because a filter could not name what is inside them.
 */
public final class Attributes {
    /** The encoded attributes of one record. */
    public static final int MAX_BYTES = 40 * 1024;

    private Attributes() {}

    /**
     * The attributes in canonical types: Integer, Short and Byte become Long, Float becomes Double. Order is kept.
     *
     * @throws IllegalArgumentException naming the attribute and what to change
     */
    public static Map<String, Object> check(Map<String, Object> attributes) {
        Map<String, Object> checked = new LinkedHashMap<>();
        for (var e : attributes.entrySet()) {
            String name = e.getKey();
            if (name == null || name.isEmpty()) {
                throw new IllegalArgumentException("An attribute has an empty name.");
            }
            if (!Record.isWellFormed(name)) {
                throw new IllegalArgumentException(
                        "The name of an attribute holds half a surrogate pair, which is not a Unicode character.");
            }
            if (name.startsWith("$")) {
                throw new IllegalArgumentException(
                        "The attribute '" + name + "' starts with '$', which is kept for filter operators. Rename it.");
            }
            checked.put(name, canonical(name, e.getValue(), true));
        }
        int bytes = DocumentCodec.encodedAttributesLength(checked);
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "The attributes take " + bytes + " bytes, at most " + MAX_BYTES
                            + " are kept for a record. Keep large content in 'text' or outside, with its address as an attribute.");
        }
        return java.util.Collections.unmodifiableMap(checked);
    }

    private static Object canonical(String name, Object value, boolean lists) {
        return switch (value) {
            case String s when Record.isWellFormed(s) -> s;
            case String _ ->
                throw new IllegalArgumentException(
                        "The attribute '" + name + "' holds half a surrogate pair, which is not a Unicode character.");
            case Boolean b -> b;
            case Long l -> l;
            case Integer i -> i.longValue();
            case Short s -> s.longValue();
            case Byte b -> b.longValue();
            case Double d when Double.isFinite(d) -> d;
            case Float f when Float.isFinite(f) -> f.doubleValue();
            case List<?> list
            when lists -> {
                List<Object> values = new ArrayList<>(list.size());
                for (Object v : list) {
                    values.add(canonical(name, v, false));
                }
                yield java.util.Collections.unmodifiableList(values);
            }
            case null ->
                throw new IllegalArgumentException("The attribute '" + name
                        + "' is null. Leave it out; a filter finds it with {\"$exists\": false}.");
            default ->
                throw new IllegalArgumentException("The attribute '" + name + "' is " + describe(value)
                        + ". Attributes are strings, 64-bit numbers, booleans and lists of these.");
        };
    }

    private static String describe(Object value) {
        return switch (value) {
            case Map<?, ?> _ -> "an object";
            case List<?> _ -> "a list within a list";
            case Double d -> "the number " + d;
            case Float f -> "the number " + f;
            case Number n -> "the number " + n + ", which does not fit 64 bits";
            default -> "of type " + value.getClass().getSimpleName();
        };
    }
}
