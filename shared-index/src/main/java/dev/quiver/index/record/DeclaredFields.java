package dev.quiver.index.record;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a collection says of its attributes. Those of which it says nothing may be anything, unless it is strict.
 *
 * @param types by name
 * @param isStrict whether there are no others
 */
public record DeclaredFields(Map<String, FieldType> types, boolean isStrict) {
    public static final DeclaredFields NONE = new DeclaredFields(Map.of(), false);

    public static final int MOST = 1000;

    /** @throws IllegalArgumentException if there are too many, or a name is none of an attribute */
    public DeclaredFields {
        types = Collections.unmodifiableMap(new LinkedHashMap<>(types));
        if (types.size() > MOST) {
            throw new IllegalArgumentException(
                    "There are " + types.size() + " fields declared, at most " + MOST + " are possible.");
        }
        types.keySet().forEach(name -> Attributes.check(Map.of(name, "")));
    }

    /** Whether they say nothing. */
    public boolean isNone() {
        return types.isEmpty() && !isStrict;
    }

    /**
     * The attributes as they are kept.
     *
     * @throws InvalidFieldException if one of them is of another type than it is declared, or not declared where all have to be
     */
    public Map<String, Object> fit(Map<String, Object> attributes) {
        if (isNone()) {
            return attributes;
        }
        Map<String, Object> fitting = new LinkedHashMap<>();
        attributes.forEach((name, value) -> {
            FieldType type = types.get(name);
            if (type == null && isStrict) {
                throw new InvalidFieldException(
                        name,
                        "There is no field '" + name + "': the collection is strict and has declared "
                                + (types.isEmpty() ? "none" : some()) + ".");
            }
            fitting.put(name, type == null ? value : type.fit(name, value));
        });
        return fitting;
    }

    private String some() {
        List<String> names = new ArrayList<>(types.keySet());
        return names.size() <= 20 ? String.join(", ", names) : String.join(", ", names.subList(0, 20)) + " and others";
    }

    /** See {@link #fit(Map)}. */
    public Record fit(Record record) {
        if (isNone()) {
            return record;
        }
        Map<String, Object> fitting = fit(record.attributes());
        return fitting.equals(record.attributes())
                ? record
                : new Record(record.id(), record.vector(), record.text(), fitting);
    }

    /** See {@link #fit(Map)}. What is taken away may have any name. */
    public Patch fit(Patch patch) {
        return isNone() ? patch : new Patch(fit(patch.set()), patch.unset(), patch.isWhole());
    }
}
