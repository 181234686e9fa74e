package dev.quiver.index.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
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

    /** 25 GB in all. */
    @Test
    void whatIsNotReachableIsGivenBack() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            MemorySegment m = LargeMemory.allocate(256L << 20);
            for (long at = 0; at < m.byteSize(); at += 4096) {
                m.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
            }
            if (i % 4 == 3) {
                System.gc();
                Thread.sleep(20);
            }
        }
    }

    @Test
    void whatCannotBeHadIsAnError() {
        assertThatThrownBy(() -> LargeMemory.allocate(1L << 60)).isInstanceOf(OutOfMemoryError.class);
    }
}
