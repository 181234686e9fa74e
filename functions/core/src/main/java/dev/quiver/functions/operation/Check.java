package dev.quiver.functions.operation;

import dev.quiver.functions.problem.Problem.FieldError;
import dev.quiver.functions.problem.Problem.Kind;
import dev.quiver.functions.problem.ProblemException;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with a request, so that the caller is told all of it at once. */
public final class Check {
    private final List<FieldError> errors = new ArrayList<>();

    /** @throws ProblemException if there is no request at all */
    public static Check of(Object request) {
        if (request == null) {
            throw new ProblemException(Kind.INVALID_REQUEST, "The request is empty. Send a JSON object as the body.");
        }
        return new Check();
    }

    public Check that(boolean holds, String pointer, String detail) {
        if (!holds) {
            errors.add(new FieldError(pointer, detail));
        }
        return this;
    }

    public Check given(String value, String pointer) {
        return that(value != null && !value.isBlank(), pointer, "This field is required and must not be blank.");
    }

    public Check size(List<?> list, int max, String pointer) {
        if (list == null || list.isEmpty()) {
            return that(false, pointer, "Give at least one.");
        }
        that(
                list.size() <= max,
                pointer,
                "There are " + list.size() + ", at most " + max + " go in one request. Send several.");
        return elements(list, pointer);
    }

    /** @param list null for none */
    public Check elements(List<?> list, String pointer) {
        for (int i = 0; list != null && i < list.size(); i++) {
            that(list.get(i) != null, pointer + "/" + i, "This must not be null.");
        }
        return this;
    }

    public Check range(Integer value, int min, int max, String pointer) {
        return that(
                value == null || (value >= min && value <= max),
                pointer,
                "The value is " + value + ", it must be " + min + " to " + max + ".");
    }

    /** @throws ProblemException if anything was wrong */
    public void done() {
        if (!errors.isEmpty()) {
            throw ProblemException.at(Kind.INVALID_REQUEST, errors);
        }
    }
}
