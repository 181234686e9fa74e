package dev.quiver.index.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.memory.OffHeap;
import dev.quiver.infra.s3.S3Emulator;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

/** That ranges are really read this way: otherwise the client would read them, and no other test would tell. */
class S3RangesIT {

    private static boolean read(S3Ranges ranges, String key, long offset, int bytes, MemorySegment target) {
        return ranges.read(S3Stores.BUCKET, key, offset, target.asSlice(0, bytes));
    }

    @Test
    void rangesAreReadWithOneSignatureOrLeftToTheClient() throws Exception {
        byte[] content = new byte[10_000];
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) (31 * i);
        }
        MemorySegment target = OffHeap.allocate(content.length + 1);
        try (S3Emulator s3 = S3Emulator.start(S3Stores.BUCKET);
                ObjectStore store = S3Stores.open(s3, "r/");
                S3Ranges ranges = S3Stores.ranges(s3.endpoint(), s3.accessKey(), s3.secretKey())) {
            store.put("a b+c.seg", Content.of(content), new ObjectStore.Precondition.IfAbsent());
            for (int offset : new int[] {0, 1, 4_096, 9_999}) {
                int bytes = Math.min(content.length - offset, 5_000);
                assertThat(read(ranges, "r/a b+c.seg", offset, bytes, target))
                        .as("from %d", offset)
                        .isTrue();
                byte[] expected = java.util.Arrays.copyOfRange(content, offset, offset + bytes);
                assertThat(target.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE))
                        .isEqualTo(expected);
            }
            assertThat(read(ranges, "r/a b+c.seg", 5_000, 5_001, target))
                    .as("past the end")
                    .isFalse();
            assertThat(read(ranges, "r/none.seg", 0, 10, target)).as("missing").isFalse();
            try (S3Ranges stranger = S3Stores.ranges(s3.endpoint(), "stranger", "wrong-secret")) {
                assertThat(read(stranger, "r/a b+c.seg", 0, 10, target))
                        .as("not allowed")
                        .isFalse();
            }
        }
    }
}
