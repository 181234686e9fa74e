package dev.quiver.index;

import dev.quiver.index.record.Condition;

/** A batch was not committed, because what one of its operations asked for did not hold. */
public final class ConditionFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String id;
    private final transient Long actual;

    /** @param actual the record's version, or null if there is none */
    ConditionFailedException(String id, Condition condition, Long actual) {
        super("Record '" + id + "' "
                + switch (condition) {
                    case Condition.Absent _ -> "exists already, in version " + actual + ", and ifAbsent was asked for.";
                    case Condition.Version(long version) ->
                        (actual == null ? "does not exist" : "has version " + actual) + ", and ifVersion " + version
                                + " was asked for.";
                    case Condition.Unchanged _ ->
                        actual == null ? "was deleted meanwhile." : "was changed meanwhile, to version " + actual + ".";
                }
                + " Nothing of the batch was written. Fetch the record and try again.");
        this.id = id;
        this.actual = actual;
    }

    public String id() {
        return id;
    }

    /** The version of the record that is there, or null. */
    public Long actual() {
        return actual;
    }
}
