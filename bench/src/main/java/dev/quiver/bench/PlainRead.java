package dev.quiver.bench;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Reads memory as fast as one thread can and does next to nothing with it: the bound for every scan. Which order of reading is the fastest depends
 * on the machine's prefetchers, so there are two: one stream, and four streams far apart.
 */
final class PlainRead {
    private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;
    private static final int WIDTH = L.vectorByteSize();
    private static final int BLOCK = 1 << 16;

    private PlainRead() {}

    /** The sum of the longs, a whole number of blocks from the start. */
    static long oneStream(MemorySegment m) {
        LongVector a = LongVector.zero(L);
        LongVector b = LongVector.zero(L);
        LongVector c = LongVector.zero(L);
        LongVector d = LongVector.zero(L);
        for (long base = 0; base + BLOCK <= m.byteSize(); base += BLOCK) {
            for (int i = 0; i < BLOCK; i += 4 * WIDTH) {
                a = a.add(load(m, base + i));
                b = b.add(load(m, base + i + WIDTH));
                c = c.add(load(m, base + (i + 2 * WIDTH)));
                d = d.add(load(m, base + (i + 3 * WIDTH)));
            }
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    /** The same, of each quarter. */
    static long fourStreams(MemorySegment m) {
        LongVector a = LongVector.zero(L);
        LongVector b = LongVector.zero(L);
        LongVector c = LongVector.zero(L);
        LongVector d = LongVector.zero(L);
        long quarter = m.byteSize() / 4 & -BLOCK;
        for (long base = 0; base < quarter; base += BLOCK) {
            for (int i = 0; i < BLOCK; i += WIDTH) {
                a = a.add(load(m, base + i));
                b = b.add(load(m, base + i + quarter));
                c = c.add(load(m, base + i + 2 * quarter));
                d = d.add(load(m, base + i + 3 * quarter));
            }
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }

    private static LongVector load(MemorySegment m, long offset) {
        return LongVector.fromMemorySegment(L, m, offset, ByteOrder.LITTLE_ENDIAN);
    }
}
