package dev.quiver.index.simulation;

import static dev.quiver.index.simulation.History.check;

import dev.quiver.index.Collection;
import dev.quiver.index.CommitContentionException;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.Settings;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Tasks;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/** A bucket with writers, readers, compactors and collectors on machines that fail, for some simulated days; all of it determined by a seed. */
public final class Simulation {
    private static final Schema SCHEMA = new Schema(2, Metric.EUCLIDEAN, null);
    private static final Duration GRACE = Duration.ofHours(1);
    private static final List<String> IDS = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    private static final long MINUTE = 60_000;

    /** By which machines' clocks are wrong. S3 itself does not accept more than 15 minutes. */
    private static final long SKEW = 4 * MINUTE;

    private final SplittableRandom random;
    private final Scheduler scheduler = new Scheduler();
    private final MemoryStore truth = new MemoryStore(scheduler.clock(() -> 0));
    private final History history = new History(scheduler, truth, SCHEMA.dimension(), GRACE.toMillis() / 2);
    private final long closing;
    private final Faults usual;
    private final SimulatedStore.Broken broken;
    private Faults faults = Faults.NONE;
    private int values;
    private int reads;
    private int deaths;

    private Simulation(long seed, SimulatedStore.Broken broken) {
        this.broken = broken;
        this.random = new SplittableRandom(seed);
        this.usual = List.of(Faults.FEW, Faults.MANY, Faults.STALLS).get(random.nextInt(3));
        this.closing = scheduler.now() + (4 + random.nextInt(20)) * 60 * MINUTE;
    }

    /** What a run did, so that it can be seen that it did something. */
    public record Summary(int acknowledged, long committed, int reads, int manifests, int deletions, int deaths) {
        Summary plus(Summary o) {
            return new Summary(
                    acknowledged + o.acknowledged,
                    committed + o.committed,
                    reads + o.reads,
                    manifests + o.manifests,
                    deletions + o.deletions,
                    deaths + o.deaths);
        }
    }

    /** @throws AssertionError that names the seed, if a promise was broken */
    public static Summary run(long seed) {
        return run(seed, SimulatedStore.Broken.NOTHING);
    }

    static Summary run(long seed, SimulatedStore.Broken broken) {
        try {
            return new Simulation(seed, broken).run();
        } catch (Throwable e) {
            throw new AssertionError("Seed " + seed + ": " + e.getMessage(), e);
        }
    }

    /** Many seeds, on all cores. In virtual threads: their switching is what a simulation mostly does, and fast only among themselves. */
    public static Summary runAll(long firstSeed, int seeds) throws Exception {
        Summary sum = new Summary(0, 0, 0, 0, 0, 0);
        try (ExecutorService threads = Executors.newFixedThreadPool(
                Runtime.getRuntime().availableProcessors(), Thread.ofVirtual().factory())) {
            List<Future<Summary>> runs = new ArrayList<>();
            for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
                long s = seed;
                runs.add(threads.submit(() -> run(s)));
            }
            try {
                for (Future<Summary> r : runs) {
                    sum = sum.plus(r.get());
                }
            } catch (ExecutionException e) {
                threads.shutdownNow();
                throw (AssertionError) e.getCause();
            }
        }
        return sum;
    }

    private Summary run() {
        try (Database founder = new Database(truth, settings(0, random.split(), direct()))) {
            founder.create(History.NAME, SCHEMA);
        }
        truth.get(new Layout(History.NAME).manifest()).ifPresent(b -> history.stored("c/manifest.json", b.bytes()));
        faults = usual;
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            machine("writer " + i, this::write);
        }
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            machine("reader " + i, this::read);
            machine("compactor " + i, this::compact);
            machine("collector " + i, this::collect);
        }
        scheduler.run();
        faults = Faults.NONE;
        history.end();
        afterwards();
        return new Summary(
                history.acknowledgements(),
                history.lastCommitted(),
                reads,
                history.manifests(),
                history.deletions(),
                deaths);
    }

    /** What a process has: its own memory, clock and chance. */
    private final class Machine {
        final Scheduler.Process process;
        final Chance chance;
        final Database database;
        final SplittableRandom dice;

        Machine(Scheduler.Process process, SplittableRandom dice) {
            this.process = process;
            this.dice = dice;
            this.chance = new Chance(dice.split());
            long[] skew = {dice.nextLong(-SKEW, SKEW)};
            var clock = scheduler.clock(() -> {
                if (dice.nextInt(200) == 0) {
                    // Set, forwards or backwards.
                    skew[0] = dice.nextLong(-SKEW, SKEW);
                }
                return skew[0];
            });
            Settings settings = settings(0, dice, new ProcessTasks(process))
                    .withClock(clock)
                    .withRandom(chance);
            if (broken == SimulatedStore.Broken.COLLECTS_EARLY) {
                settings = settings.withGrace(Duration.ofMinutes(1));
            }
            this.database = new Database(
                    new SimulatedStore(truth, history, scheduler, process, dice.split(), () -> faults, broken),
                    settings);
        }

        Collection collection() {
            return database.collection(History.NAME);
        }
    }

    private interface Role {
        void act(Machine machine, Collection collection);
    }

    private void machine(String name, Role role) {
        boot(name, role, random.split(), random.nextInt(10_000));
    }

    /** Does its work again and again, with new memory after each death, until the simulation closes. */
    private void boot(String name, Role role, SplittableRandom dice, long in) {
        Scheduler.Process[] self = new Scheduler.Process[1];
        self[0] = scheduler.start(name, in, () -> {
            try {
                Machine machine = new Machine(self[0], dice.split());
                while (scheduler.now() < closing) {
                    try {
                        role.act(machine, machine.collection());
                    } catch (StoreException | CommitContentionException e) {
                        // Tries again, later.
                    }
                    self[0].pause(think(dice));
                }
            } finally {
                if (!self[0].alive() && scheduler.now() < closing) {
                    deaths++;
                    boot(name, role, dice, dice.nextLong(10 * MINUTE));
                }
            }
        });
    }

    private static long think(SplittableRandom dice) {
        return switch (dice.nextInt(10)) {
            case 0 -> dice.nextLong(2 * 60 * MINUTE);
            case 1, 2, 3 -> dice.nextLong(1_000);
            default -> dice.nextLong(10 * MINUTE);
        };
    }

    private void write(Machine machine, Collection collection) {
        Batch.Builder batch = Batch.builder();
        int operations = 1 + machine.dice.nextInt(5);
        for (int i = 0; i < operations; i++) {
            String id = IDS.get(machine.dice.nextInt(IDS.size()));
            if (machine.dice.nextInt(3) == 0) {
                batch.delete(id);
            } else {
                batch.upsert(row(id, ++values));
            }
        }
        machine.chance.mark();
        try {
            long sequence = collection.apply(batch.build());
            history.acknowledge(sequence, machine.chance.uuid());
        } catch (CommitContentionException e) {
            history.refuse(machine.chance.uuid());
            throw e;
        } catch (StoreException e) {
            if (!e.outcomeUnknown() && machine.chance.uuid() != null) {
                history.refuse(machine.chance.uuid());
            }
            throw e;
        }
        if (machine.dice.nextInt(3) == 0) {
            // Its own write at least is there.
            readAll(machine, collection);
        }
    }

    private static Record row(String id, int value) {
        return new Record(id, new float[] {value, 1}, "text " + value, Map.of("value", value));
    }

    private void read(Machine machine, Collection collection) {
        for (int i = machine.dice.nextInt(4); i >= 0; i--) {
            readAll(machine, collection);
            machine.process.pause(machine.dice.nextLong(2_000));
        }
    }

    private void readAll(Machine machine, Collection collection) {
        long before = history.lastAcknowledged();
        boolean strong = machine.dice.nextInt(4) > 0;
        Consistency consistency = strong ? Consistency.STRONG : new Consistency.Eventual(Duration.ofMinutes(5));
        Collection.Fetched all = collection.list("", "", Integer.MAX_VALUE, consistency);
        Map<String, Integer> content = content(all.records());
        reads++;
        history.read(machine.process.toString(), all.sequence(), content, strong ? before : 0);
        SearchResult nearest = collection.search(new SearchRequest(
                new float[] {0, 0},
                IDS.size(),
                new Filter.All(),
                OptionalDouble.empty(),
                SearchRequest.Effort.DEFAULT,
                new Consistency.Eventual(Duration.ofDays(1))));
        Map<String, Integer> found =
                content(nearest.hits().stream().map(h -> h.record()).toList());
        history.read(machine.process + "'s search", nearest.sequence(), found, all.sequence());
    }

    private static Map<String, Integer> content(List<Record> records) {
        Map<String, Integer> content = new TreeMap<>();
        for (Record r : records) {
            int value = ((Number) r.attributes().get("value")).intValue();
            check(r.vector()[0] == value, "record %s has another's vector", r.id());
            check(content.put(r.id(), value) == null, "record %s is there twice", r.id());
        }
        return content;
    }

    private void compact(Machine machine, Collection collection) {
        collection.compact();
    }

    private void collect(Machine machine, Collection collection) {
        collection.collectGarbage();
    }

    /** All faults are over: nothing has been lost, one can go on, and what is not needed goes away. */
    private void afterwards() {
        long[] now = {scheduler.now()};
        Settings settings =
                settings(0, random.split(), direct()).withClock(() -> java.time.Instant.ofEpochMilli(now[0]));
        MemoryStore store = truth;
        try (Database database = new Database(store, settings)) {
            Collection c = database.collection(History.NAME);
            verify(c, "at the end", history.lastCommitted());
            long last = c.apply(Batch.builder().upsert(row("z", ++values)).build());
            check(last == history.lastCommitted() + 1, "the next commit has sequence %d", last);
            c.apply(Batch.builder().delete("z").build());
            for (int i = 0; i < 3; i++) {
                c.compact();
            }
            Collection.Fetched all = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
            check(
                    content(all.records()).equals(history.stateAt(history.lastCommitted())),
                    "compaction changed what there is");
            for (int i = 0; i < 3; i++) {
                now[0] += 3 * GRACE.toMillis();
                c.collectGarbage();
            }
            all = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
            check(
                    content(all.records()).equals(history.stateAt(history.lastCommitted())),
                    "collecting garbage changed what there is");
            checkShrunk();
        }
    }

    /** A manifest, its version and the one before it, and what it names. */
    private void checkShrunk() {
        Layout layout = new Layout(History.NAME);
        Manifest last = Manifest.fromJson(
                layout.manifest(), truth.get(layout.manifest()).orElseThrow().bytes());
        Set<String> needed = history.names(last);
        needed.add(layout.manifest());
        Set<String> left = new TreeSet<>();
        int versions = 0;
        for (Listed l : truth.list("", "")) {
            if (l.key().startsWith(layout.manifests())) {
                versions++;
            } else if (!needed.contains(l.key())) {
                left.add(l.key());
            }
        }
        check(left.isEmpty(), "what nobody needs is still there: %s", left);
        check(versions <= 2, "%d versions of the manifest are still there", versions);
    }

    private void verify(Collection c, String when, long sequence) {
        Collection.Fetched all = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
        check(all.sequence() == sequence, "%s sequence is %d, %d were committed", when, all.sequence(), sequence);
        history.read("a new process " + when, all.sequence(), content(all.records()), history.lastAcknowledged());
    }

    private Settings settings(long skew, SplittableRandom dice, Tasks tasks) {
        return Settings.defaults()
                .withFoldRows(20)
                .withGrace(GRACE)
                .withClock(scheduler.clock(() -> skew))
                .withRandom(dice.split())
                .withMemoryBudget(Long.MAX_VALUE)
                .withTasks(tasks);
    }

    private static Tasks direct() {
        return new Tasks() {
            @Override
            public void sleep(long millis) {}

            @Override
            public <T> List<T> all(List<Supplier<T>> tasks) {
                return tasks.stream().map(Supplier::get).toList();
            }
        };
    }

    /** One thing after the other, in simulated time. */
    private record ProcessTasks(Scheduler.Process process) implements Tasks {
        @Override
        public void sleep(long millis) {
            process.pause(millis);
        }

        @Override
        public <T> List<T> all(List<Supplier<T>> tasks) {
            List<T> results = new ArrayList<>();
            for (Supplier<T> t : tasks) {
                results.add(t.get());
            }
            return results;
        }
    }

    /** Remembers the commit id that is drawn for a batch: the first two numbers. */
    private static final class Chance implements RandomGenerator {
        private final SplittableRandom random;
        private final List<Long> drawn = new ArrayList<>();

        Chance(SplittableRandom random) {
            this.random = random;
        }

        void mark() {
            drawn.clear();
        }

        UUID uuid() {
            return drawn.size() < 2 ? null : new UUID(drawn.get(0), drawn.get(1));
        }

        @Override
        public long nextLong() {
            long next = random.nextLong();
            if (drawn.size() < 2) {
                drawn.add(next);
            }
            return next;
        }
    }
}
