package dev.quiver.index.search;

import dev.quiver.index.segment.Segment;
import java.lang.foreign.MemorySegment;

/**
 * Rows that lie densely in memory, of a segment or of a log entry.
 *
 * @param count number of rows
 * @param vectors f32[count × dimension]
 * @param norms f32[count]
 * @param codes int8 codes of the same rows, or null
 * @param live a bit a row; rows whose bit is 0 are skipped
 */
public record Rows(int count, MemorySegment vectors, MemorySegment norms, Codes codes, long[] live) {

    /** The rows of a segment. */
    public static Rows of(Segment segment, long[] live) {
        return new Rows(
                segment.rows(),
                segment.vectors(),
                segment.norms(),
                new Codes(segment.codes(), segment.scales(), segment.errors()),
                live);
    }

    /**
     * @param values i8[count × dimension]
     * @param scales f32[count]
     * @param errors f32[count]: how far a row is from its codes times its scale, at most
     */
    public record Codes(MemorySegment values, MemorySegment scales, MemorySegment errors) {}
}
