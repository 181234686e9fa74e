package dev.quiver.index;

/** A change by a filter matches more records than one commit takes. Nothing was written; the message says what to do. */
public final class TooManyRecordsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    TooManyRecordsException(String message) {
        super(message);
    }
}
