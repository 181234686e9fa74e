package dev.quiver.client;

import java.util.List;

/** A request that did not succeed: what the server's problem document (RFC 9457) says, or why there is no answer. */
public final class QuiverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** The type where nobody gave one: of an answer that is not a problem document, and where there is none. */
    public static final String NO_TYPE = "about:blank";

    private final String type;
    private final String title;
    private final int status;
    private final String detail;
    private final transient List<FieldError> errors;

    QuiverException(String type, String title, int status, String detail, List<FieldError> errors, Throwable cause) {
        super((status == 0 ? "" : status + " ") + (title == null ? "" : title + ": ") + detail, cause);
        this.type = type == null ? NO_TYPE : type;
        this.title = title;
        this.status = status;
        this.detail = detail;
        this.errors = errors == null ? List.of() : List.copyOf(errors);
    }

    static QuiverException withoutAnswer(String detail, Throwable cause) {
        return new QuiverException(NO_TYPE, null, 0, detail, List.of(), cause);
    }

    /** Names the kind of problem, such as {@code urn:quiver:problem:collection-not-found}; {@link #NO_TYPE} if there is none. */
    public String type() {
        return type;
    }

    /** Whether the type is this one, without its prefix: {@code is("collection-not-found")}. */
    public boolean is(String kind) {
        return type.equals("urn:quiver:problem:" + kind);
    }

    /** The HTTP status; 0 if there was no answer. */
    public int status() {
        return status;
    }

    /** The kind of problem in words; null if there is none. */
    public String title() {
        return title;
    }

    /** What is wrong and what to change. */
    public String detail() {
        return detail;
    }

    /** The fields that are wrong; empty when it is not about fields. */
    public List<FieldError> errors() {
        return errors == null ? List.of() : errors;
    }
}
