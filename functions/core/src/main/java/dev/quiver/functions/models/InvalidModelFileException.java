package dev.quiver.functions.models;

/** A {@code model.json} that cannot be used. The message names the field and what to change. */
public final class InvalidModelFileException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    InvalidModelFileException(String message) {
        super(message);
    }

    InvalidModelFileException(String message, Throwable cause) {
        super(message, cause);
    }
}
