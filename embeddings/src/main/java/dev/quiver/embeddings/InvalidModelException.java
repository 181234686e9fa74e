package dev.quiver.embeddings;

/** A file is not the model or the list of vectors that it is taken for. The message names the file, the place and what to do. */
public final class InvalidModelException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidModelException(String message) {
        super(message);
    }

    public InvalidModelException(String message, Throwable cause) {
        super(message, cause);
    }
}
