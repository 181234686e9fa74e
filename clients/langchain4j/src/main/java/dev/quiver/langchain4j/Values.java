package dev.quiver.langchain4j;

import dev.langchain4j.data.document.Metadata;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/** Metadata of LangChain4j as attributes of Quiver, and back. */
final class Values {
    private Values() {}

    static Map<String, Object> attributes(Metadata metadata) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        metadata.toMap().forEach((key, value) -> attributes.put(key, toQuiver(key, value)));
        return attributes;
    }

    /**
     * A UUID becomes its text, a whole number a long, any other a double.
     *
     * @throws IllegalArgumentException if Quiver has nothing like it
     */
    static Object toQuiver(String key, Object value) {
        return switch (value) {
            case String s -> s;
            case UUID u -> u.toString();
            case Integer i -> i.longValue();
            case Long l -> l;
            case Float f -> toDouble(f);
            case Double d -> d;
            case Boolean b -> b;
            case null -> throw new IllegalArgumentException("The value of '" + key + "' is null.");
            default ->
                throw new IllegalArgumentException("The value of '" + key + "' is of the type "
                        + value.getClass().getName()
                        + ". Use strings, UUIDs, integers, longs, floats and doubles.");
        };
    }

    /** LangChain4j takes 1.23f and 1.23d for equal, so a float is kept as the decimal number that it is written as, if that leads back to it. */
    private static Double toDouble(Float f) {
        double decimal = Double.parseDouble(f.toString());
        return (float) decimal == f ? decimal : (double) f;
    }

    /** Attributes that LangChain4j has no type for, booleans and lists, become text; one whose name is blank is left out. */
    static Metadata metadata(Map<String, Object> attributes) {
        Metadata metadata = new Metadata();
        attributes.forEach((name, value) -> {
            if (!name.isBlank()) {
                switch (value) {
                    case Long l -> metadata.put(name, l);
                    case Double d -> metadata.put(name, d);
                    default -> metadata.put(name, value.toString());
                }
            }
        });
        return metadata;
    }
}
