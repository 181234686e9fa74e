package dev.quiver.index;

import dev.quiver.index.record.Record;
import dev.quiver.index.text.TextStatistics;
import java.util.List;

/**
 * @param hits best first; equals in the order of their ids
 * @param isAll whether neither search has more rows than it was asked for
 * @param sequence the last commit that this answer takes into account
 * @param rowsScored how many rows had their full vector read
 * @param lookNanos of the time it took, those for bringing the view up to date
 * @param uid of the collection that was searched, see {@link Collection#uid}
 * @param statistics for {@link TextRequest#with}, to search again with the same scores of words
 */
public record HybridResult(
        List<Hit> hits,
        boolean isAll,
        long sequence,
        long rowsScored,
        long lookNanos,
        String uid,
        TextStatistics statistics) {
    /**
     * @param score of the fusion, higher is better
     * @param vectorScore see {@link dev.quiver.index.vector.Metric}
     * @param textScore 0 if no word fits
     */
    public record Hit(Record record, float score, float vectorScore, float textScore) {}
}
