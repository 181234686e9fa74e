package dev.quiver.index.vector;

/** A vector that the collection cannot take; the message says what to change. */
public final class InvalidVectorException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public enum Reason {
        DIMENSION,
        NOT_FINITE,
        ZERO,
        TOO_LONG
    }

    private final Reason reason;

    InvalidVectorException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
