package dev.quiver.index;

/** A state was asked for that has never been. */
public final class NoSuchStateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    NoSuchStateException(String message) {
        super(message);
    }
}
