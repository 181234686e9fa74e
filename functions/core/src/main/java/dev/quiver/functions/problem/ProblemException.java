package dev.quiver.functions.problem;

import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import java.util.List;

/** Ends an operation with a {@link Problem}. */
public final class ProblemException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    public ProblemException(Kind kind, String detail) {
        this(kind, detail, null);
    }

    public ProblemException(Kind kind, String detail, Throwable cause) {
        super(detail, cause);
        this.problem = Problem.of(kind, detail, List.of());
    }

    private ProblemException(Kind kind, List<FieldError> errors) {
        super(errors.getFirst().pointer() + ": " + errors.getFirst().detail());
        String more = errors.size() == 1 ? "" : " (and " + (errors.size() - 1) + " more, see errors)";
        this.problem = Problem.of(kind, errors.getFirst().detail() + more, errors);
    }

    /** A problem of one field. */
    public static ProblemException at(Kind kind, String pointer, String detail) {
        return new ProblemException(kind, List.of(new FieldError(pointer, detail)));
    }

    /** A problem of several fields. */
    public static ProblemException at(Kind kind, List<FieldError> errors) {
        return new ProblemException(kind, errors);
    }

    public Problem problem() {
        return problem;
    }
}
