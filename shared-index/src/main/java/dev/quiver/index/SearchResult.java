package dev.quiver.index;

import dev.quiver.index.record.Record;
import java.util.List;

/**
 * @param hits best first; equals in the order of their ids
 * @param sequence the last commit that this answer takes into account
 * @param rowsScored how many rows had their full vector read
 * @param lookNanos of the time it took, those for bringing the view up to date
 * @param uid of the collection that was searched, see {@link Collection#uid}
 */
public record SearchResult(List<Hit> hits, long sequence, long rowsScored, long lookNanos, String uid) {
    /** @param score see {@link dev.quiver.index.vector.Metric} */
    public record Hit(Record record, float score) {}
}
