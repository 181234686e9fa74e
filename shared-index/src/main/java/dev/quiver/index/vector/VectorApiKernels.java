package dev.quiver.index.vector;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The kernels on the JDK's Vector API, as wide as the machine's registers. Habits that C2 and GraalVM need: species are static and final, no
 * vector lives in a field, loops count in int and offsets in long.
 */
final class VectorApiKernels implements Kernels {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    /** Half a register of bytes, which widens to a whole one of shorts. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

    private static final int LANES = F.length();
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    @Override
    public String name() {
        return "vector-api-" + F.vectorBitSize();
    }

    @Override
    public void dot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        int blocked = dimension - dimension % (4 * LANES);
        int whole = dimension - dimension % LANES;
        for (int r = 0; r < count; r++) {
            long row = offset + 4L * dimension * r;
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = FloatVector.zero(F);
            FloatVector s2 = FloatVector.zero(F);
            FloatVector s3 = FloatVector.zero(F);
            int i = 0;
            for (; i < blocked; i += 4 * LANES) {
                s0 = load(rows, row, i).fma(load(query, 0, i), s0);
                s1 = load(rows, row, i + LANES).fma(load(query, 0, i + LANES), s1);
                s2 = load(rows, row, i + 2 * LANES).fma(load(query, 0, i + 2 * LANES), s2);
                s3 = load(rows, row, i + 3 * LANES).fma(load(query, 0, i + 3 * LANES), s3);
            }
            for (; i < whole; i += LANES) {
                s0 = load(rows, row, i).fma(load(query, 0, i), s0);
            }
            float sum = s0.add(s1).add(s2.add(s3)).reduceLanes(VectorOperators.ADD);
            for (; i < dimension; i++) {
                sum += OffHeap.getFloat(rows, row + 4L * i) * OffHeap.getFloat(query, 4L * i);
            }
            scores[r] = sum;
        }
    }

    @Override
    public void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        int blocked = dimension - dimension % (2 * LANES);
        int whole = dimension - dimension % LANES;
        for (int r = 0; r < count; r++) {
            long row = offset + 4L * dimension * r;
            FloatVector s0 = FloatVector.zero(F);
            FloatVector s1 = FloatVector.zero(F);
            int i = 0;
            for (; i < blocked; i += 2 * LANES) {
                FloatVector d0 = load(rows, row, i).sub(load(query, 0, i));
                FloatVector d1 = load(rows, row, i + LANES).sub(load(query, 0, i + LANES));
                s0 = d0.fma(d0, s0);
                s1 = d1.fma(d1, s1);
            }
            for (; i < whole; i += LANES) {
                FloatVector d = load(rows, row, i).sub(load(query, 0, i));
                s0 = d.fma(d, s0);
            }
            float sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
            for (; i < dimension; i++) {
                float d = OffHeap.getFloat(rows, row + 4L * i) - OffHeap.getFloat(query, 4L * i);
                sum += d * d;
            }
            scores[r] = sum;
        }
    }

    @Override
    public void dotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores) {
        int lanes = S.length();
        int blocked = dimension - dimension % (2 * lanes);
        int whole = dimension - dimension % lanes;
        for (int r = 0; r < count; r++) {
            long row = offset + (long) dimension * r;
            IntVector s0 = IntVector.zero(I);
            IntVector s1 = IntVector.zero(I);
            int i = 0;
            for (; i < blocked; i += 2 * lanes) {
                // Two products fit 16 bits, so they are added before they are widened.
                IntVector p = products(rows, row, query, i)
                        .add(products(rows, row, query, i + lanes))
                        .reinterpretAsInts();
                s0 = s0.add(low(p));
                s1 = s1.add(high(p));
            }
            if (i < whole) {
                IntVector p = products(rows, row, query, i).reinterpretAsInts();
                s0 = s0.add(low(p));
                s1 = s1.add(high(p));
                i = whole;
            }
            int sum = s0.add(s1).reduceLanes(VectorOperators.ADD);
            for (; i < dimension; i++) {
                sum += OffHeap.getByte(rows, row + i) * OffHeap.getShort(query, 2L * i);
            }
            scores[r] = sum;
        }
    }

    /** The even shorts of a vector, widened. */
    private static IntVector low(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 16);
    }

    /** The odd ones. */
    private static IntVector high(IntVector pairs) {
        return pairs.lanewise(VectorOperators.ASHR, 16);
    }

    private static FloatVector load(MemorySegment m, long base, int i) {
        return FloatVector.fromMemorySegment(F, m, base + 4L * i, LE);
    }

    private static ShortVector products(MemorySegment rows, long row, MemorySegment query, int i) {
        ShortVector codes = (ShortVector)
                ByteVector.fromMemorySegment(B, rows, row + i, LE).convertShape(VectorOperators.B2S, S, 0);
        return codes.mul(ShortVector.fromMemorySegment(S, query, 2L * i, LE));
    }
}
