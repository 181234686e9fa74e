package dev.quiver.events;

/** What an event asks for can never be done, however often it comes again. */
public final class UnusableEventException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnusableEventException(String message) {
        super(message);
    }

    UnusableEventException(String message, Throwable cause) {
        super(message, cause);
    }
}
