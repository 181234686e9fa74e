package dev.quiver.index.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LargeMemoryTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 63, 64, 4097, 10_000_001})
    void itIsZeroedAlignedAndAsLargeAsItSays(long bytes) {
        MemorySegment m = LargeMemory.allocate(bytes);
        assertThat(m.byteSize()).isEqualTo(bytes);
        assertThat(m.address() % OffHeap.ALIGNMENT).isZero();
        assertThat(m.mismatch(MemorySegment.ofArray(new byte[(int) bytes]))).isEqualTo(-1);
        m.fill((byte) 7);
        assertThat(m.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
        assertThatThrownBy(() -> m.get(ValueLayout.JAVA_BYTE, bytes)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatIsNotReachableIsGivenBack() throws IOException, InterruptedException {
        long before = residentKilobytes();
        for (int i = 0; i < 4; i++) {
            use(256L << 20);
        }
        long after = residentKilobytes();
        for (int i = 0; i < 100 && after - before > 128 << 10; i++) {
            System.gc();
            Thread.sleep(100);
            after = residentKilobytes();
        }
        assertThat(after - before).as("of 1,048,576 kB").isLessThan(128 << 10);
    }

    private static void use(long bytes) {
        MemorySegment m = LargeMemory.allocate(bytes);
        for (long at = 0; at < m.byteSize(); at += 4096) {
            m.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
        }
    }

    private static long residentKilobytes() throws IOException {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(l -> l.startsWith("VmRSS:"))
                    .mapToLong(l -> Long.parseLong(l.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void whatCannotBeHadIsAnError() {
        assertThatThrownBy(() -> LargeMemory.allocate(1L << 60)).isInstanceOf(OutOfMemoryError.class);
    }
}
