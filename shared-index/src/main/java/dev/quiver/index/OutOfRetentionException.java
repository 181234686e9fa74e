package dev.quiver.index;

/** An earlier state was asked for that is not kept. */
public final class OutOfRetentionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutOfRetentionException(String message) {
        super(message);
    }
}
