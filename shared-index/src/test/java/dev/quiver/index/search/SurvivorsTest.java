package dev.quiver.index.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** The best are kept, whatever the order and however often a score comes. */
class SurvivorsTest {
    @Property
    void theBestAreKept(
            @ForAll @Size(max = 300) List<@FloatRange(min = -3, max = 3) Float> scores,
            @ForAll @IntRange(min = 1, max = 120) int wanted,
            @ForAll @IntRange(min = 1, max = 40) int steps) {
        Survivors survivors = new Survivors(new dev.quiver.index.vector.ScalarKernels(), scores.size());
        for (int i = 0; i < scores.size(); i++) {
            // Coarse, so that there are ties.
            survivors.add(Math.round(scores.get(i) * steps) / (float) steps, i);
        }
        float[] all = new float[scores.size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = survivors.score(i);
            assertThat(survivors.row(i)).isEqualTo(i);
        }
        Float[] best = new Float[all.length];
        Arrays.setAll(best, i -> all[i]);
        Arrays.sort(best, Comparator.reverseOrder());
        float worst = survivors.select(wanted);
        int kept = Math.min(wanted, best.length);
        assertThat(survivors.size()).isEqualTo(kept);
        int ordered = Math.min(kept, steps);
        survivors.sort(ordered);
        for (int i = 0; i < kept; i++) {
            if (i < ordered) {
                assertThat(survivors.score(i)).isEqualTo(best[i]);
            } else if (ordered > 0) {
                assertThat(survivors.score(i)).isLessThanOrEqualTo(best[ordered - 1]);
            }
        }
        survivors.sort(kept);
        for (int i = 0; i < kept; i++) {
            assertThat(survivors.score(i)).isEqualTo(best[i]);
            assertThat(all[survivors.row(i)]).isEqualTo(best[i]);
        }
        assertThat(worst).isEqualTo(best.length < wanted ? Float.NEGATIVE_INFINITY : best[wanted - 1]);
        int[] rows = new int[kept];
        assertThat(survivors.rows(rows)).isEqualTo(kept);
        assertThat(Arrays.stream(rows).distinct().count()).isEqualTo(kept);
    }
}
