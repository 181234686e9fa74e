package dev.quiver.embeddings;

import dev.quiver.index.memory.OffHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Rows of float32 off the heap, each at the start of a cache line and padded with zeros to whole ones: a kernel has no rest to treat, and a row of
 * 100 values touches seven lines instead of eight. Large ones get huge pages where the launcher asks for them.
 */
public final class Matrix {
    private static final int PADDING = OffHeap.ALIGNMENT / Float.BYTES;

    private final int rows;
    private final int dimension;
    private final int stride;
    private final MemorySegment memory;

    /** Zeros. */
    public Matrix(int rows, int dimension) {
        if (rows < 0 || dimension < 1) {
            throw new IllegalArgumentException("A matrix of " + rows + " × " + dimension + " cannot be made.");
        }
        this.rows = rows;
        this.dimension = dimension;
        this.stride = (dimension + PADDING - 1) / PADDING * PADDING;
        this.memory = OffHeap.allocate(Math.max(1, bytes(rows, dimension)));
    }

    private Matrix(Matrix of, int rows) {
        this.rows = rows;
        this.dimension = of.dimension;
        this.stride = of.stride;
        this.memory = of.memory;
    }

    /** The first rows, in the same memory. */
    public Matrix first(int count) {
        return new Matrix(this, java.util.Objects.checkIndex(count, rows + 1));
    }

    /** How much memory so many rows take. */
    public static long bytes(long rows, int dimension) {
        return Math.multiplyExact(rows, (long) Float.BYTES * ((dimension + PADDING - 1) / PADDING * PADDING));
    }

    public int rows() {
        return rows;
    }

    public int dimension() {
        return dimension;
    }

    /** Values from one row to the next; those past the dimension are zero. */
    public int stride() {
        return stride;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** Where a row begins, in bytes. */
    public long offset(int row) {
        return (long) Float.BYTES * stride * row;
    }

    public void get(int row, float[] into) {
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, offset(row), into, 0, dimension);
    }

    public float[] row(int row) {
        float[] values = new float[dimension];
        get(row, values);
        return values;
    }

    public void set(int row, float[] values) {
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, offset(row), dimension);
    }

    /** Adds a row to a sum, value by value, so that the result is the same on every machine. */
    public void addTo(int row, float[] sum) {
        long offset = offset(row);
        for (int i = 0; i < dimension; i++) {
            sum[i] += OffHeap.getFloat(memory, offset + 4L * i);
        }
    }
}
