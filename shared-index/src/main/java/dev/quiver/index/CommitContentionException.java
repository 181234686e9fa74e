package dev.quiver.index;

/** Other writers took every sequence that was tried. Nothing was written. */
public final class CommitContentionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommitContentionException(String collection, int attempts) {
        super("Other writers of '" + collection + "' were faster " + attempts
                + " times in a row. Nothing was written: send the batch again, and put more records into each batch.");
    }
}
