package dev.quiver.index.record;

/** An attribute is not what its collection has declared. The message says what it must be. */
public final class InvalidFieldException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String field;

    InvalidFieldException(String field, String message) {
        super(message);
        this.field = field;
    }

    /** Its name. */
    public String field() {
        return field;
    }
}
