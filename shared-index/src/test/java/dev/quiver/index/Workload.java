package dev.quiver.index;

import dev.quiver.index.log.Layout;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Batches of upserts and deletes over few ids, and bulk loads over others, each determined by the seed and its number, which all of its rows carry. */
record Workload(long seed) {
    static final String COLLECTION = "c";
    static final Layout LAYOUT = new Layout(COLLECTION);
    static final List<String> IDS =
            IntStream.range(0, 12).mapToObj(i -> "id-" + i).toList();

    /** Each load replaces the one so many before it. */
    static final int LOADS = 4;

    static final int LOAD_ROWS = 3;

    static final List<String> ALL_IDS = Stream.concat(
                    IDS.stream(), IntStream.range(0, LOADS).boxed().flatMap(n -> loadIds(n).stream()))
            .toList();

    static List<String> loadIds(int number) {
        return IntStream.range(0, LOAD_ROWS)
                .mapToObj(row -> "load-" + number % LOADS + "-" + row)
                .toList();
    }

    /** @param number from 1 */
    List<Record> load(int number) {
        return loadIds(number).stream().map(id -> Samples.row(id, number)).toList();
    }

    /** @param number from 1 */
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
