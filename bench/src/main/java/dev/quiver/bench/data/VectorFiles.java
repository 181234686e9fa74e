package dev.quiver.bench.data;

import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.foreign.ValueLayout.OfFloat;
import java.lang.foreign.ValueLayout.OfInt;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * Matrices in files, as plain as can be, so that programs in other languages read them too. All is little-endian. A header of 64 bytes: the
 * letters {@code QVEC}, then int32 each: version (1), kind (0 float32, 1 int32), rows, columns, metric (1 cosine, 2 inner product, 3 euclidean),
 * and zeros. Then the rows, one after the other.
 */
public final class VectorFiles {
    /** Bytes before the first row. */
    public static final int HEADER = 64;

    private static final int MAGIC = 'Q' | 'V' << 8 | 'E' << 16 | 'C' << 24;
    private static final int VERSION = 1;
    private static final int FLOATS = 0;
    private static final int INTS = 1;
    private static final OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final OfFloat FLOAT = ValueLayout.JAVA_FLOAT.withOrder(ByteOrder.LITTLE_ENDIAN);

    private VectorFiles() {}

    static void write(Path file, float[][] rows, Metric metric) {
        write(file, FLOATS, rows.length, rows[0].length, metric, (row, memory, offset) -> {
            MemorySegment.copy(rows[row], 0, memory, FLOAT, offset, rows[row].length);
        });
    }

    static void write(Path file, int[][] rows, Metric metric) {
        write(file, INTS, rows.length, rows[0].length, metric, (row, memory, offset) -> {
            MemorySegment.copy(rows[row], 0, memory, INT, offset, rows[row].length);
        });
    }

    public static float[][] readFloats(Path file) {
        return read(file, FLOATS, (memory, rows, columns) -> {
            float[][] values = new float[rows][columns];
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(memory, FLOAT, HEADER + 4L * r * columns, values[r], 0, columns);
            }
            return values;
        });
    }

    public static int[][] readInts(Path file) {
        return read(file, INTS, (memory, rows, columns) -> {
            int[][] values = new int[rows][columns];
            for (int r = 0; r < rows; r++) {
                MemorySegment.copy(memory, INT, HEADER + 4L * r * columns, values[r], 0, columns);
            }
            return values;
        });
    }

    private interface RowWriter {
        void write(int row, MemorySegment memory, long offset);
    }

    private interface Reader<T> {
        T read(MemorySegment memory, int rows, int columns);
    }

    /** Under another name first, so that what has the right name is whole. */
    private static void write(Path file, int kind, int rows, int columns, Metric metric, RowWriter writer) {
        long bytes = HEADER + 4L * rows * columns;
        try {
            Files.createDirectories(file.getParent());
            Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
            try (Arena arena = Arena.ofShared();
                    FileChannel channel = FileChannel.open(
                            unfinished,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.TRUNCATE_EXISTING,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE)) {
                MemorySegment memory = channel.map(MapMode.READ_WRITE, 0, bytes, arena);
                int[] header = {MAGIC, VERSION, kind, rows, columns, metric.code()};
                MemorySegment.copy(header, 0, memory, INT, 0, header.length);
                for (int r = 0; r < rows; r++) {
                    writer.write(r, memory, HEADER + 4L * r * columns);
                }
            }
            Files.move(unfinished, file, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T read(Path file, int kind, Reader<T> reader) {
        try (Arena arena = Arena.ofShared();
                FileChannel channel = FileChannel.open(file)) {
            MemorySegment memory = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            if (memory.byteSize() < HEADER
                    || memory.get(INT, 0) != MAGIC
                    || memory.get(INT, 4) != VERSION
                    || memory.get(INT, 8) != kind) {
                throw new IOException(file + " is no vector file of this kind and version.");
            }
            int rows = memory.get(INT, 12);
            int columns = memory.get(INT, 16);
            if (memory.byteSize() != HEADER + 4L * rows * columns) {
                throw new IOException(file + " is cut off. Delete it, and it is made again.");
            }
            return reader.read(memory, rows, columns);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
