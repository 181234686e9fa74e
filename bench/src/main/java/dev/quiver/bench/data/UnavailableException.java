package dev.quiver.bench.data;

import java.io.Serial;

/** A data set or a peer cannot be had here; the message says why, in words for the report. */
public final class UnavailableException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    public UnavailableException(String reason) {
        super(reason);
    }

    public UnavailableException(String reason, Throwable cause) {
        super(reason, cause);
    }
}
