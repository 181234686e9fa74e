package dev.quiver.cli;

import com.github.luben.zstd.Zstd;
import io.airlift.compress.lz4.Lz4Decompressor;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DataPageV2;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * The pages of a group of rows, each read from the file when its turn comes. The reader of the library itself reads a whole group into memory, and
 * other writers make groups of a million rows: of vectors, gigabytes.
 */
final class ParquetPages implements PageReadStore {
    private static final int BUFFER = 1 << 16;

    private final FileChannel file;
    private final long rows;
    private final Map<ColumnPath, ColumnChunkMetaData> chunks;

    /** Whether pages with this compression can be read. */
    static boolean reads(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED, ZSTD, SNAPPY, LZ4_RAW, GZIP -> true;
            case BROTLI, LZO, LZ4 -> false;
        };
    }

    ParquetPages(FileChannel file, BlockMetaData group) {
        this.file = file;
        this.rows = group.getRowCount();
        this.chunks = group.getColumns().stream().collect(Collectors.toMap(c -> c.getPath(), Function.identity()));
    }

    @Override
    public long getRowCount() {
        return rows;
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
        ColumnChunkMetaData chunk = chunks.get(ColumnPath.get(column.getPath()));
        if (chunk == null) {
            throw new UncheckedIOException(new IOException("A group of rows lacks the column " + path(column) + "."));
        }
        return new Pages(chunk, column);
    }

    private static String path(ColumnDescriptor column) {
        return String.join(".", column.getPath());
    }

    /** The pages of one column. */
    private final class Pages implements PageReader {
        private final ColumnDescriptor column;
        private final CompressionCodecName codec;
        private final long values;
        private final InputStream in;
        private long left;
        private PageHeader next;

        Pages(ColumnChunkMetaData chunk, ColumnDescriptor column) {
            this.column = column;
            this.codec = chunk.getCodec();
            this.values = chunk.getValueCount();
            this.left = values;
            this.in = new BufferedInputStream(
                    new Region(file, chunk.getStartingPos(), chunk.getStartingPos() + chunk.getTotalSize()), BUFFER);
        }

        @Override
        public long getTotalValueCount() {
            return values;
        }

        @Override
        public DictionaryPage readDictionaryPage() {
            try {
                PageHeader header = header();
                if (header == null || header.getType() != PageType.DICTIONARY_PAGE) {
                    return null;
                }
                byte[] page = body(header);
                var of = header.getDictionary_page_header();
                return new DictionaryPage(
                        inflate(page, header.getUncompressed_page_size()),
                        of.getNum_values(),
                        encoding(of.getEncoding()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public DataPage readPage() {
            try {
                for (PageHeader header; (header = header()) != null; ) {
                    byte[] page = body(header);
                    DataPage data =
                            switch (header.getType()) {
                                case DATA_PAGE -> page(header, header.getData_page_header(), page);
                                case DATA_PAGE_V2 -> page(header, header.getData_page_header_v2(), page);
                                default -> null;
                            };
                    if (data != null) {
                        left -= data.getValueCount();
                        return data;
                    }
                }
                return null;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private DataPage page(PageHeader header, DataPageHeader of, byte[] page) throws IOException {
            return new DataPageV1(
                    inflate(page, header.getUncompressed_page_size()),
                    of.getNum_values(),
                    header.getUncompressed_page_size(),
                    noStatistics(),
                    encoding(of.getRepetition_level_encoding()),
                    encoding(of.getDefinition_level_encoding()),
                    encoding(of.getEncoding()));
        }

        private DataPage page(PageHeader header, DataPageHeaderV2 of, byte[] page) throws IOException {
            int repetition = of.getRepetition_levels_byte_length();
            int levels = repetition + of.getDefinition_levels_byte_length();
            if (repetition < 0 || levels < repetition || levels > page.length) {
                throw damaged("a page has levels of " + levels + " bytes");
            }
            byte[] data = Arrays.copyOfRange(page, levels, page.length);
            return DataPageV2.uncompressed(
                    of.getNum_rows(),
                    of.getNum_nulls(),
                    of.getNum_values(),
                    BytesInput.from(page, 0, repetition),
                    BytesInput.from(page, repetition, levels - repetition),
                    encoding(of.getEncoding()),
                    of.isIs_compressed()
                            ? inflate(data, Math.max(0, header.getUncompressed_page_size() - levels))
                            : BytesInput.from(data),
                    noStatistics());
        }

        /** Of the page that comes next; null after the last value. */
        private PageHeader header() throws IOException {
            if (next == null && left > 0) {
                next = Util.readPageHeader(in);
            }
            return next;
        }

        private byte[] body(PageHeader header) throws IOException {
            next = null;
            if (header.getCompressed_page_size() < 0 || header.getUncompressed_page_size() < 0) {
                throw damaged("a page has a negative size");
            }
            byte[] page = in.readNBytes(header.getCompressed_page_size());
            if (page.length != header.getCompressed_page_size()) {
                throw damaged("a page is cut off");
            }
            if (header.isSetCrc()) {
                CRC32 crc = new CRC32();
                crc.update(page);
                if ((int) crc.getValue() != header.getCrc()) {
                    throw damaged("a page does not have its checksum");
                }
            }
            return page;
        }

        private BytesInput inflate(byte[] page, int size) throws IOException {
            byte[] inflated =
                    switch (codec) {
                        case UNCOMPRESSED -> page;
                        case ZSTD -> Zstd.decompress(page, size);
                        case SNAPPY -> Snappy.uncompress(page);
                        case LZ4_RAW -> {
                            byte[] to = new byte[size];
                            yield Arrays.copyOf(
                                    to, new Lz4Decompressor().decompress(page, 0, page.length, to, 0, size));
                        }
                        case GZIP -> {
                            try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(page), BUFFER)) {
                                yield gzip.readNBytes(size);
                            }
                        }
                        case BROTLI, LZO, LZ4 ->
                            throw new IOException("pages compressed with " + codec + " are not read");
                    };
            if (inflated.length != size) {
                throw damaged("a page has " + inflated.length + " bytes instead of " + size);
            }
            return BytesInput.from(inflated);
        }

        private IOException damaged(String how) {
            return new IOException("in the column " + path(column) + " " + how);
        }

        private Encoding encoding(org.apache.parquet.format.Encoding encoding) throws IOException {
            if (encoding == null) {
                throw damaged("a page has an unknown encoding");
            }
            return Encoding.valueOf(encoding.name());
        }

        private Statistics<?> noStatistics() {
            return Statistics.createStats(column.getPrimitiveType());
        }
    }

    /** A part of a file. */
    private static final class Region extends InputStream {
        private final FileChannel file;
        private final long end;
        private long position;

        Region(FileChannel file, long begin, long end) {
            this.file = file;
            this.position = begin;
            this.end = end;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (position >= end) {
                return -1;
            }
            int n = file.read(ByteBuffer.wrap(bytes, offset, (int) Math.min(length, end - position)), position);
            if (n < 0) {
                throw new EOFException("the file ends too early");
            }
            position += n;
            return n;
        }
    }
}
