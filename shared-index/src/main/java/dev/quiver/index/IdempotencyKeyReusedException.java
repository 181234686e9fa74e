package dev.quiver.index;

/** A batch was not committed, because another one had been committed under its idempotency key. */
public final class IdempotencyKeyReusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    IdempotencyKeyReusedException(long sequence) {
        super(
                "The idempotency key was used before, by commit " + sequence
                        + ", with other operations or ids. Nothing of this batch was written. Give every new batch a key of its own; only what is sent again keeps its key.");
    }
}
