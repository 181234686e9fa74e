package dev.quiver.index;

import dev.quiver.index.filter.Filter;
import dev.quiver.index.log.LogEntry;
import dev.quiver.index.log.Manifests.Current;
import dev.quiver.index.memory.BitSets;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.search.LiveRows;
import dev.quiver.index.search.Rows;
import dev.quiver.index.search.SegmentSearch;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.segment.Segment;
import java.util.List;
import java.util.Optional;

/**
 * One consistent state of a collection in memory: segments and the log entries after them, each with a bit a row that says whether the row is
 * still the newest of its id. Immutable, so a search runs on it while the next one is made.
 */
record View(Current current, List<Part> parts, long sequence, long readAt) {

    /** Rows and which of them are live. */
    sealed interface Part {
        /** A bit a row. Of a segment that is still arriving this may wait until it is there. */
        long[] live();

        /** At least as many as are live; does not wait. */
        int mostLive();

        RowSource source();

        Rows rows();

        /** The live rows that match, whatever it takes to find them out. Not to be changed. */
        default long[] matching(Filter filter) {
            if (filter instanceof Filter.All) {
                return live();
            }
            return fromColumns(filter).orElseGet(() -> {
                long[] bits = live().clone();
                for (int row = 0; row < source().rows(); row++) {
                    if (BitSets.get(bits, row) && !filter.matches(DocumentCodec.attributes(source().document(row)))) {
                        BitSets.clear(bits, row);
                    }
                }
                return bits;
            });
        }

        /** The live rows that match; empty if only their documents can tell. */
        default Optional<long[]> fromColumns(Filter filter) {
            return Optional.empty();
        }

        /** With live rows of its own. */
        Part copy();
    }

    record SegmentPart(
            String name, String deletions, String owner, Segment segment, SegmentSearch search, LiveRows liveRows)
            implements Part {
        @Override
        public long[] live() {
            return liveRows.bits(segment);
        }

        @Override
        public int mostLive() {
            return liveRows.most();
        }

        @Override
        public RowSource source() {
            return segment;
        }

        @Override
        public Rows rows() {
            return Rows.of(segment, live());
        }

        @Override
        public Optional<long[]> fromColumns(Filter filter) {
            return segment.columns().flatMap(c -> c.matching(filter)).map(bits -> {
                BitSets.and(bits, live());
                return bits;
            });
        }

        @Override
        public Part copy() {
            return new SegmentPart(name, deletions, owner, segment, search, liveRows.copy(segment));
        }
    }

    /** @param words shared by all that have this entry */
    record FreshPart(LogEntry entry, int dimension, long[] live, FreshWords words) implements Part {
        @Override
        public RowSource source() {
            return new FreshRows(entry, dimension);
        }

        @Override
        public Rows rows() {
            return new Rows(entry.rows(), entry.vectors(), entry.norms(), null, live);
        }

        @Override
        public int mostLive() {
            return BitSets.count(live);
        }

        @Override
        public Part copy() {
            return new FreshPart(entry, dimension, live.clone(), words);
        }
    }

    private record FreshRows(LogEntry entry, int dimension) implements RowSource {
        @Override
        public int rows() {
            return entry.rows();
        }

        @Override
        public byte[] id(int row) {
            return entry.ids().get(row);
        }

        @Override
        public float[] vector(int row) {
            return dev.quiver.index.memory.OffHeap.getFloats(entry.vectors(), 4L * dimension * row, dimension);
        }

        @Override
        public byte[] document(int row) {
            return entry.documents().get(row);
        }

        @Override
        public long version(int row) {
            return entry.sequence();
        }
    }

    View {
        parts = List.copyOf(parts);
    }

    List<SegmentPart> segments() {
        return parts.stream()
                .filter(SegmentPart.class::isInstance)
                .map(SegmentPart.class::cast)
                .toList();
    }

    List<FreshPart> fresh() {
        return parts.stream()
                .filter(FreshPart.class::isInstance)
                .map(FreshPart.class::cast)
                .toList();
    }

    /** At least as many as are live; does not wait for segments that are arriving. */
    long mostLiveRows() {
        return parts.stream().mapToLong(Part::mostLive).sum();
    }

    long liveRows() {
        return parts.stream().mapToLong(p -> BitSets.count(p.live())).sum();
    }

    /** Rows and deletes in the log, live or not: what folding would get rid of. */
    long freshOperations() {
        return fresh().stream()
                .mapToLong(f -> f.entry().rows() + f.entry().deletes().size())
                .sum();
    }

    long freshBytes() {
        return fresh().stream().mapToLong(f -> f.entry().bytes()).sum();
    }
}
