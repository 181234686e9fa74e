package dev.quiver.index.text;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Bytes that are written once and then read once, from the start: in memory while they are few, beyond that in a file. */
final class Spool implements AutoCloseable {
    private static final int IN_MEMORY = 4 << 20;

    private final Path folder;
    private byte[] buffer = new byte[1024];
    private int size;
    private long flushed;
    private Path file;
    private FileChannel channel;
    private final CRC32C crc = new CRC32C();
    private int summed;

    /** @param folder for the file; null: all stays in memory */
    Spool(Path folder) {
        this.folder = folder;
    }

    long length() {
        return flushed + size;
    }

    /** What is written from here on is summed up for {@link #sum}. */
    void startSum() {
        crc.reset();
        summed = size;
    }

    /** CRC32C of what was written since {@link #startSum}. */
    int sum() {
        crc.update(buffer, summed, size - summed);
        summed = size;
        return (int) crc.getValue();
    }

    void put(byte b) throws IOException {
        room(1);
        buffer[size++] = b;
    }

    void put(byte[] bytes, int from, int count) throws IOException {
        room(count);
        System.arraycopy(bytes, from, buffer, size, count);
        size += count;
    }

    void put(byte[] bytes) throws IOException {
        put(bytes, 0, bytes.length);
    }

    void putVarint(int value) throws IOException {
        int v = value;
        while (v < 0 || v > 0x7F) {
            put((byte) (v | 0x80));
            v >>>= 7;
        }
        put((byte) v);
    }

    void putInt(int value) throws IOException {
        put(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }

    private void room(int bytes) throws IOException {
        if (buffer.length - size >= bytes) {
            return;
        }
        if (folder != null && size + (long) bytes > IN_MEMORY) {
            spill();
        }
        if (buffer.length - size < bytes) {
            buffer = Arrays.copyOf(buffer, (int) Math.max(Math.addExact(size, bytes), Math.min(2L * size, 1 << 30)));
        }
    }

    private void spill() throws IOException {
        if (channel == null) {
            file = Files.createTempFile(folder, "quiver-", ".text");
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        }
        crc.update(buffer, summed, size - summed);
        summed = 0;
        ByteBuffer out = ByteBuffer.wrap(buffer, 0, size);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        flushed += size;
        size = 0;
    }

    interface Output {
        void put(byte[] bytes) throws IOException;
    }

    void copyTo(Output out) throws IOException {
        Reader in = reader();
        byte[] piece = new byte[1 << 16];
        for (long left = length(); left > 0; ) {
            int step = (int) Math.min(left, piece.length);
            in.read(piece, step);
            out.put(step == piece.length ? piece : Arrays.copyOf(piece, step));
            left -= step;
        }
    }

    /** Once all is written. */
    Reader reader() {
        return new Reader();
    }

    final class Reader {
        private final byte[] piece = channel == null ? buffer : new byte[1 << 14];
        private int limit = channel == null ? size : 0;
        private int at;
        private long next;

        boolean hasMore() {
            return at < limit || (channel != null && next < length());
        }

        byte get() throws IOException {
            if (at == limit) {
                fill();
            }
            return piece[at++];
        }

        void read(byte[] into, int count) throws IOException {
            for (int done = 0; done < count; ) {
                if (at == limit) {
                    fill();
                }
                int step = Math.min(count - done, limit - at);
                System.arraycopy(piece, at, into, done, step);
                at += step;
                done += step;
            }
        }

        int varint() throws IOException {
            int value = 0;
            for (int shift = 0; ; shift += 7) {
                byte b = get();
                value |= (b & 0x7F) << shift;
                if (b >= 0) {
                    return value;
                }
            }
        }

        private void fill() throws IOException {
            int wanted = (int) Math.min(piece.length, length() - next);
            if (channel == null || wanted == 0) {
                throw new java.io.EOFException();
            }
            int done = 0;
            if (next < flushed) {
                ByteBuffer in = ByteBuffer.wrap(piece, 0, (int) Math.min(wanted, flushed - next));
                while (in.hasRemaining()) {
                    if (channel.read(in, next + in.position()) < 0) {
                        throw new java.io.EOFException(file.toString());
                    }
                }
                done = in.position();
            }
            if (done < wanted) {
                System.arraycopy(buffer, (int) (next + done - flushed), piece, done, wanted - done);
            }
            next += wanted;
            at = 0;
            limit = wanted;
        }
    }

    @Override
    public void close() throws IOException {
        if (channel != null) {
            channel.close();
            Files.deleteIfExists(file);
        }
    }
}
