package dev.quiver.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quiver.index.record.Record;
import dev.quiver.index.store.ArchivingStore;
import dev.quiver.index.store.FaultProxy;
import dev.quiver.index.store.FaultProxy.Fault;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore;
import dev.quiver.index.store.S3Stores;
import dev.quiver.index.store.StoreException;
import dev.quiver.infra.s3.S3Emulator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Writers, readers, a bulk loader, a compactor and a collector, each with a database of its own, on one bucket behind a network and a server that fail in all ways, now seldom, now most of the time.
 * {@code -Dquiver.faults.seconds=3600} goes on for longer.
 */
class FaultyNetworkIT {
    private static final long SECONDS = Long.getLong("quiver.faults.seconds", 15);
    private static final long SEED = Long.getLong("quiver.faults.seed", System.nanoTime());
    private static final int WRITERS = 4;
    private static final int READERS = 2;

    /** Several requests long, also when they are tried again, and such that much is collected in the time of the test. */
    private static final Settings SETTINGS = Settings.defaults().withGrace(Duration.ofSeconds(6));

    private static final List<Fault> KINDS =
            Arrays.stream(Fault.values()).filter(f -> f != Fault.NONE).toList();

    private static S3Emulator s3;
    private static FaultProxy proxy;

    private final Workload workload = new Workload(SEED);
    private final OperationHistory history = new OperationHistory(workload);
    private final MemoryStore archive = new MemoryStore();
    private final AtomicBoolean done = new AtomicBoolean();
    private final LongAdder folded = new LongAdder();
    private final LongAdder collected = new LongAdder();
    private final LongAdder failedReads = new LongAdder();

    @BeforeAll
    static void start() {
        s3 = S3Emulator.start(S3Stores.BUCKET);
        proxy = FaultProxy.start(s3.endpoint());
    }

    @AfterAll
    static void stop() {
        proxy.close();
        s3.close();
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
        ObjectStore truth = S3Stores.open(s3, "");
        new Database(truth, SETTINGS).create(Workload.COLLECTION, Samples.SCHEMA);
        List<Collection> opened = new ArrayList<>();
        for (int i = 0; i < WRITERS + READERS + 2; i++) {
            opened.add(open(proxied()));
        }
        Collection collector = open(new ArchivingStore(proxied(), truth, archive, k -> k.contains("/log/")));
        Race.of(WRITERS + READERS + 4, i -> {
            try {
                if (i < WRITERS) {
                    write(opened.get(i), i);
                } else if (i < WRITERS + READERS) {
                    read(opened.get(i), i);
                } else {
                    switch (i - WRITERS - READERS) {
                        case 0 -> compact(opened.get(i));
                        case 1 -> load(opened.get(i));
                        case 2 -> collect(collector);
                        default -> changeTheWeather();
                    }
                }
            } finally {
                done.set(true);
            }
            return null;
        });
        // What came late during the last storm has now arrived.
        proxy.heal();
        System.out.println("Seed " + SEED + ": " + history + ", " + folded + " operations folded, " + collected
                + " objects collected, " + failedReads + " reads failed, faults " + faults());
        assertThat(everythingHasHappened())
                .as("all kinds of faults, folding and collecting")
                .isTrue();
        Map<String, Integer> expected = history.verifyAtRest(truth, archive, SETTINGS);
        opened.add(collector);
        for (Collection c : opened) {
            assertThat(Samples.content(c)).isEqualTo(expected);
        }
    }

    private static ObjectStore proxied() {
        return S3Stores.open(s3, proxy, "");
    }

    private static Collection open(ObjectStore store) {
        return new Database(store, SETTINGS).collection(Workload.COLLECTION);
    }

    private void write(Collection c, int writer) throws InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED + writer);
        for (int n = 1 + writer; !done.get(); n += WRITERS) {
            try {
                history.acknowledged(c.apply(workload.batch(n)), n);
            } catch (CommitContentionException e) {
                history.refused(n);
            } catch (StoreException e) {
                if (e.outcomeUnknown()) {
                    history.unknown(n);
                } else {
                    history.refused(n);
                }
            }
            if (random.nextInt(16) == 0) {
                // Meanwhile others fold and collect what this one has not seen.
                Thread.sleep(random.nextInt(3000));
            }
        }
    }

    private void read(Collection opened, int reader) {
        Collection c = opened;
        SplittableRandom random = new SplittableRandom(SEED + reader);
        while (!done.get()) {
            OperationHistory.Before before = history.now();
            try {
                switch (random.nextInt(4)) {
                    case 0 -> c = open(proxied());
                    case 1 -> {
                        var found = c.fetch(Workload.ALL_IDS, Consistency.STRONG);
                        history.observed(found.records(), found.sequence(), before);
                    }
                    case 2 -> {
                        var found = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
                        history.observed(found.records(), found.sequence(), before);
                    }
                    default -> {
                        var found = c.search(SearchRequest.of(new float[] {0, 0}, 100));
                        List<Record> rows = found.hits().stream()
                                .map(SearchResult.Hit::record)
                                .toList();
                        history.observed(rows, found.sequence(), before);
                    }
                }
            } catch (StoreException e) {
                failedReads.increment();
            }
        }
    }

    private void load(Collection c) throws InterruptedException {
        for (int n = 1; !done.get(); n++) {
            history.loadBegun(n);
            try {
                c.load(workload.load(n).iterator());
                history.loadAcknowledged(n);
            } catch (CommitContentionException e) {
                history.loadRefused(n);
            } catch (StoreException e) {
                if (!e.outcomeUnknown()) {
                    history.loadRefused(n);
                }
            }
            Thread.sleep(500);
        }
    }

    private void compact(Collection c) throws InterruptedException {
        while (!done.get()) {
            try {
                folded.add(c.compact().folded());
            } catch (StoreException e) {
                // Next time.
            }
            Thread.sleep(300);
        }
    }

    private void collect(Collection c) throws InterruptedException {
        while (!done.get()) {
            try {
                collected.add(c.collectGarbage().objects());
            } catch (StoreException e) {
                // Next time.
            }
            Thread.sleep(50);
        }
    }

    /** Faults of all kinds seldom, or of a few kinds often. */
    private void changeTheWeather() throws InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        long started = System.nanoTime();
        // On a machine that is very busy some things may need longer; if they never happen, that is told below.
        while (!done.get()
                && System.nanoTime() - started < 6 * SECONDS * 1e9
                && (System.nanoTime() - started < SECONDS * 1e9 || !everythingHasHappened())) {
            List<Fault> few = random.ints(1 + random.nextInt(4), 0, KINDS.size())
                    .mapToObj(KINDS::get)
                    .toList();
            boolean calm = random.nextBoolean();
            proxy.follow(FaultProxy.random(
                    random.nextLong(), calm ? KINDS : few, calm ? 0.05 : 0.2 + random.nextDouble() * 0.6));
            Thread.sleep(calm ? 500 + random.nextInt(1500) : 200 + random.nextInt(800));
        }
    }

    private boolean everythingHasHappened() {
        return folded.sum() > 0
                && collected.sum() > 0
                && history.now().sequence() > 0
                && KINDS.stream().allMatch(f -> proxy.count(f) > 0);
    }

    private static String faults() {
        return KINDS.stream().map(f -> f + " " + proxy.count(f)).collect(Collectors.joining(", "));
    }
}
