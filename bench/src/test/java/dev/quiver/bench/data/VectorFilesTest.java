package dev.quiver.bench.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.vector.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VectorFilesTest {
    @TempDir
    Path folder;

    @Test
    void floatsComeBack() {
        float[][] rows = {{1, -2.5f, Float.MIN_VALUE}, {0, Float.MAX_VALUE, 3}};
        Path file = folder.resolve("a/rows.f32");
        VectorFiles.write(file, rows, Metric.COSINE);
        assertThat(VectorFiles.readFloats(file)).isDeepEqualTo(rows);
    }

    @Test
    void numbersComeBack() {
        int[][] rows = {{1, -1}, {Integer.MAX_VALUE, 0}, {7, 8}};
        Path file = folder.resolve("nearest.i32");
        VectorFiles.write(file, rows, Metric.EUCLIDEAN);
        assertThat(VectorFiles.readInts(file)).isDeepEqualTo(rows);
    }

    /** Programs in other languages read this. */
    @Test
    void theBytesAreAsTold() throws IOException {
        Path file = folder.resolve("rows.f32");
        VectorFiles.write(file, new float[][] {{1, 2}, {3, 4}, {5, 6}}, Metric.EUCLIDEAN);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.capacity()).isEqualTo(64 + 6 * 4);
        assertThat(new String(bytes.array(), 0, 4, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("QVEC");
        int[] header = new int[5];
        Arrays.setAll(header, i -> bytes.getInt(4 + 4 * i));
        assertThat(header).containsExactly(1, 0, 3, 2, Metric.EUCLIDEAN.code());
        assertThat(bytes.getFloat(64 + 5 * 4)).isEqualTo(6);
    }

    @Test
    void whatIsCutOffOrOfAnotherKindIsRefused() throws IOException {
        Path file = folder.resolve("rows.f32");
        VectorFiles.write(file, new float[][] {{1, 2}, {3, 4}}, Metric.COSINE);
        assertThatThrownBy(() -> VectorFiles.readInts(file)).hasMessageContaining("kind");
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 70));
        assertThatThrownBy(() -> VectorFiles.readFloats(file)).hasMessageContaining("cut off");
    }
}
