package dev.quiver.index.simulation;

import static dev.quiver.index.simulation.History.check;

import dev.quiver.index.Collection;
import dev.quiver.index.CollectionNotFoundException;
import dev.quiver.index.CommitContentionException;
import dev.quiver.index.ConditionFailedException;
import dev.quiver.index.Consistency;
import dev.quiver.index.Database;
import dev.quiver.index.OutOfRetentionException;
import dev.quiver.index.SearchRequest;
import dev.quiver.index.SearchResult;
import dev.quiver.index.Settings;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.log.ForkMarker;
import dev.quiver.index.log.Layout;
import dev.quiver.index.log.Manifest;
import dev.quiver.index.log.Tasks;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Condition;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.simulation.History.Value;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.store.ObjectStore.Listed;
import dev.quiver.index.store.StoreException;
import dev.quiver.index.vector.Metric;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
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
import java.util.stream.IntStream;

/** A bucket with writers, readers, compactors and collectors on machines that fail, for some simulated days; all of it determined by a seed. */
public final class Simulation {
    private static final Schema SCHEMA = new Schema(2, Metric.EUCLIDEAN, null);
    private static final Duration GRACE = Duration.ofHours(1);
    private static final int MOST_FORKS = 3;

    /** What a process may still know of, unless it looks. */
    private static final long MEMORY = Duration.ofDays(3).toMillis();

    private static final String FIRST = "c";
    private static final List<String> IDS = List.of("a", "b", "c", "d", "e", "f", "g", "h", "i", "j");
    private static final long MINUTE = 60_000;

    /** By which machines' clocks are wrong. S3 itself does not accept more than 15 minutes. */
    private static final long SKEW = 4 * MINUTE;

    private final SplittableRandom random;
    private final Scheduler scheduler = new Scheduler();
    private final MemoryStore truth = new MemoryStore(scheduler.clock(() -> 0));
    private final Bucket bucket;
    private final long closing;
    private final Duration retention;
    private final Faults usual;
    private final SimulatedStore.Broken broken;
    private Faults faults = Faults.NONE;
    private int values;
    private int reads;
    private int deaths;
    private long acknowledgements;
    private long commits;
    private long manifests;
    private long deletions;
    private int forks;
    private int forked;
    private int drops;
    private int conditions;
    private int conflicts;
    private int loads;
    private int restores;
    private int travels;
    private int repeated;
    private final List<Once> unanswered = new ArrayList<>();

    private Simulation(long seed, SimulatedStore.Broken broken) {
        this.broken = broken;
        this.random = new SplittableRandom(seed);
        this.usual = List.of(Faults.FEW, Faults.MANY, Faults.STALLS).get(random.nextInt(3));
        this.closing = scheduler.now() + (3 + random.nextInt(10)) * 60 * MINUTE;
        this.retention = Duration.ofHours(List.of(0, 0, 1, 3).get(random.nextInt(4)));
        this.bucket = new Bucket(
                truth,
                name -> new History(
                        name, scheduler, truth, SCHEMA.dimension(), GRACE.toMillis() / 2 + this.retention.toMillis()),
                store -> new Database(store, settings(0, new SplittableRandom(1), direct())));
    }

    /** What a run did, so that it can be seen that it did something. */
    public record Summary(Map<String, Long> counts) {
        Summary plus(Summary other) {
            Map<String, Long> sum = new LinkedHashMap<>(counts);
            other.counts.forEach((what, n) -> sum.merge(what, n, Long::sum));
            return new Summary(sum);
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
        Summary sum = new Summary(Map.of());
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
            founder.create(FIRST, SCHEMA).retain(retention);
        }
        truth.get(new Layout(FIRST).manifest())
                .ifPresent(b -> bucket.stored(new Layout(FIRST).manifest(), b.bytes(), null));
        faults = usual;
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            machine("writer " + i, this::write);
        }
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
            machine("reader " + i, this::read);
            machine("compactor " + i, this::compact);
            machine("collector " + i, this::collect);
            machine("traveller " + i, this::travel);
        }
        // What no log entry tells happens in some of the runs only.
        if (random.nextBoolean()) {
            machine("loader", this::load);
            machine("restorer", this::restore);
        }
        if (random.nextBoolean()) {
            machine("forker", this::fork);
        }
        if (random.nextInt(3) == 0) {
            machine("dropper", this::drop);
        }
        scheduler.run();
        faults = Faults.NONE;
        for (History h : bucket.collections()) {
            h.end();
            acknowledgements += h.acknowledgements();
            commits += h.lastCommitted();
            manifests += h.manifests();
            deletions += h.deletions();
        }
        afterwards();
        Map<String, Long> counts = new LinkedHashMap<>();
        counts.put("acknowledged", acknowledgements);
        counts.put("committed", commits);
        counts.put("conditions met", (long) conditions);
        counts.put("conditions not met", (long) conflicts);
        counts.put("sent again", (long) repeated);
        counts.put("loads", (long) loads);
        counts.put("restores", (long) restores);
        counts.put("forks", (long) forked);
        counts.put("collections deleted", (long) drops);
        counts.put("reads", (long) reads);
        counts.put("earlier states read", (long) travels);
        counts.put("manifests", manifests);
        counts.put("objects deleted", deletions);
        counts.put("deaths", (long) deaths);
        return new Summary(counts);
    }

    /** What a process has: its own memory, clock and chance. */
    private final class Machine {
        final Scheduler.Process process;
        final Chance chance;
        final Database database;
        final SimulatedStore store;
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
            Settings settings = settings(0, dice, new ProcessTasks(process, dice))
                    .withClock(clock)
                    .withRandom(chance);
            if (broken == SimulatedStore.Broken.COLLECTS_EARLY) {
                settings = settings.withGrace(Duration.ofMinutes(1));
            }
            this.store = new SimulatedStore(truth, bucket, scheduler, process, dice.split(), () -> faults, broken);
            this.database = new Database(store, settings);
        }

        String id() {
            return IDS.get(dice.nextInt(IDS.size()));
        }

        /** Any that exists. */
        History history() {
            List<History> all = bucket.collections();
            return all.get(dice.nextInt(all.size()));
        }
    }

    private interface Role {
        void act(Machine machine, History history, Collection collection);
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
                        if (!bucket.collections().isEmpty()) {
                            act(role, machine, machine.history());
                        }
                    } catch (StoreException | CommitContentionException e) {
                        // Tries again, later.
                    } catch (CollectionNotFoundException e) {
                        check(
                                bucket.collections().stream()
                                        .noneMatch(h -> h.name().equals(e.collection())),
                                "%s is not there any more",
                                e.collection());
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

    private static void act(Role role, Machine machine, History history) {
        try {
            role.act(machine, history, machine.database.collection(history.name()));
        } catch (RuntimeException e) {
            // What is being deleted may look like anything.
            if (!history.dropped()) {
                throw e;
            }
        }
    }

    private static long think(SplittableRandom dice) {
        return switch (dice.nextInt(10)) {
            case 0 -> dice.nextLong(2 * 60 * MINUTE);
            case 1, 2, 3 -> dice.nextLong(1_000);
            default -> dice.nextLong(10 * MINUTE);
        };
    }

    private void write(Machine machine, History history, Collection collection) {
        if (machine.dice.nextInt(4) == 0) {
            writeIf(machine, history, collection);
            return;
        }
        if (machine.dice.nextInt(4) == 0) {
            writeOnce(machine, history, collection);
            return;
        }
        Batch.Builder batch = Batch.builder();
        int operations = 1 + machine.dice.nextInt(5);
        for (int i = 0; i < operations; i++) {
            String id = machine.id();
            if (machine.dice.nextInt(3) == 0) {
                batch.delete(id);
            } else {
                batch.upsert(row(id, ++values));
            }
        }
        apply(machine, history, collection, batch.build());
        if (machine.dice.nextInt(3) == 0) {
            // Its own write at least is there.
            readAll(machine, history, collection);
        }
    }

    private long apply(Machine machine, History history, Collection collection, Batch batch) {
        List<Long> commit = machine.chance.mark();
        try {
            long sequence = collection.apply(batch);
            history.acknowledge(sequence, Chance.uuid(commit));
            return sequence;
        } catch (CommitContentionException | ConditionFailedException e) {
            history.refuse(Chance.uuid(commit));
            throw e;
        } catch (StoreException e) {
            if (!e.outcomeUnknown() && commit.size() == 2) {
                history.refuse(Chance.uuid(commit));
            }
            throw e;
        }
    }

    /** A request that is sent until there is an answer, by whichever process. */
    private record Once(History history, int value, Batch batch) {}

    private void writeOnce(Machine machine, History history, Collection collection) {
        List<Once> open = unanswered.stream().filter(o -> o.history == history).toList();
        Once once;
        if (!open.isEmpty() && machine.dice.nextInt(3) > 0) {
            once = open.get(machine.dice.nextInt(open.size()));
            repeated++;
        } else {
            int value = ++values;
            Batch.Builder batch = Batch.builder().key("request " + value).delete(machine.id() + "'");
            once = new Once(
                    history,
                    value,
                    batch.upsert(row(machine.id(), value), machine.dice.nextInt(4) == 0 ? new Condition.Absent() : null)
                            .build());
            unanswered.add(once);
        }
        for (int i = 0; i < 3; i++) {
            try {
                long sequence = collection.apply(once.batch);
                history.once(once.value, sequence);
                // Now and then the answer does not get through.
                if (machine.dice.nextInt(3) > 0) {
                    unanswered.remove(once);
                }
                return;
            } catch (ConditionFailedException e) {
                unanswered.remove(once);
                return;
            } catch (StoreException | CommitContentionException e) {
                machine.process.pause(machine.dice.nextLong(MINUTE));
            }
        }
    }

    /** An update of what was read, or a first write, which others may have been faster with. */
    private void writeIf(Machine machine, History history, Collection collection) {
        String id = machine.id();
        Collection.Fetched found = collection.fetch(
                List.of(id),
                machine.dice.nextBoolean() ? Consistency.STRONG : new Consistency.Eventual(Duration.ofHours(1)));
        long version = found.versions().isEmpty() ? 0 : found.versions().getFirst();
        machine.process.pause(machine.dice.nextLong(MINUTE));
        Condition condition = version == 0 ? new Condition.Absent() : new Condition.Version(version);
        Batch.Builder batch = Batch.builder().upsert(row(machine.id() + "'", ++values));
        if (version > 0 && machine.dice.nextBoolean()) {
            batch.delete(id, condition);
        } else {
            batch.upsert(row(id, ++values), condition);
        }
        long from = history.lastCommitted();
        int since = history.version();
        try {
            history.held(id, version, apply(machine, history, collection, batch.build()), since);
            conditions++;
        } catch (ConditionFailedException e) {
            history.didNotHold(id, version, from, since);
            conflicts++;
        }
    }

    /** Many at once, past the log. */
    private void load(Machine machine, History history, Collection collection) {
        Map<String, Integer> rows = new TreeMap<>();
        for (int i = machine.dice.nextInt(6); i >= 0; i--) {
            rows.put(machine.id(), ++values);
        }
        List<Long> commit = machine.chance.mark();
        machine.store.intend(base -> {
            long version = history.sequenceOf(Chance.uuid(commit));
            rows.forEach((id, value) -> base.put(id, new Value(value, version)));
            return base;
        });
        try {
            collection.load(rows.entrySet().stream()
                    .map(r -> row(r.getKey(), r.getValue()))
                    .iterator());
            loads++;
        } finally {
            machine.store.intend(null);
        }
    }

    /** Goes back. Not before its last attempt has ended in any case, for it says what it will be when it begins. */
    private void restore(Machine machine, History history, Collection collection) {
        machine.process.pause(60 * MINUTE);
        long last = history.lastCommitted();
        long sequence = Math.max(0, last - machine.dice.nextLong(10));
        machine.store.intend(_ -> history.statesAt(sequence, history.version()).getLast());
        try {
            collection.restore(new Consistency.AsOfSequence(sequence));
            restores++;
        } catch (OutOfRetentionException e) {
            history.gone(sequence, retention.toMillis() - SKEW);
        } finally {
            machine.store.intend(null);
        }
    }

    private void fork(Machine machine, History history, Collection collection) {
        if (forks == MOST_FORKS) {
            return;
        }
        String name = "f" + ++forks;
        long last = history.lastCommitted();
        long sequence = machine.dice.nextBoolean() ? -1 : Math.max(0, last - machine.dice.nextLong(10));
        bucket.fork(history, name, sequence);
        try {
            machine.database.fork(history.name(), name, sequence < 0 ? null : new Consistency.AsOfSequence(sequence));
            forked++;
        } catch (OutOfRetentionException e) {
            history.gone(sequence, retention.toMillis() - SKEW);
        }
    }

    private void drop(Machine machine, History history, Collection collection) {
        machine.process.pause(machine.dice.nextLong(5 * 60 * MINUTE));
        if (bucket.collections().size() > 1 && !history.dropped()) {
            history.drop();
            machine.database.delete(history.name());
            drops++;
        }
    }

    private void travel(Machine machine, History history, Collection collection) {
        long last = history.lastCommitted();
        if (last == 0) {
            return;
        }
        long sequence = machine.dice.nextLong(Math.max(0, last - 100), last + 1);
        int since = history.version();
        try {
            Collection.Fetched all = collection.list("", "", Integer.MAX_VALUE, new Consistency.AsOfSequence(sequence));
            Map<String, Value> content = content(all);
            check(all.sequence() == sequence, "as of %d is %d", sequence, all.sequence());
            history.readAsOf(machine.process.toString(), sequence, content, since);
            travels++;
        } catch (OutOfRetentionException e) {
            history.gone(sequence, retention.toMillis() - SKEW);
        }
    }

    private static Record row(String id, int value) {
        return new Record(id, new float[] {value, 1}, "text " + value, Map.of("value", value));
    }

    private void read(Machine machine, History history, Collection collection) {
        for (int i = machine.dice.nextInt(4); i >= 0; i--) {
            readAll(machine, history, collection);
            machine.process.pause(machine.dice.nextLong(2_000));
        }
    }

    private void readAll(Machine machine, History history, Collection collection) {
        long before = history.lastAcknowledged();
        boolean strong = machine.dice.nextInt(4) > 0;
        int since = strong ? history.version() : history.versionBefore(MEMORY);
        Consistency consistency = strong ? Consistency.STRONG : new Consistency.Eventual(Duration.ofMinutes(5));
        Collection.Fetched all = collection.list("", "", Integer.MAX_VALUE, consistency);
        reads++;
        history.read(machine.process.toString(), all.sequence(), content(all), strong ? before : 0, since);
        SearchResult nearest = collection.search(new SearchRequest(
                new float[] {0, 0},
                100,
                new Filter.All(),
                OptionalDouble.empty(),
                SearchRequest.Effort.DEFAULT,
                new Consistency.Eventual(Duration.ofDays(1))));
        check(nearest.sequence() >= all.sequence(), "a search went back to sequence %d", nearest.sequence());
        if (nearest.sequence() == all.sequence()) {
            List<Record> hits =
                    nearest.hits().stream().map(SearchResult.Hit::record).toList();
            check(
                    Set.copyOf(ids(hits)).equals(Set.copyOf(ids(all.records())))
                            && hits.size() == all.records().size(),
                    "a search found %s of %s",
                    ids(hits),
                    ids(all.records()));
        }
    }

    private static List<String> ids(List<Record> records) {
        return records.stream().map(Record::id).toList();
    }

    static Map<String, Value> content(Collection.Fetched all) {
        Map<String, Value> content = new TreeMap<>();
        for (int i = 0; i < all.records().size(); i++) {
            Record r = all.records().get(i);
            int value = ((Number) r.attributes().get("value")).intValue();
            check(r.vector()[0] == value, "record %s has another's vector", r.id());
            check(
                    content.put(r.id(), new Value(value, all.versions().get(i))) == null,
                    "record %s is there twice",
                    r.id());
        }
        return content;
    }

    private void compact(Machine machine, History history, Collection collection) {
        collection.compact();
    }

    private void collect(Machine machine, History history, Collection collection) {
        collection.collectGarbage();
    }

    /** All faults are over: nothing has been lost, one can go on, and what is not needed goes away. */
    private void afterwards() {
        long[] now = {scheduler.now()};
        Settings settings =
                settings(0, random.split(), direct()).withClock(() -> java.time.Instant.ofEpochMilli(now[0]));
        Map<String, Map<String, Value>> expected = new TreeMap<>();
        try (Database database = new Database(truth, settings)) {
            for (History h : bucket.collections()) {
                Collection c = database.collection(h.name());
                Collection.Fetched all = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
                check(
                        all.sequence() == h.lastCommitted(),
                        "at the end sequence is %d, %d were committed",
                        all.sequence(),
                        h.lastCommitted());
                h.read("a new process", all.sequence(), content(all), h.lastAcknowledged(), h.version());
                expected.put(h.name(), h.state());
                long next = c.apply(Batch.builder().upsert(row("z", ++values)).build());
                check(next == h.lastCommitted() + 1, "the next commit has sequence %d", next);
                c.apply(Batch.builder().delete("z").build());
                for (int i = 0; i < 3; i++) {
                    c.compact();
                }
                all = c.list("", "", Integer.MAX_VALUE, Consistency.STRONG);
                check(content(all).equals(h.state()), "compaction changed what there is");
            }
            for (int i = 0; i < 4; i++) {
                now[0] += 3 * GRACE.toMillis() + retention.toMillis();
                for (History h : bucket.collections()) {
                    database.collection(h.name()).collectGarbage();
                }
            }
        }
        try (Database database = new Database(truth, settings)) {
            expected.forEach((name, state) -> check(
                    content(database.collection(name).list("", "", Integer.MAX_VALUE, Consistency.STRONG))
                            .equals(state),
                    "collecting garbage changed what there is"));
            expected.keySet()
                    .forEach(name -> check(
                            database.check(name).findings().isEmpty(),
                            "%s",
                            database.check(name).findings()));
        }
        checkShrunk();
    }

    /** A manifest, its version and the one before it, and what it names; and what a fork needs. */
    private void checkShrunk() {
        Set<String> needed = new TreeSet<>();
        for (String name : truth.folders("")) {
            Layout layout = new Layout(name);
            if (truth.get(layout.manifest()).isEmpty()) {
                continue;
            }
            Manifest last = Manifest.fromJson(
                    layout.manifest(),
                    truth.get(layout.manifest()).orElseThrow().bytes());
            needed.addAll(History.names(layout, last));
            needed.add(layout.manifest());
            for (String owner : last.owners()) {
                String key = new Layout(owner).fork(last.uid());
                needed.add(key);
                // A fork whose deletion failed has not been collected above, so it holds what it began with.
                if (bucket.collections().stream().noneMatch(h -> h.name().equals(name))) {
                    truth.get(key).ifPresent(b -> ForkMarker.fromJson(key, b.bytes())
                            .segments()
                            .forEach(segment -> needed.add(new Layout(owner).segment(segment))));
                }
            }
        }
        for (History h : bucket.collections()) {
            Layout layout = new Layout(h.name());
            Set<String> left = new TreeSet<>();
            int versions = 0;
            for (Listed l : truth.list(layout.folder(), "")) {
                if (l.key().startsWith(layout.manifests())) {
                    versions++;
                } else if (!needed.contains(l.key())) {
                    left.add(l.key());
                }
            }
            check(
                    left.isEmpty(),
                    "what nobody needs is still there: %s; markers: %s",
                    left,
                    truth.list(layout.forks(), "").stream()
                            .map(l ->
                                    new String(truth.get(l.key()).orElseThrow().bytes(), StandardCharsets.UTF_8))
                            .toList());
            check(versions <= 2, "%d versions of the manifest are still there", versions);
        }
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
    private record ProcessTasks(Scheduler.Process process, SplittableRandom dice) implements Tasks {
        @Override
        public void sleep(long millis) {
            process.pause(millis);
        }

        @Override
        public <T> List<T> all(List<Supplier<T>> tasks) {
            // In any order.
            List<Integer> order =
                    new ArrayList<>(IntStream.range(0, tasks.size()).boxed().toList());
            Collections.shuffle(order, new Random(dice.nextLong()));
            List<T> results = new ArrayList<>(Collections.nCopies(tasks.size(), null));
            for (int i : order) {
                results.set(i, tasks.get(i).get());
            }
            return results;
        }
    }

    /** Remembers the commit id that is drawn for a batch: the first two numbers. */
    private static final class Chance implements RandomGenerator {
        private final SplittableRandom random;
        private List<Long> drawn = new ArrayList<>();

        Chance(SplittableRandom random) {
            this.random = random;
        }

        /** @return receives the next two numbers */
        List<Long> mark() {
            drawn = new ArrayList<>();
            return drawn;
        }

        static UUID uuid(List<Long> drawn) {
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
