package dev.quiver.index.record;

import java.util.List;
import java.util.Locale;

/** What the values of a declared field are. Dates are strings of ISO 8601, kept in one form whose order is that of time. */
public enum FieldType {
    STRING,
    NUMBER,
    BOOLEAN,
    DATE,
    STRINGS,
    NUMBERS,
    DATES;

    /** Whether it is a list. */
    boolean isList() {
        return this == STRINGS || this == NUMBERS || this == DATES;
    }

    /** Of a list, the type of its elements. */
    public FieldType element() {
        return switch (this) {
            case STRINGS -> STRING;
            case NUMBERS -> NUMBER;
            case DATES -> DATE;
            default -> this;
        };
    }

    /**
     * The value as it is kept, or as a filter compares with it.
     *
     * @throws InvalidFieldException if it is none of this type
     */
    Object fit(String name, Object value) {
        if (isList()) {
            if (value instanceof List<?> list) {
                return list.stream().map(v -> fitElement(name, v)).toList();
            }
            throw wrong(name, value);
        }
        return fitElement(name, value);
    }

    /**
     * As {@link #fit}, of one element of a list.
     *
     * @throws InvalidFieldException if it is none of this type
     */
    public Object fitElement(String name, Object value) {
        boolean fits =
                switch (element()) {
                    case NUMBER -> value instanceof Number;
                    case BOOLEAN -> value instanceof Boolean;
                    default -> value instanceof String;
                };
        if (!fits) {
            throw wrong(name, value);
        }
        return element() == DATE ? Dates.canonical((String) value).orElseThrow(() -> wrong(name, value)) : value;
    }

    private InvalidFieldException wrong(String name, Object value) {
        String given =
                switch (value) {
                    case String s -> "the string '" + (s.length() <= 60 ? s : s.substring(0, 60) + "…") + "'";
                    case List<?> _ -> "a list";
                    case Boolean b -> b.toString();
                    default -> "the number " + value;
                };
        String wanted =
                switch (this) {
                    case DATE -> "a date such as 2026-11-23 or 2026-11-23T10:15:30Z, of the years 0 to 9999";
                    case DATES -> "a list of dates";
                    case STRINGS -> "a list of strings";
                    case NUMBERS -> "a list of numbers";
                    case BOOLEAN -> "true or false";
                    default -> "a " + this;
                };
        return new InvalidFieldException(
                name,
                "The field '" + name + "' is declared as " + this + ", so it must be " + wanted + "; it is " + given
                        + ".");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
