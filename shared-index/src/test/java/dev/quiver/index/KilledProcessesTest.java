package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.store.ArchivingStore;
import dev.quiver.index.store.FileStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Writers, a bulk loader, a compactor and a collector, each a process of its own on one folder, which are killed or stopped for a while at random moments and started again.
 * {@code -Dquiver.faults.seconds=3600} goes on for longer.
 */
class KilledProcessesTest {
    private static final long SECONDS = Long.getLong("quiver.faults.seconds", 20);
    private static final long SEED = Long.getLong("quiver.faults.seed", System.nanoTime());
    private static final int WRITERS = 3;
    private static final Duration GRACE = Duration.ofSeconds(2);

    @TempDir
    Path folder;

    private final OperationHistory history = new OperationHistory(new Workload(SEED));
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger pauses = new AtomicInteger();
    private final LongAdder folded = new LongAdder();
    private final LongAdder collected = new LongAdder();
    private final LongAdder reads = new LongAdder();

    private static Settings settings(Path folder) {
        return Settings.defaults().withGrace(GRACE).withTemporary(folder.resolve("temporary"));
    }

    private FileStore store() {
        return new FileStore(folder.resolve("data"));
    }

    private FileStore archive() {
        return new FileStore(folder.resolve("archive"));
    }

    @Test
    void whatWasAcknowledgedIsThereWholeInOrderAndOnce() {
        try {
            run();
        } catch (Throwable e) {
            throw new AssertionError("Seed " + SEED + ": " + e.getMessage(), e);
        }
    }

    private void run() {
        Settings settings = settings(folder);
        new Database(store(), settings).create(Workload.COLLECTION, Samples.SCHEMA);
        Collection reader = new Database(store(), settings).collection(Workload.COLLECTION);
        Race.of(WRITERS + 4, i -> {
            try {
                switch (i) {
                    case WRITERS -> keepRunning(1, "compact");
                    case WRITERS + 1 -> keepRunning(1, "collect");
                    case WRITERS + 2 -> keepRunning(1, "load");
                    case WRITERS + 3 -> read(reader);
                    default -> keepRunning(1 + i, "write");
                }
            } finally {
                done.set(true);
            }
            return null;
        });
        System.out.println("Seed " + SEED + ": " + history + " by " + reads + " reads, " + folded
                + " operations folded, " + collected + " objects collected, " + kills + " kills, " + pauses
                + " pauses");
        Map<String, Integer> expected = history.verifyAtRest(store(), archive(), settings);
        assertThat(Samples.content(reader)).isEqualTo(expected);
    }

    /** One process after the other, each to its violent end. */
    private void keepRunning(int first, String role) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED + first + role.hashCode());
        int next = first;
        while (!done.get()) {
            AtomicBoolean killed = new AtomicBoolean();
            try (ChildProcess child = ChildProcess.start(Child.class, folder, role, SEED, next)) {
                Thread killer = Thread.ofVirtual().start(() -> {
                    disturb(child, random);
                    killed.set(true);
                    child.kill();
                });
                for (String line = child.line(); line != null; line = child.line()) {
                    // The last line may be cut.
                    if (line.endsWith(".")) {
                        next = heard(line.substring(0, line.length() - 1).split(" "), next);
                    }
                }
                assertThat(killed.get())
                        .as("the process that should '%s' was killed, and did not end by itself", role)
                        .isTrue();
                killer.join();
            }
            kills.incrementAndGet();
        }
    }

    /** The number of the next batch or load. */
    private int heard(String[] words, int next) {
        int number = Integer.parseInt(words[1]);
        switch (words[0]) {
            case "try" -> {
                history.unknown(number);
                return number + WRITERS;
            }
            case "acknowledged" -> history.acknowledged(Long.parseLong(words[2]), number);
            case "refused" -> history.refused(number);
            case "load" -> {
                history.loadBegun(number);
                return number + 1;
            }
            case "loaded" -> history.loadAcknowledged(number);
            case "unloaded" -> history.loadRefused(number);
            case "folded" -> folded.add(number);
            case "collected" -> collected.add(number);
            default -> throw new AssertionError(String.join(" ", words));
        }
        return next;
    }

    private void disturb(ChildProcess child, SplittableRandom random) {
        sleep(500 + random.nextInt(4000));
        if (random.nextInt(4) == 0) {
            child.pause();
            sleep(random.nextLong(GRACE.toMillis() * 3 / 2));
            child.resume();
            pauses.incrementAndGet();
            sleep(random.nextInt(1000));
        }
    }

    private void sleep(long millis) {
        try {
            for (long end = System.nanoTime() + millis * 1_000_000; !done.get() && System.nanoTime() < end; ) {
                Thread.sleep(5);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void read(Collection c) {
        long started = System.nanoTime();
        while (!done.get() && (System.nanoTime() - started < SECONDS * 1e9 || !everythingHasHappened())) {
            OperationHistory.Before before = history.now();
            var found = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
            history.observed(found.records(), found.sequence(), before);
            reads.increment();
            // The processor is for the others.
            sleep(10);
        }
    }

    private boolean everythingHasHappened() {
        return folded.sum() > 0
                && collected.sum() > 0
                && history.now().sequence() > 0
                && kills.get() > 2 * WRITERS
                && pauses.get() > 0;
    }

    /** What is killed. It says what it does before and after. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) throws InterruptedException {
            Path folder = Path.of(arguments[0]);
            long seed = Long.parseLong(arguments[2]);
            int next = Integer.parseInt(arguments[3]);
            ObjectStore store = new FileStore(folder.resolve("data"));
            if (arguments[1].equals("collect")) {
                ObjectStore archive = new FileStore(folder.resolve("archive"));
                store = new ArchivingStore(store, store, archive, k -> k.contains("/log/"));
            }
            Collection c = new Database(store, settings(folder)).collection(Workload.COLLECTION);
            switch (arguments[1]) {
                case "write" -> write(c, new Workload(seed), next);
                case "load" -> load(c, new Workload(seed), next);
                case "compact" ->
                    repeat(() -> System.out.println("folded " + c.compact().folded() + "."));
                default ->
                    repeat(() ->
                            System.out.println("collected " + c.collectGarbage().objects() + "."));
            }
        }

        private static void write(Collection c, Workload workload, int first) throws InterruptedException {
            SplittableRandom random = new SplittableRandom(workload.seed() + first);
            for (int n = first; ; n += WRITERS) {
                System.out.println("try " + n + ".");
                try {
                    long sequence = c.apply(workload.batch(n));
                    System.out.println("acknowledged " + n + " " + sequence + ".");
                } catch (CommitContentionException e) {
                    System.out.println("refused " + n + ".");
                } catch (StoreException e) {
                    if (!e.outcomeUnknown()) {
                        System.out.println("refused " + n + ".");
                    }
                }
                if (n % WRITERS == 0) {
                    // Others fold and collect meanwhile what this one has not seen, too early or as they should.
                    Thread.sleep(random.nextBoolean() ? random.nextInt(500) : 2000 + random.nextInt(1000));
                } else {
                    Thread.sleep(random.nextInt(20));
                }
            }
        }

        private static void load(Collection c, Workload workload, int first) throws InterruptedException {
            for (int n = first; ; n++) {
                System.out.println("load " + n + ".");
                try {
                    c.load(workload.load(n).iterator());
                    System.out.println("loaded " + n + ".");
                } catch (CommitContentionException e) {
                    System.out.println("unloaded " + n + ".");
                } catch (StoreException e) {
                    if (!e.outcomeUnknown()) {
                        System.out.println("unloaded " + n + ".");
                    }
                }
                Thread.sleep(50);
            }
        }

        private static void repeat(Runnable work) throws InterruptedException {
            while (true) {
                try {
                    work.run();
                } catch (StoreException e) {
                    // It was held up, say. Next time.
                }
                Thread.sleep(20);
            }
        }
    }
}
