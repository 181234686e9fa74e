package dev.quiver.index;

import dev.quiver.index.text.TextStatistics;
import java.util.List;

/**
 * @param hits best first; equals in the order of their ids
 * @param sequence the last commit that this answer takes into account
 * @param lookNanos of the time it took, those for bringing the view up to date
 * @param uid of the collection that was searched, see {@link Collection#uid}
 * @param statistics for {@link TextRequest#with}, to search again with the same scores
 */
public record TextResult(
        List<SearchResult.Hit> hits, long sequence, long lookNanos, String uid, TextStatistics statistics) {}
