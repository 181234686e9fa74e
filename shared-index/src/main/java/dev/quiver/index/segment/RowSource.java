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

    /** The sequence of the commit that wrote the row; 0 if that is not known. */
    default long version(int row) {
        return 0;
    }
}
