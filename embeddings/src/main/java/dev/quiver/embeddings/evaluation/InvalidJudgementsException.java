package dev.quiver.embeddings.evaluation;

/** A file of judgements, rankings or pairs is not what it is read as. The message names the file, the line and what to do. */
public final class InvalidJudgementsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public InvalidJudgementsException(String message) {
        super(message);
    }
}
