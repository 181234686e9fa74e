package dev.quiver.index;

import dev.quiver.index.log.Layout;
import dev.quiver.index.record.Batch;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Batches of upserts and deletes over few ids, each determined by the seed and its number, which all of its rows carry. */
record Workload(long seed) {
    static final String COLLECTION = "c";
    static final Layout LAYOUT = new Layout(COLLECTION);
    static final List<String> IDS =
            IntStream.range(0, 12).mapToObj(i -> "id-" + i).toList();

    Batch batch(int number) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
        Batch.Builder batch = Batch.builder();
        for (int i = random.nextInt(4); i > 0; i--) {
            String id = IDS.get(random.nextInt(IDS.size()));
            if (random.nextInt(2) == 0) {
                batch.delete(id);
            } else {
                batch.upsert(Samples.row(id, number));
            }
        }
        // Last, so that it is not superseded: an entry of the log tells its batch by a row.
        return batch.upsert(Samples.row(IDS.get(random.nextInt(IDS.size())), number))
                .build();
    }
}
