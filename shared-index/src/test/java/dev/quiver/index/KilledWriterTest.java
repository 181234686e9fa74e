package dev.quiver.index;

import static dev.quiver.index.Samples.SCHEMA;
import static dev.quiver.index.Samples.row;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.store.FileStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is killed while it commits and compacts: what it has acknowledged is there, whole, and the next one goes on. */
class KilledWriterTest {
    private static final int ROUNDS = 6;
    private static final int ROWS = 5;
    private static final Settings SETTINGS = Settings.defaults();

    @TempDir
    Path folder;

    @Test
    void whatWasAcknowledgedSurvivesTheKill() {
        Random random = new Random();
        TreeMap<Long, Integer> acknowledged = new TreeMap<>();
        try (Database database = new Database(new FileStore(folder), SETTINGS)) {
            Collection reader = database.create("c", SCHEMA);
            int batch = 0;
            for (int round = 0; round < ROUNDS; round++) {
                List<String> lines = new ArrayList<>();
                try (ChildProcess writer = ChildProcess.start(Writer.class, folder, batch)) {
                    int enough = 1 + random.nextInt(60);
                    while (lines.size() < enough) {
                        String line = writer.line();
                        assertThat(line).as("a line of the writer").isNotNull();
                        lines.add(line);
                    }
                    sleep(random.nextInt(30));
                    writer.kill();
                    for (String l = writer.line(); l != null; l = writer.line()) {
                        lines.add(l);
                    }
                }
                // The last line may be cut, or told nobody.
                for (String line : lines) {
                    if (line.endsWith(".")) {
                        int space = line.indexOf(' ');
                        long sequence = Long.parseLong(line.substring(0, space));
                        int number = Integer.parseInt(line.substring(space + 1, line.length() - 1));
                        assertThat(acknowledged.put(sequence, number))
                                .as("a sequence that was acknowledged twice")
                                .isNull();
                    }
                }
                batch = check(reader, acknowledged) + 1;
                check(new Database(new FileStore(folder), SETTINGS).collection("c"), acknowledged);
            }
            reader.compact();
            assertThat(check(reader, acknowledged)).isEqualTo(batch - 1);
            assertThat(acknowledged.size()).isGreaterThan(ROUNDS);
        }
    }

    /** The last batch that is there: the last acknowledged one or the one after it. */
    private static int check(Collection c, Map<Long, Integer> acknowledged) {
        var listed = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
        TreeMap<Integer, Integer> rowsOfBatch = new TreeMap<>();
        for (Record r : listed.records()) {
            if (!r.id().equals("hot")) {
                rowsOfBatch.merge((int) r.vector()[0], 1, Integer::sum);
                assertThat(r.id()).startsWith("batch-" + (int) r.vector()[0] + "-");
            }
        }
        assertThat(rowsOfBatch.values()).as("rows of each batch").containsOnly(ROWS);
        int last = rowsOfBatch.lastKey();
        assertThat(rowsOfBatch.keySet())
                .containsExactlyElementsOf(
                        IntStream.rangeClosed(0, last).boxed().toList());
        assertThat(rowsOfBatch.keySet()).containsAll(acknowledged.values());
        // What each batch has overwritten.
        assertThat(c.fetch(List.of("hot"), Consistency.STRONG).records())
                .singleElement()
                .satisfies(r -> assertThat((int) r.vector()[0]).isEqualTo(last));
        // One commit a batch.
        assertThat(listed.sequence()).isEqualTo(last + 1L);
        acknowledged.forEach((sequence, batch) -> assertThat(sequence).isEqualTo(batch + 1L));
        return last;
    }

    private static void sleep(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What is killed: batch after batch, each told when it is acknowledged. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) {
            Database database = new Database(new FileStore(Path.of(arguments[0])), SETTINGS);
            Collection c = database.collection("c");
            for (int n = Integer.parseInt(arguments[1]); ; n++) {
                Batch.Builder batch = Batch.builder();
                for (int i = 0; i < ROWS; i++) {
                    batch.upsert(row("batch-" + n + "-" + i, n));
                }
                batch.upsert(row("hot", n));
                long sequence = c.apply(batch.build());
                System.out.println(sequence + " " + n + ".");
                if (n % 8 == 7) {
                    c.compact();
                }
            }
        }
    }
}
