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
final class VectorApiKernels extends JavaKernels {
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Short> S = ShortVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    /** Half a register of bytes, which widens to a whole one of shorts. */
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(S.vectorBitSize() / 2));

    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;

    private static final int LANES = F.length();
    private static final ByteOrder LE = ByteOrder.LITTLE_ENDIAN;

    @Override
    public String name() {
        return "vector-api-" + F.vectorBitSize();
    }

    @Override
    public void dot(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dot(rows, offset + 4L * dimension * r, query, dimension);
        }
    }

    @Override
    public void dotAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dot(rows, 4L * dimension * ordinals[r], query, dimension);
        }
    }

    private static float dot(MemorySegment rows, long row, MemorySegment query, int dimension) {
        int blocked = dimension - dimension % (4 * LANES);
        int whole = dimension - dimension % LANES;
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
        return sum;
    }

    @Override
    public void squaredDistance(
            MemorySegment rows, long offset, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = squaredDistance(rows, offset + 4L * dimension * r, query, dimension);
        }
    }

    @Override
    public void squaredDistanceAt(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, float[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = squaredDistance(rows, 4L * dimension * ordinals[r], query, dimension);
        }
    }

    private static float squaredDistance(MemorySegment rows, long row, MemorySegment query, int dimension) {
        int blocked = dimension - dimension % (2 * LANES);
        int whole = dimension - dimension % LANES;
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
        return sum;
    }

    @Override
    public void dotInt8(MemorySegment rows, long offset, int count, MemorySegment query, int dimension, int[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dotInt8(rows, offset + (long) dimension * r, query, dimension);
        }
    }

    @Override
    public void dotInt8At(
            MemorySegment rows, int[] ordinals, int count, MemorySegment query, int dimension, int[] scores) {
        for (int r = 0; r < count; r++) {
            scores[r] = dotInt8(rows, (long) dimension * ordinals[r], query, dimension);
        }
    }

    private static int dotInt8(MemorySegment rows, long row, MemorySegment query, int dimension) {
        int lanes = S.length();
        int blocked = dimension - dimension % (2 * lanes);
        int whole = dimension - dimension % lanes;
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
        return sum;
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

    @Override
    public void estimate(
            MemorySegment blocks,
            long offset,
            int count,
            long next,
            byte[] table,
            int pairs,
            float base,
            float low,
            float step,
            float threshold,
            float[] estimates,
            long[] passed) {
        // Sums go through memory, into the place of the estimates: vectors that outlive their loop would be boxed in
        // it.
        long bytes = 64L * pairs + 512;
        for (int b = 0; b < count; b++) {
            for (int part = 0; part < 64; part += BYTES.length()) {
                sums(blocks, offset + b * bytes + part, table, pairs, estimates, 64 * b + part / 4);
            }
        }
        for (int b = 0; b < count; b++) {
            long tail = offset + b * bytes + 64L * pairs;
            int to = 64 * b;
            long mask = 0;
            for (int row = 0; row < 16; row += LANES) {
                IntVector e = FloatVector.fromArray(F, estimates, to + row).reinterpretAsInts();
                IntVector o = FloatVector.fromArray(F, estimates, to + 16 + row).reinterpretAsInts();
                mask |= finish(e.and(0xFFFF), blocks, tail, row, base, low, step, threshold, estimates, to);
                mask |= finish(o.and(0xFFFF), blocks, tail, 16 + row, base, low, step, threshold, estimates, to);
                mask |= finish(upperHalf(e), blocks, tail, 32 + row, base, low, step, threshold, estimates, to);
                mask |= finish(upperHalf(o), blocks, tail, 48 + row, base, low, step, threshold, estimates, to);
            }
            passed[b] = mask;
        }
    }

    /** Two sums of 16 bits in each lane: of the places 0 and 2 of each four to {@code to}, of 1 and 3 to {@code to + 16}. */
    private static void sums(MemorySegment blocks, long at, byte[] table, int pairs, float[] into, int to) {
        ShortVector even = ShortVector.zero(S);
        ShortVector odd = even;
        for (int p = 0; p < pairs; p += 2) {
            ByteVector c0 = ByteVector.fromMemorySegment(BYTES, blocks, at + 64L * p, LE);
            ByteVector c1 = ByteVector.fromMemorySegment(BYTES, blocks, at + 64L * p + 64, LE);
            int entry = 32 * p;
            // Four entries of at most 63 fit a byte.
            ShortVector four = select(c0.and((byte) 15), table, entry)
                    .add(select(upper(c0), table, entry + 16))
                    .add(select(c1.and((byte) 15), table, entry + 32).add(select(upper(c1), table, entry + 48)))
                    .reinterpretAsShorts();
            even = even.add(four.and((short) 0xFF));
            odd = odd.add(four.lanewise(VectorOperators.LSHR, 8));
        }
        even.reinterpretAsFloats().intoArray(into, to);
        odd.reinterpretAsFloats().intoArray(into, to + 16);
    }

    private static ByteVector upper(ByteVector codes) {
        return codes.reinterpretAsShorts()
                .lanewise(VectorOperators.LSHR, 4)
                .reinterpretAsBytes()
                .and((byte) 15);
    }

    private static ByteVector select(ByteVector indexes, byte[] table, int entry) {
        return indexes.selectFrom(ByteVector.fromArray(BYTES, table, entry));
    }

    private static IntVector upperHalf(IntVector pairs) {
        return pairs.lanewise(VectorOperators.LSHR, 16);
    }

    private static long finish(
            IntVector sums,
            MemorySegment blocks,
            long tail,
            int row,
            float base,
            float low,
            float step,
            float threshold,
            float[] estimates,
            int to) {
        FloatVector n = (FloatVector) sums.convertShape(VectorOperators.I2F, F, 0);
        FloatVector product = n.fma(FloatVector.broadcast(F, step), FloatVector.broadcast(F, low));
        FloatVector estimate = load(blocks, tail, 64 + row)
                .fma(product, load(blocks, tail, row).add(base));
        estimate.intoArray(estimates, to + row);
        return estimate.compare(VectorOperators.GT, threshold).toLong() << row;
    }

    @Override
    public void nearest(
            float[] rows,
            int count,
            int dimension,
            float[] panels,
            int panelCount,
            float[] bias,
            int[] best,
            float[] score) {
        java.util.Arrays.fill(best, 0, count, 0);
        java.util.Arrays.fill(score, 0, count, Float.NEGATIVE_INFINITY);
        int width = 4 * LANES;
        float[] sums = new float[4 * width];
        for (int p = 0; p < panelCount; p++) {
            for (int column = 0; column < PANEL; column += width) {
                int panel = PANEL * dimension * p + column;
                int first = p * PANEL + column;
                int r = 0;
                for (; r + 4 <= count; r += 4) {
                    fourRows(rows, r * dimension, dimension, panels, panel, sums);
                    for (int i = 0; i < 4; i++) {
                        keep(sums, i * width, bias, first, r + i, best, score);
                    }
                }
                for (; r < count; r++) {
                    oneRow(rows, r * dimension, dimension, panels, panel, sums);
                    keep(sums, 0, bias, first, r, best, score);
                }
            }
        }
    }

    // The sums go through memory: vectors that outlive their loop would be boxed in every step of it.
    private static void fourRows(float[] rows, int row, int dimension, float[] panels, int panel, float[] sums) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector c2 = a0;
        FloatVector c3 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        FloatVector d2 = a0;
        FloatVector d3 = a0;
        for (int i = 0; i < dimension; i++) {
            int at = panel + PANEL * i;
            FloatVector v0 = FloatVector.fromArray(F, panels, at);
            FloatVector v1 = FloatVector.fromArray(F, panels, at + LANES);
            FloatVector v2 = FloatVector.fromArray(F, panels, at + 2 * LANES);
            FloatVector v3 = FloatVector.fromArray(F, panels, at + 3 * LANES);
            FloatVector x = FloatVector.broadcast(F, rows[row + i]);
            a0 = v0.fma(x, a0);
            a1 = v1.fma(x, a1);
            a2 = v2.fma(x, a2);
            a3 = v3.fma(x, a3);
            x = FloatVector.broadcast(F, rows[row + dimension + i]);
            b0 = v0.fma(x, b0);
            b1 = v1.fma(x, b1);
            b2 = v2.fma(x, b2);
            b3 = v3.fma(x, b3);
            x = FloatVector.broadcast(F, rows[row + 2 * dimension + i]);
            c0 = v0.fma(x, c0);
            c1 = v1.fma(x, c1);
            c2 = v2.fma(x, c2);
            c3 = v3.fma(x, c3);
            x = FloatVector.broadcast(F, rows[row + 3 * dimension + i]);
            d0 = v0.fma(x, d0);
            d1 = v1.fma(x, d1);
            d2 = v2.fma(x, d2);
            d3 = v3.fma(x, d3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
        b0.intoArray(sums, 4 * LANES);
        b1.intoArray(sums, 5 * LANES);
        b2.intoArray(sums, 6 * LANES);
        b3.intoArray(sums, 7 * LANES);
        c0.intoArray(sums, 8 * LANES);
        c1.intoArray(sums, 9 * LANES);
        c2.intoArray(sums, 10 * LANES);
        c3.intoArray(sums, 11 * LANES);
        d0.intoArray(sums, 12 * LANES);
        d1.intoArray(sums, 13 * LANES);
        d2.intoArray(sums, 14 * LANES);
        d3.intoArray(sums, 15 * LANES);
    }

    private static void oneRow(float[] rows, int row, int dimension, float[] panels, int panel, float[] sums) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int i = 0; i < dimension; i++) {
            int at = panel + PANEL * i;
            FloatVector x = FloatVector.broadcast(F, rows[row + i]);
            a0 = FloatVector.fromArray(F, panels, at).fma(x, a0);
            a1 = FloatVector.fromArray(F, panels, at + LANES).fma(x, a1);
            a2 = FloatVector.fromArray(F, panels, at + 2 * LANES).fma(x, a2);
            a3 = FloatVector.fromArray(F, panels, at + 3 * LANES).fma(x, a3);
        }
        a0.intoArray(sums, 0);
        a1.intoArray(sums, LANES);
        a2.intoArray(sums, 2 * LANES);
        a3.intoArray(sums, 3 * LANES);
    }

    private static void keep(float[] sums, int from, float[] bias, int first, int r, int[] best, float[] score) {
        FloatVector v0 = biased(sums, from, bias, first, 0);
        FloatVector v1 = biased(sums, from, bias, first, LANES);
        FloatVector v2 = biased(sums, from, bias, first, 2 * LANES);
        FloatVector v3 = biased(sums, from, bias, first, 3 * LANES);
        float max = v0.max(v1).max(v2.max(v3)).reduceLanes(VectorOperators.MAX);
        if (max > score[r]) {
            score[r] = max;
            for (int i = 0; i < 4 * LANES; i++) {
                if (sums[from + i] + bias[first + i] == max) {
                    best[r] = first + i;
                    return;
                }
            }
        }
    }

    private static FloatVector biased(float[] sums, int from, float[] bias, int first, int i) {
        return FloatVector.fromArray(F, sums, from + i).add(FloatVector.fromArray(F, bias, first + i));
    }
}
