package dev.quiver.index.segment;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quiver.index.memory.BitSets;
import dev.quiver.index.memory.CorruptDataException;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Which rows live comes back as it was, and a damaged, cut or foreign object is refused by name. */
class DeletionVectorTest {
    private static final String KEY = "c/segments/x.del";

    @Property
    void liveRowsComeBackAsTheyWere(@ForAll @IntRange(min = 1, max = 1000) int rows, @ForAll long seed) {
        long[] live = BitSets.ones(rows);
        Random random = new Random(seed);
        int dead = 0;
        for (int i = 0; i < rows; i++) {
            if (random.nextBoolean()) {
                BitSets.clear(live, i);
                dead++;
            }
        }
        byte[] bytes = DeletionVector.encode(live, rows);
        assertThat(DeletionVector.decode(KEY, bytes, rows)).isEqualTo(live);
        assertThat(BitSets.count(live)).isEqualTo(rows - dead);
        assertThatThrownBy(() -> DeletionVector.decode(KEY, bytes, rows + 1))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContainingAll(KEY, rows + " rows", "has " + (rows + 1));
    }

    @Example
    void everyFlippedByteAndEveryTruncationIsNoticed() {
        byte[] bytes = DeletionVector.encode(BitSets.ones(150), 150);
        assertThat(new String(bytes, 0, 8, UTF_8)).isEqualTo("QUIVERDV");
        for (int i = 0; i < bytes.length; i++) {
            for (int flip : new int[] {1, 0x80, 0xff}) {
                byte[] damaged = bytes.clone();
                damaged[i] ^= (byte) flip;
                assertRefused(damaged);
            }
            assertRefused(Arrays.copyOf(bytes, i));
        }
        assertRefused(Arrays.copyOf(bytes, bytes.length + 8));
    }

    @Property(tries = 500)
    void foreignBytesAreRefused(@ForAll byte[] bytes) {
        assertRefused(bytes);
    }

    private static void assertRefused(byte[] bytes) {
        assertThatThrownBy(() -> DeletionVector.decode(KEY, bytes, 150))
                .isInstanceOf(CorruptDataException.class)
                .hasMessageContaining(KEY);
    }

    @Property
    void bitSetsCountAndClear(@ForAll @IntRange(min = 0, max = 300) int bits) {
        long[] words = BitSets.ones(bits);
        assertThat(BitSets.count(words)).isEqualTo(bits);
        assertThat(words).hasSize((bits + 63) / 64);
        for (int i = 0; i < bits; i++) {
            assertThat(BitSets.get(words, i)).isTrue();
            BitSets.clear(words, i);
            assertThat(BitSets.get(words, i)).isFalse();
            assertThat(BitSets.count(words)).isEqualTo(bits - i - 1);
        }
    }
}
