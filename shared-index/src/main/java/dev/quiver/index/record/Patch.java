package dev.quiver.index.record;

import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A change of a record's attributes, made without knowing the others that it has. Id, vector and text stay.
 *
 * @param set attributes to add, or to replace where the record has them
 * @param unset names of attributes to take away; those that a record does not have are no error
 * @param isWhole whether what is set becomes all of the attributes
 */
public record Patch(Map<String, Object> set, Set<String> unset, boolean isWhole) {

    /** @throws IllegalArgumentException if an attribute is not acceptable, or is both set and unset */
    public Patch {
        set = Attributes.check(set);
        unset = Set.copyOf(unset);
        for (String name : unset) {
            if (set.containsKey(name)) {
                throw new IllegalArgumentException("The attribute '" + name + "' is to be set and to be unset.");
            }
        }
    }

    /** A record cannot be changed so; the message names it. */
    public static final class NotPossibleException extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        NotPossibleException(String id, IllegalArgumentException cause) {
            super("The record '" + id + "' would not be acceptable. " + cause.getMessage(), cause);
        }
    }

    /** @throws NotPossibleException if the record would have more attributes than are kept for one */
    public Record apply(Record record) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        if (!isWhole) {
            attributes.putAll(record.attributes());
            attributes.keySet().removeAll(unset);
        }
        attributes.putAll(set);
        try {
            return new Record(record.id(), record.vector(), record.text(), attributes);
        } catch (IllegalArgumentException e) {
            throw new NotPossibleException(record.id(), e);
        }
    }

    /** The same if and only if the patch is: types count, the order does not. */
    public String meaning() {
        byte[] encoded = DocumentCodec.encode(Boolean.toString(isWhole), new TreeMap<>(set));
        byte[] names = DocumentCodec.encode(
                null,
                Map.of("unset", unset.stream().sorted().map(Object.class::cast).toList()));
        return Base64.getEncoder().encodeToString(encoded) + " "
                + Base64.getEncoder().encodeToString(names);
    }

    /** Whether it leaves every record as it is. */
    public boolean isEmpty() {
        return set.isEmpty() && unset.isEmpty() && !isWhole;
    }

    /** Sets these and leaves the others. */
    public static Patch setting(Map<String, Object> attributes) {
        return new Patch(attributes, Set.of(), false);
    }

    /** Takes these away. */
    public static Patch unsetting(List<String> names) {
        return new Patch(Map.of(), Set.copyOf(names), false);
    }
}
