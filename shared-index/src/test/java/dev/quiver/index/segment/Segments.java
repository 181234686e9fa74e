package dev.quiver.index.segment;

import dev.quiver.index.store.Content;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Segments from rows, for tests. */
public final class Segments {
    private Segments() {}

    /** Rows with ids r0, r1, … and empty documents. */
    public static Segment of(float[][] vectors, Metric metric) {
        RowSource rows = new RowSource() {
            @Override
            public int rows() {
                return vectors.length;
            }

            @Override
            public byte[] id(int row) {
                return ("r" + row).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public float[] vector(int row) {
                return vectors[row];
            }

            @Override
            public byte[] document(int row) {
                return new byte[] {0, 0};
            }
        };
        return load("segments/test.seg", write(rows, vectors[0].length, metric));
    }

    /** The bytes of a segment file. */
    static byte[] write(RowSource rows, int dimension, Metric metric) {
        try {
            Path file = Files.createTempFile("quiver-test-", ".seg");
            try {
                SegmentWriter.write(file, rows, dimension, metric, dev.quiver.index.search.Calibrator::measure);
                return Files.readAllBytes(file);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Segment load(String key, byte[] bytes) {
        MemoryStore store = new MemoryStore();
        store.put(key, Content.of(bytes), new ObjectStore.Precondition.IfAbsent());
        return Segment.load(store, key, bytes.length);
    }

    /** Rows from parallel lists. */
    record Given(List<byte[]> ids, List<float[]> vectors, List<byte[]> documents) implements RowSource {
        @Override
        public int rows() {
            return ids.size();
        }

        @Override
        public byte[] id(int row) {
            return ids.get(row);
        }

        @Override
        public float[] vector(int row) {
            return vectors.get(row);
        }

        @Override
        public byte[] document(int row) {
            return documents.get(row);
        }
    }
}
