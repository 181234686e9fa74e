package dev.quiver.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;

/** The heap keeps the k best, of equals those that came first, and nothing below the floor. */
class TopKTest {

    @Property(tries = 1000)
    void itKeepsWhatASortWouldKeep(
            @ForAll List<@FloatRange(min = -3, max = 3) Float> offered,
            @ForAll @IntRange(min = 1, max = 20) int k,
            @ForAll @IntRange(min = -4, max = 3) int floor) {
        TopK top = new TopK(k, floor == -4 ? Float.NEGATIVE_INFINITY : floor);
        // Coarse, so that many are equal.
        List<Float> similarities =
                offered.stream().map(s -> (float) Math.round(s)).toList();
        for (int i = 0; i < similarities.size(); i++) {
            if (similarities.get(i) > top.threshold()) {
                top.add(1, i, similarities.get(i));
            }
        }
        List<TopK.Candidate> sorted = IntStream.range(0, similarities.size())
                .mapToObj(i -> new TopK.Candidate(1, i, similarities.get(i)))
                .filter(c -> floor == -4 || c.similarity() >= floor)
                .sorted(Comparator.comparing(TopK.Candidate::similarity, Comparator.reverseOrder())
                        .thenComparing(TopK.Candidate::row))
                .limit(k)
                .toList();
        assertThat(top.best().stream().map(TopK.Candidate::similarity))
                .isEqualTo(sorted.stream().map(TopK.Candidate::similarity).toList());
        assertThat(top.best())
                .isSortedAccordingTo(Comparator.comparing(TopK.Candidate::similarity)
                        .reversed()
                        .thenComparing(TopK.Candidate::row));
    }

    @Example
    void placesKeepTheirBlockAndRow() {
        TopK top = new TopK(2, Float.NEGATIVE_INFINITY);
        top.add(Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 1);
        top.add(0, 5, 2);
        assertThat(top.best())
                .containsExactly(
                        new TopK.Candidate(0, 5, 2), new TopK.Candidate(Integer.MAX_VALUE, Integer.MAX_VALUE - 1, 1));
    }

    @Example
    void theFloorItselfEnters() {
        TopK top = new TopK(3, 0.5f);
        assertThat(0.5f).isGreaterThan(top.threshold());
        assertThat(Math.nextDown(0.5f)).isLessThanOrEqualTo(top.threshold());
    }
}
