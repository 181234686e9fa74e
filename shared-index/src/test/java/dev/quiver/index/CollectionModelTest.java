package dev.quiver.index;

import static dev.quiver.index.Samples.GRACE;
import static dev.quiver.index.Samples.settings;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.quiver.index.SearchResult.Hit;
import dev.quiver.index.filter.Filter;
import dev.quiver.index.record.Batch;
import dev.quiver.index.record.Record;
import dev.quiver.index.record.Schema;
import dev.quiver.index.store.MemoryStore;
import dev.quiver.index.vector.Metric;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * A collection is a map: whatever two processes write, delete, fold, collect and reopen, in whatever order, after each step both of them answer every
 * question as a plain map would that got the same writes.
 */
class CollectionModelTest {
    private static final int DIMENSION = 3;

    /** Prefixes of each other, of several lengths in UTF-8, and in an order that differs from that of their letters. */
    private static final List<String> IDS = List.of(
            "a", "a/", "a/1", "a/10", "a/2", "aa", "b", "B", "z", "zz", "ä", "äa", "Ω", "日", "日本", "\uffee", "😀",
            "😀/x");

    sealed interface Step {}

    /** @param operations id to seed of the new row, or null to delete */
    record Write(int process, List<Operation> operations) implements Step {}

    record Operation(String id, Integer seed) {}

    record Compact(int process) implements Step {}

    record CollectGarbage(int process) implements Step {}

    record Wait(Duration time) implements Step {}

    record Reopen(int process) implements Step {}

    record Recreate(int process) implements Step {}

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> process = Arbitraries.of(0, 1);
        Arbitrary<Operation> operation = Combinators.combine(
                        Arbitraries.of(IDS),
                        Arbitraries.integers().between(1, 1_000_000).injectNull(0.3))
                .as(Operation::new);
        Arbitrary<Step> write = Combinators.combine(
                        process, operation.list().ofMinSize(1).ofMaxSize(7))
                .as(Write::new);
        return Arbitraries.frequencyOf(
                        net.jqwik.api.Tuple.of(10, write),
                        net.jqwik.api.Tuple.of(4, process.map(Compact::new)),
                        net.jqwik.api.Tuple.of(2, process.map(CollectGarbage::new)),
                        net.jqwik.api.Tuple.of(
                                2,
                                Arbitraries.of(Duration.ofSeconds(40), GRACE.dividedBy(2), GRACE.multipliedBy(2))
                                        .map(Wait::new)),
                        net.jqwik.api.Tuple.of(1, process.map(Reopen::new)),
                        net.jqwik.api.Tuple.of(1, Arbitraries.of(0).map(Recreate::new)))
                .list()
                .ofMinSize(5)
                .ofMaxSize(40);
    }

    @Property(tries = 120, edgeCases = EdgeCasesMode.NONE)
    void aCollectionIsAMap(@ForAll("steps") List<Step> steps, @ForAll Metric metric, @ForAll long seed) {
        Run run = new Run(metric, new Random(seed));
        for (Step step : steps) {
            run.make(step);
            run.check();
        }
        run.checkStorageShrinks();
    }

    private static final class Run {
        private final FakeClock clock = new FakeClock();
        private final MemoryStore store = new MemoryStore(clock);
        private final Schema schema;
        private final Random random;
        private final Database[] processes = {new Database(store, settings(clock)), new Database(store, settings(clock))
        };
        private final Collection[] collections = new Collection[2];
        private final TreeMap<String, Record> model =
                new TreeMap<>((a, b) -> Arrays.compareUnsigned(a.getBytes(UTF_8), b.getBytes(UTF_8)));
        private long sequence;

        Run(Metric metric, Random random) {
            this.schema = new Schema(DIMENSION, metric, null);
            this.random = random;
            collections[0] = processes[0].create("c", schema);
            collections[1] = processes[1].collection("c");
        }

        void make(Step step) {
            switch (step) {
                case Write(int process, List<Operation> operations) -> {
                    Batch.Builder batch = Batch.builder();
                    for (Operation o : operations) {
                        if (o.seed == null) {
                            batch.delete(o.id);
                            model.remove(o.id);
                        } else {
                            Record r = row(o.id, new Random(o.seed));
                            batch.upsert(r);
                            model.put(o.id, r);
                        }
                    }
                    assertThat(collections[process].apply(batch.build())).isEqualTo(++sequence);
                }
                case Compact(int process) -> {
                    var report = collections[process].compact();
                    var after = collections[process].statistics(Consistency.STRONG);
                    assertThat(after.logOperations()).isZero();
                    assertThat(after.segments()).isEqualTo(report.segments());
                }
                case CollectGarbage(int process) -> collections[process].collectGarbage();
                case Wait(Duration time) -> clock.advance(time);
                case Reopen(int process) -> {
                    processes[process] = new Database(store, settings(clock));
                    collections[process] = processes[process].collection("c");
                }
                case Recreate(int process) -> {
                    processes[process].delete("c");
                    collections[process] = processes[process].create("c", schema);
                    // The other process goes on with what it has open; it looks at latest when it writes half a minute
                    // later.
                    clock.advance(Duration.ofMinutes(1));
                    model.clear();
                    sequence = 0;
                }
            }
        }

        void check() {
            Collection c = collections[random.nextInt(2)];
            assertThat(c.statistics(Consistency.STRONG).records()).isEqualTo(model.size());
            assertThat(c.statistics(Consistency.STRONG).sequence()).isEqualTo(sequence);
            checkFetch(c);
            checkList(c);
            checkSearch(c);
        }

        private void checkFetch(Collection c) {
            List<String> asked = new ArrayList<>(IDS);
            java.util.Collections.shuffle(asked, random);
            var fetched = c.fetch(asked, Consistency.STRONG).records();
            assertThat(fetched.stream().map(Record::id))
                    .isEqualTo(asked.stream().filter(model::containsKey).toList());
            fetched.forEach(this::assertAsWritten);
        }

        private void checkList(Collection c) {
            String prefix = random.nextInt(3) == 0 ? "" : start(random);
            String after = random.nextInt(3) == 0 ? "" : start(random);
            int limit = 1 + random.nextInt(5);
            List<String> expected = model.keySet().stream()
                    .filter(id -> id.startsWith(prefix))
                    .filter(id -> Arrays.compareUnsigned(id.getBytes(UTF_8), after.getBytes(UTF_8)) > 0)
                    .toList();
            List<String> paged = new ArrayList<>();
            String at = after;
            while (true) {
                List<Record> page =
                        c.list(prefix, at, limit, Consistency.STRONG).records();
                page.forEach(this::assertAsWritten);
                page.forEach(r -> paged.add(r.id()));
                if (page.size() < limit) {
                    break;
                }
                at = page.getLast().id();
            }
            assertThat(paged)
                    .as("prefix '%s' after '%s' by %s", prefix, after, limit)
                    .isEqualTo(expected);
        }

        /** An id, the start of one, or something near. */
        private static String start(Random random) {
            String id = IDS.get(random.nextInt(IDS.size()));
            return switch (random.nextInt(3)) {
                case 0 -> id;
                case 1 -> id.substring(0, id.offsetByCodePoints(0, 1));
                default -> id + "/";
            };
        }

        private void checkSearch(Collection c) {
            float[] query = row("q", random).vector();
            int k = 1 + random.nextInt(IDS.size() + 2);
            long colour = random.nextInt(3);
            Filter filter =
                    random.nextBoolean() ? new Filter.All() : new Filter.Compare("colour", Filter.Operator.EQ, colour);
            List<Double> scores = model.values().stream()
                    .filter(r -> filter.matches(r.attributes()))
                    .map(r -> score(query, r.vector()))
                    .sorted(schema.metric().higherIsNearer() ? Comparator.reverseOrder() : Comparator.naturalOrder())
                    .toList();
            OptionalDouble minScore = OptionalDouble.empty();
            if (random.nextInt(3) == 0 && !scores.isEmpty()) {
                // Between two scores, so that rounding cannot matter.
                double s = scores.get(random.nextInt(scores.size())) + 1e-3;
                minScore = OptionalDouble.of(s);
                scores = scores.stream()
                        .filter(x -> schema.metric().higherIsNearer() ? x >= s : x <= s)
                        .toList();
            }
            var result = c.search(
                    new SearchRequest(query, k, filter, minScore, SearchRequest.Effort.DEFAULT, Consistency.STRONG));
            assertThat(result.sequence()).isEqualTo(sequence);
            List<Hit> hits = result.hits();
            assertThat(hits).hasSize(Math.min(k, scores.size()));
            assertThat(hits.stream().map(h -> h.record().id()).distinct()).hasSize(hits.size());
            for (int i = 0; i < hits.size(); i++) {
                Hit h = hits.get(i);
                assertAsWritten(h.record());
                assertThat(filter.matches(h.record().attributes())).isTrue();
                assertThat((double) h.score()).isCloseTo(scores.get(i), within(1e-4));
                assertThat((double) h.score()).isCloseTo(score(query, h.record().vector()), within(1e-4));
                if (i > 0 && hits.get(i - 1).score() == h.score()) {
                    assertThat(hits.get(i - 1).record().id())
                            .isLessThan(h.record().id());
                }
            }
        }

        private double score(float[] a, float[] b) {
            double dot = 0;
            double distance = 0;
            double aa = 0;
            double bb = 0;
            for (int i = 0; i < a.length; i++) {
                dot += (double) a[i] * b[i];
                aa += (double) a[i] * a[i];
                bb += (double) b[i] * b[i];
                distance += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
            }
            return switch (schema.metric()) {
                case COSINE -> dot / Math.sqrt(aa) / Math.sqrt(bb);
                case DOT -> dot;
                case EUCLIDEAN -> Math.sqrt(distance);
            };
        }

        private void assertAsWritten(Record r) {
            Record written = model.get(r.id());
            assertThat(written).as(r.id()).isNotNull();
            assertThat(r.vector()).isEqualTo(written.vector());
            assertThat(r.text()).isEqualTo(written.text());
            assertThat(r.attributes()).isEqualTo(written.attributes());
        }

        /** When all is folded and old, the store holds one manifest, one version or two, and what the manifest names. */
        void checkStorageShrinks() {
            collections[0].compact();
            for (int i = 0; i < 2; i++) {
                clock.advance(GRACE.multipliedBy(2));
                collections[0].collectGarbage();
                check();
            }
            List<String> keys = store.list("", "").stream().map(l -> l.key()).toList();
            var s = collections[0].statistics(Consistency.STRONG);
            assertThat(keys.stream().filter(k -> k.contains("/log/"))).isEmpty();
            assertThat(keys.stream().filter(k -> k.endsWith(".seg"))).hasSize(s.segments());
            assertThat(keys.stream().filter(k -> k.endsWith(".del"))).hasSizeLessThanOrEqualTo(s.segments());
            assertThat(keys.stream().filter(k -> k.contains("/manifests/"))).hasSizeLessThanOrEqualTo(2);
        }

        private static Record row(String id, Random random) {
            float[] x = new float[DIMENSION];
            for (int i = 0; i < x.length; i++) {
                // Small integers, so that some rows are equal.
                x[i] = random.nextInt(7) - 3;
            }
            if (Arrays.equals(x, new float[DIMENSION])) {
                x[0] = 1;
            }
            return new Record(
                    id,
                    x,
                    random.nextBoolean() ? null : "text " + random.nextInt(100),
                    random.nextInt(4) == 0
                            ? Map.of()
                            : Map.of("colour", random.nextInt(3), "tags", List.of("t" + random.nextInt(3))));
        }
    }
}
