package dev.quiver.index.record;

/** What must hold of the record that an operation is about to replace or delete, when the batch is committed. */
public sealed interface Condition {
    /** There is no record with the id. */
    record Absent() implements Condition {}

    /** The record was last written by the commit with this sequence. */
    record Version(long version) implements Condition {
        public Version {
            if (version < 1) {
                throw new IllegalArgumentException("ifVersion is " + version + ", versions count from 1.");
            }
        }
    }

    /** The record is the one that a read has seen, whose version may also be 0: not known. */
    record Unchanged(long version) implements Condition {}
}
