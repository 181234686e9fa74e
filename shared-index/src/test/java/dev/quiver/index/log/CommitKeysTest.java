package dev.quiver.index.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.IdempotencyKey;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CommitKeysTest {

    @Test
    void everyKeyIsFoundAndNoOther() {
        SplittableRandom random = new SplittableRandom(3);
        CommitKeys keys = CommitKeys.NONE;
        List<CommitKeys.Entry> all = new ArrayList<>();
        for (int round = 0; round < 20; round++) {
            List<CommitKeys.Entry> later = new ArrayList<>();
            for (int i = random.nextInt(20); i > 0; i--) {
                // High halves that are alike, so that the low ones decide.
                later.add(new CommitKeys.Entry(
                        new IdempotencyKey(random.nextLong(-3, 3), random.nextLong(), random.nextLong()),
                        all.size() + later.size() + 1,
                        1000 + round));
            }
            all.addAll(later);
            keys = CommitKeys.decode("k", keys.with(later, 0).encode());
        }
        assertThat(keys.size()).isEqualTo(all.size());
        for (CommitKeys.Entry e : all) {
            assertThat(keys.find(e.key())).contains(e);
            assertThat(keys.find(new IdempotencyKey(e.key().high(), e.key().low() + 1, 0)))
                    .isEmpty();
        }
        CommitKeys recent = keys.with(List.of(), 1010);
        all.forEach(e -> assertThat(recent.find(e.key()).isPresent()).isEqualTo(e.timestamp() >= 1010));
        CommitKeys few = keys.with(List.of(), 0, 5);
        all.forEach(e -> assertThat(few.find(e.key()).isPresent()).isEqualTo(e.sequence() > all.size() - 5));
    }
}
