package dev.quiver.infra.lambda;

/** An invocation that the service itself refused, before any function saw it. */
public final class LambdaException extends RuntimeException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final String type;

    LambdaException(int status, String type, String message) {
        super(message);
        this.status = status;
        this.type = type;
    }

    /** The status that the Invoke API answers with. */
    public int status() {
        return status;
    }

    /** The name that AWS gives it, for example {@code RequestTooLargeException}. */
    public String type() {
        return type;
    }
}
