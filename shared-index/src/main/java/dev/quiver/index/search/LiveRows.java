package dev.quiver.index.search;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.segment.Segment;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * Which rows of a segment are live. Of a segment that is still arriving nobody knows yet where an id lies: what the log has replaced or deleted since is kept by id until it is there, and a
 * search that fetches single rows passes over these ids. Not changed any more once a view has it.
 */
public final class LiveRows {
    private final long[] known;
    private final Set<String> removed;
    private volatile long[] settled;

    private LiveRows(long[] known, Set<String> removed) {
        this.known = known;
        this.removed = removed;
    }

    /** @param bits a bit a row */
    public static LiveRows of(long[] bits) {
        return new LiveRows(bits, new HashSet<>());
    }

    /** One that may be changed without changing this. */
    public LiveRows copy(Segment segment) {
        return segment.resident() ? of(bits(segment).clone()) : new LiveRows(known, new HashSet<>(removed));
    }

    /** The row with this id, if there is one, is live no longer. */
    public void remove(byte[] id) {
        removed.add(new String(id, StandardCharsets.UTF_8));
    }

    /** A bit a row. Waits for the segment if it has to. */
    public long[] bits(Segment segment) {
        if (removed.isEmpty()) {
            return known;
        }
        long[] bits = settled;
        if (bits == null) {
            bits = known.clone();
            for (String id : removed) {
                int row = segment.ordinalOf(id.getBytes(StandardCharsets.UTF_8));
                if (row >= 0) {
                    BitSets.clear(bits, row);
                }
            }
            settled = bits;
        }
        return bits;
    }

    /** Without waiting: rows that are live unless {@link #isRemoved}. */
    public long[] known() {
        return known;
    }

    public boolean isRemoved(byte[] id) {
        return !removed.isEmpty() && removed.contains(new String(id, StandardCharsets.UTF_8));
    }

    /** How many ids are removed of which nobody knows yet where they lie. */
    public int removed() {
        return removed.size();
    }

    /** At least as many as are live. */
    public int most() {
        return BitSets.count(known);
    }
}
