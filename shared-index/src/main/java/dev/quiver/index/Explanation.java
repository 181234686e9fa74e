package dev.quiver.index;

import dev.quiver.index.search.SegmentSearch.Plan;
import dev.quiver.index.text.ExplainedTerm;
import dev.quiver.index.text.TermScore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a search was done, collected while it runs by who asks for it. For one search and one thread. */
public final class Explanation {
    private final List<Part> parts = new ArrayList<>();
    private final Map<String, Hit> hits = new HashMap<>();
    private Words words;
    private Fused fused;

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

    /**
     * Words were looked up.
     *
     * @param name of the segment; or null: an entry of the log
     * @param rows in it; in the log, live ones
     * @param wasIndexed whether it has postings of these fields; else its texts were analyzed for this search
     * @param wasResident whether it was in memory whole when the search began
     */
    public record WordsPart(String name, int rows, boolean wasIndexed, boolean wasResident) implements Part {
        @Override
        public long rowsScored() {
            return 0;
        }
    }

    /**
     * A field in which words were searched for.
     *
     * @param rows that have a word in it, with deleted ones that are not compacted away
     * @param averageLength words of such a row
     */
    public record Field(String name, String analyzer, long rows, double averageLength) {}

    /** What the words were and how much each counts. */
    public record Words(List<Field> fields, List<ExplainedTerm> terms) {}

    /**
     * What one of two searches adds to the score of a hit.
     *
     * @param rank from 1; 0 if it is not in that list
     */
    public record Share(int rank, double share) {}

    /**
     * @param terms what adds up to the score of the words
     * @param vector of a fused score; else null
     * @param text the rest of the fused score; else null
     */
    public record Hit(List<TermScore> terms, Share vector, Share text) {}

    /** The worst and the best score among the rows of both lists. */
    public record Range(double worst, double best) {}

    /** What was stretched to 0 … 1 by {@link Fusion.Method#WEIGHTED}. */
    public record Fused(Fusion fusion, Range vector, Range text) {}

    void words(Words found) {
        words = found;
    }

    void fused(Fused how) {
        fused = how;
    }

    void hit(String id, Hit hit) {
        hits.put(id, hit);
    }

    /** Of a search for words. */
    public Optional<Words> words() {
        return Optional.ofNullable(words);
    }

    /** Of a search for both. */
    public Optional<Fused> fused() {
        return Optional.ofNullable(fused);
    }

    /** Of a search for words, its hits by their ids. */
    public Map<String, Hit> hits() {
        return Map.copyOf(hits);
    }

    void add(Part part) {
        parts.add(part);
    }

    /** In the order of the segments, then the log. */
    public List<Part> parts() {
        return List.copyOf(parts);
    }
}
