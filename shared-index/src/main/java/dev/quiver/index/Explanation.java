package dev.quiver.index;

import dev.quiver.index.search.SegmentSearch.Plan;
import java.util.ArrayList;
import java.util.List;

/** How a search was done, collected while it runs by who asks for it. For one search and one thread. */
public final class Explanation {
    private final List<Part> parts = new ArrayList<>();

    /** Rows that were looked at together. */
    public sealed interface Part {
        /** Whose full vector was read. */
        long rowsScored();
    }

    /**
     * @param name of the segment
     * @param rows in it
     * @param matching that are live and match the filter; without a filter at least as many as are live
     * @param clusters that it has; 0 if it is too small for them
     * @param wasResident whether it was in memory whole when the search began
     */
    public record SegmentPart(
            String name, int rows, int matching, int clusters, boolean wasResident, Plan plan, long rowsScored)
            implements Part {}

    /**
     * All rows were offered, and of those that would enter the filter was asked one by one, by their documents.
     *
     * @param name of the segment, whose columns cannot answer the filter; or null: an entry of the log
     * @param rows live ones
     */
    public record ScannedPart(String name, int rows, long rowsScored) implements Part {}

    void add(Part part) {
        parts.add(part);
    }

    /** In the order of the segments, then the log. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }
}
