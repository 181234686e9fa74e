package dev.quiver.index;

import dev.quiver.index.log.Tasks;
import dev.quiver.index.memory.SegmentMemory;
import dev.quiver.index.store.Meter;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * How a collection behaves, and where it takes time, chance and threads from.
 *
 * @param foldRows the log is due to be folded into a segment when it holds this many rows
 * @param foldBytes … or this many bytes
 * @param grace how long what no longer is referenced stays, longer than any reader or writer can be held up
 * @param temporary a folder for segments under construction, and for those beyond the memory budget
 * @param meter counts what the collections with these settings do
 * @param memoryBudget bytes of segments to hold in memory; see {@link dev.quiver.index.memory.SegmentMemory}
 */
public record Settings(
        int foldRows,
        long foldBytes,
        Duration grace,
        Path temporary,
        long memoryBudget,
        InstantSource clock,
        RandomGenerator random,
        Tasks tasks,
        Meter meter) {

    public static Settings defaults() {
        return new Settings(
                4096,
                32L << 20,
                Duration.ofHours(1),
                Path.of(System.getProperty("java.io.tmpdir")),
                SegmentMemory.defaultBudget(),
                InstantSource.system(),
                // Commit ids and names must differ between processes, also between those that were restored from one
                // snapshot.
                new SecureRandom(),
                Tasks.SYSTEM,
                new Meter());
    }

    public Settings withFoldRows(int rows) {
        return new Settings(rows, foldBytes, grace, temporary, memoryBudget, clock, random, tasks, meter);
    }

    public Settings withGrace(Duration duration) {
        return new Settings(foldRows, foldBytes, duration, temporary, memoryBudget, clock, random, tasks, meter);
    }

    public Settings withClock(InstantSource source) {
        return new Settings(foldRows, foldBytes, grace, temporary, memoryBudget, source, random, tasks, meter);
    }

    public Settings withMemoryBudget(long bytes) {
        return new Settings(foldRows, foldBytes, grace, temporary, bytes, clock, random, tasks, meter);
    }

    public Settings withTemporary(Path folder) {
        return new Settings(foldRows, foldBytes, grace, folder, memoryBudget, clock, random, tasks, meter);
    }

    public Settings withRandom(RandomGenerator generator) {
        return new Settings(foldRows, foldBytes, grace, temporary, memoryBudget, clock, generator, tasks, meter);
    }

    public Settings withTasks(Tasks other) {
        return new Settings(foldRows, foldBytes, grace, temporary, memoryBudget, clock, random, other, meter);
    }

    long now() {
        return clock.millis();
    }
}
