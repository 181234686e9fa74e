package dev.quiver.functions.embedding;

/** A model that has no vector for a text. The message says which and what to do. */
public final class UnknownTextException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int index;

    public UnknownTextException(int index, String message) {
        super(message);
        this.index = index;
    }

    /** Which of the texts. */
    public int index() {
        return index;
    }
}
