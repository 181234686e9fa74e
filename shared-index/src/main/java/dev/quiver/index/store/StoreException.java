package dev.quiver.index.store;

/**
 * The store did not do what was asked. {@link #outcomeUnknown} is the one thing a writer must know: a request that was
 * refused can be reported as failed, one whose answer was lost may have been applied and must be resolved by reading back.
 */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean outcomeUnknown;

    private StoreException(String message, Throwable cause, boolean outcomeUnknown) {
        super(message, cause);
        this.outcomeUnknown = outcomeUnknown;
    }

    /** The request certainly had no effect. */
    public static StoreException refused(String message, Throwable cause) {
        return new StoreException(message, cause, false);
    }

    /** The request may or may not have been applied. */
    public static StoreException unknown(String message, Throwable cause) {
        return new StoreException(message, cause, true);
    }

    public boolean outcomeUnknown() {
        return outcomeUnknown;
    }
}
