package dev.quiver.embeddings.training;

import dev.quiver.embeddings.InvalidModelException;
import dev.quiver.embeddings.Matrix;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The file that a training goes on from after it was stopped, however hard. It is written beside the last one and moved over it after it has reached the disk, so that there is always
 * a whole one.
 *
 * <p>Little-endian: 8 bytes {@code QVTRAIN1}, 64 characters that name the training, int64 chunks done, sentences, words, rows and row bytes of input and output; their values; int64 CRC-32C of
 * all before it.
 */
public final class Checkpoints {
    private static final byte[] MAGIC = "QVTRAIN1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEAD = 8 + 64 + 8 * 7;
    private static final int PIECE = 8 << 20;

    private final Path file;
    private final Duration interval;

    /** @param interval between two of them */
    public Checkpoints(Path file, Duration interval) {
        this.file = file;
        this.interval = interval;
    }

    record Saved(long work, long sentences, long tokens) {}

    Duration interval() {
        return interval;
    }

    /** Removes what is there: after the end of a training nobody needs it. */
    public void remove() throws IOException {
        Files.deleteIfExists(file);
        Files.deleteIfExists(part());
    }

    private Path part() {
        return Path.of(file + ".part");
    }

    void save(Saved saved, String fingerprint, Matrix input, Matrix output) throws IOException {
        try (FileChannel channel = FileChannel.open(
                part(), StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            CRC32C sum = new CRC32C();
            write(channel, sum, head(saved, fingerprint, input, output));
            write(channel, sum, input.memory());
            write(channel, sum, output.memory());
            ByteBuffer end = ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(sum.getValue())
                    .flip();
            channel.write(end);
            channel.force(true);
        }
        Files.move(part(), file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static ByteBuffer head(Saved saved, String fingerprint, Matrix input, Matrix output) {
        return ByteBuffer.allocate(HEAD)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(MAGIC)
                .put(fingerprint.getBytes(StandardCharsets.US_ASCII))
                .putLong(saved.work)
                .putLong(saved.sentences)
                .putLong(saved.tokens)
                .putLong(input.rows())
                .putLong(input.memory().byteSize())
                .putLong(output.rows())
                .putLong(output.memory().byteSize())
                .flip();
    }

    private static void write(FileChannel channel, CRC32C sum, ByteBuffer bytes) throws IOException {
        sum.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void write(FileChannel channel, CRC32C sum, MemorySegment memory) throws IOException {
        for (long at = 0; at < memory.byteSize(); at += PIECE) {
            write(
                    channel,
                    sum,
                    memory.asSlice(at, Math.min(PIECE, memory.byteSize() - at)).asByteBuffer());
        }
    }

    /**
     * Fills the matrices with what was saved.
     *
     * @return empty if nothing was
     * @throws InvalidModelException if it is of another training, or damaged
     */
    Optional<Saved> load(String fingerprint, Matrix input, Matrix output) throws IOException {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (FileChannel channel = FileChannel.open(file)) {
            long length = HEAD + input.memory().byteSize() + output.memory().byteSize() + 8;
            ByteBuffer head = ByteBuffer.allocate(HEAD).order(ByteOrder.LITTLE_ENDIAN);
            CRC32C sum = new CRC32C();
            if (channel.size() < HEAD) {
                throw damaged();
            }
            read(channel, sum, head);
            head.flip();
            byte[] magic = new byte[8];
            byte[] name = new byte[64];
            head.get(magic).get(name);
            if (!java.util.Arrays.equals(magic, MAGIC)) {
                throw damaged();
            }
            if (!fingerprint.equals(new String(name, StandardCharsets.US_ASCII))) {
                throw new InvalidModelException(
                        "The checkpoint " + file
                                + " is of a training with other settings or another corpus. Take those, or another folder, or delete it to begin anew.");
            }
            if (channel.size() != length) {
                throw damaged();
            }
            Saved saved = new Saved(head.getLong(), head.getLong(), head.getLong());
            read(channel, sum, input.memory());
            read(channel, sum, output.memory());
            ByteBuffer end = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
            long expected = sum.getValue();
            read(channel, new CRC32C(), end);
            if (end.flip().getLong() != expected) {
                throw damaged();
            }
            return Optional.of(saved);
        }
    }

    private InvalidModelException damaged() {
        return new InvalidModelException(
                "The checkpoint " + file + " is damaged. Delete it; then the training begins anew.");
    }

    private void read(FileChannel channel, CRC32C sum, MemorySegment memory) throws IOException {
        for (long at = 0; at < memory.byteSize(); at += PIECE) {
            read(
                    channel,
                    sum,
                    memory.asSlice(at, Math.min(PIECE, memory.byteSize() - at)).asByteBuffer());
        }
    }

    private void read(FileChannel channel, CRC32C sum, ByteBuffer into) throws IOException {
        ByteBuffer read = into.duplicate();
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw damaged();
            }
        }
        sum.update(read);
    }
}
