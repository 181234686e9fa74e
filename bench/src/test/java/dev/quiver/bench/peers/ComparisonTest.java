package dev.quiver.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    private final int[] nearest = IntStream.range(0, 100).toArray();

    @Test
    void recallCountsTheTenNearest() {
        int[] found = {0, 1, 2, 3, 4, 5, 6, 7, 10, 11};
        assertThat(Comparison.recall(new int[][] {found}, new int[][] {nearest}))
                .isEqualTo(0.8);
    }

    @Test
    void aRowThatIsGivenTwiceCountsOnce() {
        assertThat(Comparison.recall(new int[][] {{3, 3, 3}}, new int[][] {nearest}))
                .isEqualTo(0.1);
    }

    @Test
    void whereFewerAreAllowedNoMoreCanBeFound() {
        int[] two = {8, 9, -1, -1, -1, -1, -1, -1, -1, -1};
        assertThat(Comparison.recall(new int[][] {{9, 8}}, new int[][] {two})).isEqualTo(1);
    }

    /** The same values as {@code bucket} in {@code peers.mjs} gives. */
    @Test
    void bucketsAreThoseOfTheOtherPeers() {
        assertThat(IntStream.of(0, 1, 2, 12_345, 341_478).map(Buckets::of)).containsExactly(60, 325, 262, 690, 930);
    }

    @Test
    void bucketsShareRowsEvenly() {
        long[] bits = Buckets.allowed(100_000, 50);
        int allowed =
                IntStream.range(0, bits.length).map(i -> Long.bitCount(bits[i])).sum();
        assertThat(allowed).isBetween(4_700, 5_300);
    }
}
