package dev.quiver.index;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.index.record.DocumentCodec;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.segment.IdOrder;
import dev.quiver.index.segment.RowSource;
import dev.quiver.index.vector.Vectors;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Records on their way into a segment, in two temporary files: vectors, and ids with documents. Takes about forty bytes of heap a record, whatever they hold. Of records with one id the last counts.
 */
final class SpooledRows implements RowSource, AutoCloseable {
    private final Path vectorFile;
    private final Path restFile;
    private final int dimension;
    private MemorySegment vectors;
    private MemorySegment rest;
    private long[] starts = new long[1024];
    private int[] idLengths = new int[1024];
    private int[] documentLengths = new int[1024];
    private int[] kept;
    private long version;

    private SpooledRows(Path folder, int dimension) throws IOException {
        Files.createDirectories(folder);
        this.vectorFile = Files.createTempFile(folder, "quiver-", ".vectors");
        this.restFile = Files.createTempFile(folder, "quiver-", ".records");
        this.dimension = dimension;
    }

    /**
     * @throws dev.quiver.index.vector.InvalidVectorException if a vector does not fit the schema
     * @throws dev.quiver.index.record.InvalidFieldException if an attribute does not
     */
    static SpooledRows of(Iterator<Record> records, Schema schema, Path folder) throws IOException {
        SpooledRows rows = new SpooledRows(folder, schema.dimension());
        boolean done = false;
        try {
            rows.spool(records, schema);
            done = true;
            return rows;
        } finally {
            if (!done) {
                rows.close();
            }
        }
    }

    private void spool(Iterator<Record> records, Schema schema) throws IOException {
        int count = 0;
        long end = 0;
        ByteBuffer bytes = ByteBuffer.allocate(4 * dimension).order(ByteOrder.LITTLE_ENDIAN);
        try (OutputStream vectorOut = new BufferedOutputStream(Files.newOutputStream(vectorFile), 1 << 20);
                OutputStream restOut = new BufferedOutputStream(Files.newOutputStream(restFile), 1 << 20)) {
            while (records.hasNext()) {
                Record r = schema.declared().fit(records.next());
                Vectors.check(r.vector(), dimension, schema.metric());
                if (count == starts.length) {
                    starts = Arrays.copyOf(starts, 2 * count);
                    idLengths = Arrays.copyOf(idLengths, 2 * count);
                    documentLengths = Arrays.copyOf(documentLengths, 2 * count);
                }
                bytes.asFloatBuffer().put(r.vector());
                vectorOut.write(bytes.array());
                byte[] id = r.id().getBytes(StandardCharsets.UTF_8);
                byte[] document = DocumentCodec.encode(r.text(), r.attributes());
                restOut.write(id);
                restOut.write(document);
                starts[count] = end;
                idLengths[count] = id.length;
                documentLengths[count++] = document.length;
                end += id.length + document.length;
            }
        }
        vectors = map(vectorFile);
        rest = map(restFile);
        kept = new int[count];
        Arrays.setAll(kept, r -> r);
        kept = lastOfEachId();
    }

    private static MemorySegment map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            return channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
        }
    }

    private int[] lastOfEachId() {
        int[] order = IdOrder.of(this);
        int[] last = new int[order.length];
        int n = 0;
        for (int i = 0; i < order.length; i++) {
            // Equal ids are in the order in which they came.
            if (i + 1 == order.length || !Arrays.equals(id(order[i]), id(order[i + 1]))) {
                last[n++] = order[i];
            }
        }
        last = Arrays.copyOf(last, n);
        Arrays.sort(last);
        return last;
    }

    @Override
    public int rows() {
        return kept.length;
    }

    @Override
    public byte[] id(int row) {
        int r = kept[row];
        return OffHeap.getBytes(rest, starts[r], idLengths[r]);
    }

    @Override
    public float[] vector(int row) {
        return OffHeap.getFloats(vectors, 4L * dimension * kept[row], dimension);
    }

    @Override
    public byte[] document(int row) {
        int r = kept[row];
        return OffHeap.getBytes(rest, starts[r] + idLengths[r], documentLengths[r]);
    }

    /** Of all rows. */
    void version(long sequence) {
        version = sequence;
    }

    @Override
    public long version(int row) {
        return version;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(vectorFile);
        Files.deleteIfExists(restFile);
    }
}
