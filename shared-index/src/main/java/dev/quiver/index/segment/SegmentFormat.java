package dev.quiver.index.segment;

import java.util.List;

/**
 * The layout of a segment file, version 1: an immutable set of rows, addressed in place.
 *
 * <p>The file is the memory image: it is read into memory as it is and nothing is parsed or built per row. All numbers are
 * little-endian, every section starts at a multiple of 64 bytes, gaps are zero. The <em>ordinal</em> of a row is its position, 0 to
 * rows−1; sections that hold something for each row hold it in the order of ordinals.
 *
 * <pre>
 * head            64 bytes
 *   0  u64  magic            "QUIVERSG"
 *   8  u32  version          1
 *  12  u32  sections         number of entries in the section table
 *  16  u64  rows             1 to 2^31 − 1
 *  24  u32  dimension        1 to 4,096
 *  28  u32  metric           1 cosine, 2 dot, 3 euclidean ({@link dev.quiver.index.vector.Metric#code})
 *  32  u64  length           of the whole file
 *  40  u8[16]                zero, kept for later versions
 *  56  u32                   zero
 *  60  u32  crc              CRC32C of the head with this field zero, then of the section table
 * section table   32 bytes a section, directly after the head
 *   0  u32  kind
 *   4  u32  crc              CRC32C of the section's bytes
 *   8  u64  offset           from the start of the file
 *  16  u64  length           in bytes
 *  24  u64                   zero
 * sections
 * </pre>
 *
 * <p>Sections of version 1; a reader skips kinds it does not know:
 *
 * <table>
 * <caption>Section kinds</caption>
 * <tr><th>kind</th><th>name</th><th>content</th></tr>
 * <tr><td>1</td><td>VECTORS</td><td>f32[rows × dimension], the vectors exactly as given</td></tr>
 * <tr><td>2</td><td>NORMS</td><td>f32[rows], the euclidean norm ‖x‖ of each row</td></tr>
 * <tr><td>3</td><td>CODES</td><td>i8[rows × dimension], c = round(x / scale), −127 to 127</td></tr>
 * <tr><td>4</td><td>SCALES</td><td>f32[rows], max|x| / 127 (1 for a zero row)</td></tr>
 * <tr><td>5</td><td>ERRORS</td><td>f32[rows], ‖x − scale·c‖ rounded up: what the codes lose, for exact bounds</td></tr>
 * <tr><td>6</td><td>ID_OFFSETS</td><td>u64[rows + 1], where each id starts in IDS; the last is the length of IDS</td></tr>
 * <tr><td>7</td><td>IDS</td><td>the ids in UTF-8, one after the other</td></tr>
 * <tr><td>8</td><td>ID_ORDER</td><td>u32[rows], the ordinals in ascending order of their ids' bytes (unsigned), for look-up by
 *     bisection and for listing</td></tr>
 * <tr><td>9</td><td>DOCUMENT_OFFSETS</td><td>u64[rows + 1], like ID_OFFSETS</td></tr>
 * <tr><td>10</td><td>DOCUMENTS</td><td>text and attributes, see {@link dev.quiver.index.record.DocumentCodec}</td></tr>
 * <tr><td>18</td><td>VERSIONS</td><td>u64[rows], the sequence of the commit that wrote the row; may be missing, then these are 0: not known</td></tr>
 * <tr><td>19</td><td>COLUMNS</td><td>the attributes by field, see {@link dev.quiver.index.filter.Columns}; may be missing, then filters read the documents</td></tr>
 * <tr><td>20</td><td>TEXT</td><td>the fields whose words can be searched for, see {@link dev.quiver.index.text.TextIndex}; this and the next three are all there or none, then a search for words reads the documents</td></tr>
 * <tr><td>21</td><td>TERMS</td><td>the words</td></tr>
 * <tr><td>22</td><td>POSTINGS</td><td>the rows of each</td></tr>
 * <tr><td>23</td><td>POSITIONS</td><td>where in its field each row has them</td></tr>
 * </table>
 *
 * <p>A segment of many rows has clusters, for approximate search (all of these sections or none). Its ordinals follow the clusters: the rows of cluster 0 first, then those of
 * cluster 1. Clusters and codes are of <em>rotated</em> rows (see {@link dev.quiver.index.cluster.Rotation}), normalised before under cosine. These sections lie first in the file, so
 * that one read from its start has all that a search must know before it can choose what else to read.
 *
 * <table>
 * <caption>Section kinds of clusters</caption>
 * <tr><th>kind</th><th>name</th><th>content</th></tr>
 * <tr><td>11</td><td>CLUSTERS</td><td>u64 seed of the rotation; u32 clusters, 1 to rows; u32 bits of a row's code, 1, 2 or 4; u32 bits of a centroid's code, 2; u32 blocks; 8 bytes zero; then f32[dimension],
 *     the rotated mean μ</td></tr>
 * <tr><td>12</td><td>CENTROID_BLOCKS</td><td>⌈clusters/64⌉ blocks ({@link dev.quiver.index.cluster.Blocks}) of codes of the centroids with μ as their centroid, each offset raised by the cluster's bias</td></tr>
 * <tr><td>13</td><td>DIRECTORY</td><td>40 bytes a cluster and one more: u32 ordinal of its first row, u32 number of its first block, f32 bias (added to the centroid's similarity when clusters are ordered), u32 CRC32C of its blocks, u32 of its centroid,
 *     u32 of its ROW_HEADS, u64 where its first id begins in IDS, u64 where its first document begins in DOCUMENTS; the last has the number of rows and of blocks, then zeros</td></tr>
 * <tr><td>14</td><td>CALIBRATION</td><td>see {@link dev.quiver.index.cluster.Calibration#encode}</td></tr>
 * <tr><td>15</td><td>CENTROIDS</td><td>f32[clusters × dimension]</td></tr>
 * <tr><td>16</td><td>BLOCKS</td><td>the codes of the rows ({@link dev.quiver.index.cluster.Quantizer}), each cluster from a new block on</td></tr>
 * <tr><td>17</td><td>ROW_HEADS</td><td>12 bytes a row: u32 length of its id, u32 length of its document, u32 CRC32C of its vector, id and document together. With it a row can be
 *     found and verified without the sections of all rows</td></tr>
 * </table>
 *
 * <p>Rows of a segment that were deleted or overwritten since are marked in a separate object, see {@link DeletionVector}.
 */
final class SegmentFormat {
    /** "QUIVERSG" read as a little-endian long. */
    static final long MAGIC = 0x4753524556495551L;

    static final int VERSION = 1;
    static final int HEAD_BYTES = 64;
    static final int ENTRY_BYTES = 32;
    static final int MAX_SECTIONS = 1024;
    static final int CLUSTERS_HEAD = 32;
    static final int DIRECTORY_ENTRY = 40;
    static final int ROW_HEAD = 12;

    enum Section {
        VECTORS(1),
        NORMS(2),
        CODES(3),
        SCALES(4),
        ERRORS(5),
        ID_OFFSETS(6),
        IDS(7),
        ID_ORDER(8),
        DOCUMENT_OFFSETS(9),
        DOCUMENTS(10),
        CLUSTERS(11),
        CENTROID_BLOCKS(12),
        DIRECTORY(13),
        CALIBRATION(14),
        CENTROIDS(15),
        BLOCKS(16),
        ROW_HEADS(17),
        VERSIONS(18),
        COLUMNS(19),
        TEXT(20),
        TERMS(21),
        POSTINGS(22),
        POSITIONS(23);

        /** As they lie in the file. */
        static final List<Section> OF_CLUSTERS =
                List.of(CLUSTERS, CENTROID_BLOCKS, DIRECTORY, CALIBRATION, CENTROIDS, BLOCKS, ROW_HEADS);

        /** Of these, those that are read before anything else. */
        static final List<Section> FRONT = List.of(CLUSTERS, CENTROID_BLOCKS, DIRECTORY, CALIBRATION);

        static final List<Section> OF_ROWS = List.of(
                VECTORS,
                NORMS,
                CODES,
                SCALES,
                ERRORS,
                ID_OFFSETS,
                IDS,
                ID_ORDER,
                DOCUMENT_OFFSETS,
                DOCUMENTS,
                VERSIONS,
                COLUMNS);

        static final List<Section> OF_TEXT = List.of(TEXT, TERMS, POSTINGS, POSITIONS);

        final int kind;

        Section(int kind) {
            this.kind = kind;
        }

        /** The length that follows from rows and dimension, or -1 where the content decides. */
        long expectedLength(long rows, int dimension) {
            return switch (this) {
                case VECTORS -> 4 * rows * dimension;
                case CODES -> rows * dimension;
                case NORMS, SCALES, ERRORS, ID_ORDER -> 4 * rows;
                case ID_OFFSETS, DOCUMENT_OFFSETS -> 8 * (rows + 1);
                case VERSIONS -> 8 * rows;
                case ROW_HEADS -> ROW_HEAD * rows;
                case CLUSTERS -> CLUSTERS_HEAD + 4L * dimension;
                case IDS,
                        DOCUMENTS,
                        CENTROID_BLOCKS,
                        DIRECTORY,
                        CALIBRATION,
                        CENTROIDS,
                        BLOCKS,
                        COLUMNS,
                        TEXT,
                        TERMS,
                        POSTINGS,
                        POSITIONS -> -1;
            };
        }
    }

    private SegmentFormat() {}
}
