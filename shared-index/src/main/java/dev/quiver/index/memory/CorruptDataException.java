package dev.quiver.index.memory;

/** Stored bytes are not what was written. The message names the object and the part of it that is damaged. */
public final class CorruptDataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CorruptDataException(String message) {
        super(message);
    }

    public CorruptDataException(String message, Throwable cause) {
        super(message, cause);
    }
}
