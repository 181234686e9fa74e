package dev.quiver.index.segment;

/**
 * Rows to be written into a segment, addressable by position so that the writer can pass over them once for each section and needs no more
 * memory than one row.
 */
public interface RowSource {
    int rows();

    /** UTF-8. */
    byte[] id(int row);

    float[] vector(int row);

    /** See {@link dev.quiver.index.record.DocumentCodec}. */
    byte[] document(int row);
}
