package dev.quiver.embeddings;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A few numbers and arrays of float32 in a file that is there whole or not at all.
 *
 * <p>Little-endian: int64 magic, int32 numbers, int64 each; int32 arrays, of each int32 length and its values; int64 CRC-32C of all before it.
 */
public record FloatFile(long[] numbers, float[][] arrays) {
    private static final long MAGIC = 0x3153_5441_4F4C_4651L;
    private static final long LONGEST = 1L << 31;

    public void write(Path file) throws IOException {
        long size = 8 + 4 + 8L * numbers.length + 4 + 8;
        for (float[] a : arrays) {
            size += 4 + 4L * a.length;
        }
        ByteBuffer b = ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN);
        b.putLong(MAGIC).putInt(numbers.length);
        for (long n : numbers) {
            b.putLong(n);
        }
        b.putInt(arrays.length);
        for (float[] a : arrays) {
            b.putInt(a.length);
            for (float v : a) {
                b.putFloat(v);
            }
        }
        CRC32C sum = new CRC32C();
        sum.update(b.array(), 0, b.position());
        b.putLong(sum.getValue()).flip();
        Path part = Path.of(file + ".part");
        try (FileChannel out = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (b.hasRemaining()) {
                out.write(b);
            }
            out.force(true);
        }
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** @throws InvalidModelException if it is not whole */
    public static FloatFile read(Path file) throws IOException {
        if (Files.size(file) >= LONGEST) {
            throw damaged(file);
        }
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.length < 24 || b.getLong() != MAGIC) {
            throw damaged(file);
        }
        CRC32C sum = new CRC32C();
        sum.update(bytes, 0, bytes.length - 8);
        if (b.getLong(bytes.length - 8) != sum.getValue()) {
            throw damaged(file);
        }
        long[] numbers = new long[b.getInt()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = b.getLong();
        }
        float[][] arrays = new float[b.getInt()][];
        for (int i = 0; i < arrays.length; i++) {
            arrays[i] = new float[b.getInt()];
            for (int j = 0; j < arrays[i].length; j++) {
                arrays[i][j] = b.getFloat();
            }
        }
        return new FloatFile(numbers, arrays);
    }

    private static InvalidModelException damaged(Path file) {
        return new InvalidModelException(
                file + " is no file of a training's numbers, or is damaged. Delete it and train the model once more.");
    }
}
